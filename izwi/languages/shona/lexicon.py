"""A lexicon that knows whether a word is Shona and roughly how common, without holding the words themselves.

lexicon.bin (built by models/recipes/lexicon) is a sorted table of 40-bit BLAKE2b fingerprints, each with the binary
logarithm of the word's count; one look-up in 30 million finds a word that is not there.
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.resources import files

FINGERPRINT_BYTES = 5
_RECORD = FINGERPRINT_BYTES + 1


def fingerprint(word: str) -> int:
    """The 40-bit fingerprint of lower-case `word`."""
    return int.from_bytes(blake2b(word.encode(), digest_size=FINGERPRINT_BYTES).digest(), "big")


@cache
def _table() -> dict[int, int]:
    data = files(__package__).joinpath("lexicon.bin").read_bytes()
    return {
        int.from_bytes(data[at : at + FINGERPRINT_BYTES], "big"): data[at + FINGERPRINT_BYTES]
        for at in range(0, len(data), _RECORD)
    }


def commonness(word: str) -> int | None:
    """How common lower-case `word` is: the binary logarithm of its count (0 … 15), or None for an unknown word."""
    return _table().get(fingerprint(word))
