"""Builds the Shona lexicon that tidies transcripts: a fingerprint and a rough frequency a word, no words.

    python -m models.recipes.lexicon.build --data ../shared/data/shona --out izwi/languages/shona/lexicon.bin

From UNILEX word frequencies and the MasakhaPOS training split; rare words that Debian's `scowl` knows as English are
left out.
"""

from __future__ import annotations

import argparse
from collections import Counter
from math import log2
from pathlib import Path

from izwi.languages.shona.lexicon import FINGERPRINT_BYTES, fingerprint
from izwi.languages.shona.sounds import is_shona_spelling
from models.recipes.detector.train import COMMON_ENGLISH, LEAST_COUNT, english_words


def counted(data: Path, scowl: Path) -> Counter[str]:
    """Shona words in lower case with their counts; single letters and likely English left out."""
    english = english_words(scowl)
    counts: Counter[str] = Counter()
    for line in (data / "unilex" / "sn_frequency.txt").read_text("utf-8").splitlines():
        word, _, count = line.partition("\t")
        if count and is_shona_spelling(word):
            counts[word.casefold()] += round(int(count) / LEAST_COUNT)
    for line in (data / "masakhapos" / "train.txt").read_text("utf-8").splitlines():
        word, _, tag = line.partition(" ")
        if tag not in ("", "PUNCT", "NUM", "X", "SYM") and is_shona_spelling(word):
            counts[word.casefold()] += 1
    return Counter({w: n for w, n in counts.items() if len(w) > 1 and (n > 20 or english[w] < COMMON_ENGLISH)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with unilex/ and masakhapos/")
    parser.add_argument("--scowl", type=Path, default=Path("/usr/share/dict/scowl"))
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    entries = {fingerprint(w): min(15, int(log2(n))) for w, n in counted(arguments.data, arguments.scowl).items() if n}
    records = [key.to_bytes(FINGERPRINT_BYTES, "big") + bytes([level]) for key, level in sorted(entries.items())]
    arguments.out.write_bytes(b"".join(records))
    print(f"{len(records)} words, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
