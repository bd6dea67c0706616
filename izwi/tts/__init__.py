"""The voices: espeak-ng, VITS, and the heavy ones in workers; the ladder that chooses among them."""
