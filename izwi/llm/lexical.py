"""A lexical head beside the language model: which topic do the letters and words of a question speak of?

The small transformer knows the wordings it was taught; letter n-grams carry further to wordings it was not. The head is
one linear layer from hashed n-grams to the topics. Its log-probabilities are added to the model's own (a product of
experts), so that a topic must convince both.
"""

from __future__ import annotations

import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: Rows of the weight table; n-grams that meet in one row share it.
BUCKETS = 1 << 15
_LETTERS = (3, 4, 5)


def features(text: str) -> list[int]:
    """Rows of the words, word pairs and letter n-grams of plain `text` (see ``plain_words``), each once."""
    words = text.split()
    found = {f"w {word}" for word in words} | {f"p {a} {b}" for a, b in pairwise(words)}
    for word in words:
        padded = f"<{word}>"
        found |= {padded[i : i + n] for n in _LETTERS for i in range(len(padded) - n + 1)}
    return sorted({zlib.crc32(feature.encode()) % BUCKETS for feature in found})


class LexicalHead:
    """Weights (``BUCKETS``, topics) as int8 with one scale a topic, a bias, and a temperature, from ``lexical.npz``."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as saved:
            self._weight = saved["weight"]
            self._scale, self._bias = saved["scale"].astype(np.float32), saved["bias"].astype(np.float32)

    def log_odds(self, text: str) -> Floats:
        """Log-probabilities of the topics, (topics,), for plain `text`."""
        rows = features(text)
        summed = self._weight[rows].sum(axis=0, dtype=np.float32) * self._scale
        scores = summed / np.sqrt(max(1, len(rows))) + self._bias
        scores -= scores.max()
        return np.asarray(scores - np.log(np.exp(scores).sum()), np.float32)
