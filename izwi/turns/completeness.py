"""Does what has been said so far sound finished? A small recurrent network over the words, trained by us.

It has learned Shona and English alike, so unlike the ready-made models of end of turn it may shorten a pause in Shona.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from izwi.audio import Floats
from izwi.settings import ROOT

#: The letters of a word find their vectors by hashing into this many places. Of a long turn the last words count.
PLACES, LONGEST = 8192, 16
WEIGHTS = ROOT / "models" / "embedded" / "endpoint" / "weights.npz"
#: Words that open what follows: whatever the weights make of the rest, nobody has finished with one of these.
HANGING = {
    "sn": frozenset(["asi", "kuti", "nekuti", "kuitira", "uye", "saka", "kana", "na", "ne", "va", "nda", "aka"]),
    "en": frozenset(["a", "an", "and", "because", "but", "if", "my", "of", "or", "our", "the", "your"]),
}
#: The most an utterance that hangs on such a word can sound finished.
UNFINISHED = 0.3


@lru_cache(maxsize=4096)
def places(word: str) -> tuple[int, ...]:
    """Where a word's pieces have their vectors: the word, all runs of two to four letters, and longer ends of it."""
    marked = f"<{word}>"
    runs = (marked[at : at + size] for size in (2, 3, 4) for at in range(len(marked) - size + 1))
    pieces = [marked, *runs, marked[:5], marked[-5:], marked[-6:]]
    return tuple(zlib.crc32(piece.encode()) % PLACES for piece in dict.fromkeys(pieces))


def words(text: str, language: str) -> list[tuple[int, ...]]:
    """The places of each of the last words, after those of the language."""
    return [places(f"{language}:"), *(places(word) for word in text.lower().split()[-LONGEST:])]


class Completeness:
    """Holds the weights; one instance serves every connection.

    ``weights``: ``pieces`` (PLACES, D), what a piece of a word means; a gated recurrent unit in PyTorch's layout, its
    gates reset, update, new one after the other: ``enter`` (3 H, D), ``stay`` (3 H, H) and their biases ``enter_bias``,
    ``stay_bias`` (3 H); ``leave`` (H) and ``leave_bias`` () make the logit.
    """

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._weights = {name: np.asarray(values, np.float32) for name, values in weights.items()}

    def __call__(self, text: str, language: str) -> float:
        """The probability in [0, 1] that an utterance ending in ``text`` is finished; 0.5 for no text."""
        if not text.strip():
            return 0.5
        finished = _sigmoid(self._logit(words(text, language)))
        hangs = text.lower().split()[-1] in HANGING.get(language, ())
        return min(finished, UNFINISHED) if hangs else finished

    def _logit(self, said: list[tuple[int, ...]]) -> float:
        """Cho et al. 2014, the variant with the reset gate after the product (as cuDNN and PyTorch have it)."""
        w = self._weights
        heard = np.stack([w["pieces"][list(at)].mean(axis=0) for at in said])
        entering = heard @ w["enter"].T + w["enter_bias"]
        size = len(w["leave"])
        state = np.zeros(size, np.float32)
        for entered in entering:
            stayed = w["stay"] @ state + w["stay_bias"]
            reset, update = np.split(1.0 / (1.0 + np.exp(-(entered + stayed)[: 2 * size])), 2)
            new = np.tanh(entered[2 * size :] + reset * stayed[2 * size :])
            state = (1.0 - update) * new + update * state
        return float(w["leave"] @ state + w["leave_bias"])


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-value))


@cache
def embedded() -> Completeness | None:
    """Our own weights, or None when the file is missing."""
    return load(WEIGHTS) if WEIGHTS.is_file() else None


def load(path: Path) -> Completeness:
    """Weights written by ``models.recipes.endpoint``: the vectors of the pieces as bytes with one ``scale``."""
    with np.load(path) as file:
        weights: dict[str, Any] = dict(file)
    scale = weights.pop("scale").astype(np.float32)
    return Completeness({**weights, "pieces": weights["pieces"] * scale})
