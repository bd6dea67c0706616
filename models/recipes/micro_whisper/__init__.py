"""The recipe of the embedded recogniser: a micro-Whisper with a CTC head, taught by synthetic Shona and English."""
