"""Does what has been said so far sound finished? A logistic regression over the last words, trained by us.

It has learned Shona and English alike, so unlike the ready-made models of end of turn it may shorten a pause in Shona.
"""

from __future__ import annotations

import math
import zlib
from functools import cache
from pathlib import Path

import numpy as np

from izwi.audio import Floats
from izwi.settings import ROOT

#: Weights are found by hashing a feature's name into this many places.
PLACES = 1 << 15
WEIGHTS = ROOT / "models" / "embedded" / "endpoint" / "weights.npz"
#: Words that open what follows: whatever the weights make of the rest, nobody has finished with one of these.
HANGING = {
    "sn": frozenset(["asi", "kuti", "nekuti", "kuitira", "uye", "saka", "kana", "na", "ne", "va", "nda", "aka"]),
    "en": frozenset(["a", "an", "and", "because", "but", "if", "my", "of", "or", "our", "the", "your"]),
}
#: The most an utterance that hangs on such a word can sound finished.
UNFINISHED = 0.3


def features(text: str, language: str) -> list[int]:
    """The places of what an utterance's ending looks like: its last words and their letters, its length, the
    words before."""
    words = ["", "", *text.lower().split()]
    before, last = words[-2:]
    names = [
        "bias",
        f"one {last}",
        f"two {before} {last}",
        f"three {' '.join(words[-3:])}",
        f"begins {last[:3]}",
        f"begin {before[:3]} {last[:3]}",
        f"begin {before[:2]} {last[:2]}",
        f"end {before[-2:]} {last[-2:]}",
        f"letters {last[-1:]} {min(len(last), 9)}",
        f"length {min(len(words) - 2, 8)}",
        *(f"ending {last[-size:]}" for size in (2, 3, 4)),
        *(f"inside {last[at : at + 3]}" for at in range(len(last) - 2)),
        *(f"has {word}" for word in dict.fromkeys(words[2:-1])),
    ]
    if len(words) <= 6:
        names.append(f"whole {' '.join(words[2:])}")
    return [zlib.crc32(f"{language} {name}".encode()) % PLACES for name in names]


class Completeness:
    """Holds the weights; one instance serves every connection."""

    def __init__(self, weights: Floats) -> None:
        self._weights = weights

    def __call__(self, text: str, language: str) -> float:
        """The probability in [0, 1] that an utterance ending in ``text`` is finished; 0.5 for no text."""
        if not text.strip():
            return 0.5
        finished = 1.0 / (1.0 + math.exp(-float(self._weights[features(text, language)].sum())))
        hangs = text.lower().split()[-1] in HANGING.get(language, ())
        return min(finished, UNFINISHED) if hangs else finished


@cache
def embedded() -> Completeness | None:
    """Our own weights, or None when the file is missing."""
    return load(WEIGHTS) if WEIGHTS.is_file() else None


def load(path: Path) -> Completeness:
    """Weights written by ``models.recipes.endpoint``: one array of shape ``(PLACES,)``."""
    with np.load(path) as file:
        return Completeness(file["weights"].astype(np.float32))
