"""The CTC head beside a small Whisper: letters from the encoder's output, and words from letters through a lexicon.

A small decoder recites what it was trained on; the encoder's letters do not. The word search is flashlight-text's
lexicon beam search with a KenLM trigram, both read from one ARPA file a language.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

#: The head's classes: the CTC blank, then these.
LETTERS = " abcdefghijklmnopqrstuvwxyz'"
BLANK = 0
TRIED = 12  # letters tried a frame
NARROW = 25  # hypotheses kept a frame when time is short
SPACE = 1


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Words found for an utterance, and their score: letters' log-probability (nats) and weighted trigrams (log10)."""

    text: str
    score: float


class CtcHead:
    """A linear layer from the encoder's frames (20 ms each) to letters, read from ``ctc.npz``."""

    def __init__(self, path: Path) -> None:
        saved = np.load(path)
        self.weight, self.bias = saved["weight"].astype(np.float32), saved["bias"].astype(np.float32)

    def letters(self, encoded: Floats) -> Floats:
        """Log-probabilities (frames, 1 + letters) of encoder output (frames, width)."""
        scores = encoded @ self.weight + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)), np.float32)


def spell(letters: Floats) -> str:
    """The likeliest letter of every frame, repeats and blanks removed, without a lexicon."""
    best = letters.argmax(axis=1)
    kept = best[np.flatnonzero(np.diff(best, prepend=-1))]
    return " ".join("".join(LETTERS[i - 1] for i in kept if i != BLANK).split())


def likelihoods(letters: Floats, texts: Sequence[str]) -> Floats:
    """log P(text | letters) in nats for each text (Graves et al., 2006, the forward recursion), all texts at once."""
    longest = max(map(len, texts))
    states = np.zeros((len(texts), 2 * longest + 1), np.int64)
    for row, text in zip(states, texts, strict=True):
        row[1 : 2 * len(text) : 2] = [LETTERS.index(letter) + 1 for letter in text]
    may_skip = np.zeros(states.shape, bool)
    may_skip[:, 2:] = (states[:, 2:] != BLANK) & (states[:, 2:] != states[:, :-2])
    forward = np.full(states.shape, -1e30, np.float32)
    forward[:, :2] = letters[0][states[:, :2]]
    for frame in letters[1:]:
        step = np.full(states.shape, -1e30, np.float32)
        step[:, 1:] = forward[:, :-1]
        skip = np.full(states.shape, -1e30, np.float32)
        skip[:, 2:] = np.where(may_skip[:, 2:], forward[:, :-2], -1e30)
        forward = np.logaddexp(np.logaddexp(forward, step), skip) + frame[states]
    ends = [2 * len(text) for text in texts]
    return np.array(
        [np.logaddexp(row[end], row[end - 1]) if end else row[0] for row, end in zip(forward, ends, strict=True)],
        np.float32,
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """KenLM draws a progress bar on the process's stderr and has no switch against it."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


class Lexicon:
    """Beam search for the words of one language. Not re-entrant: one thread at a time."""

    def __init__(self, arpa: Path, weight: float = 1.5, each_word: float = 2.0, beam: int = 150) -> None:
        """``weight`` scales the trigrams (log10) against the letters (nats), ``each_word`` is added for every word;
        ``beam`` is the number of hypotheses kept a frame.
        """
        from flashlight.lib.text.decoder import (
            CriterionType,
            LexiconDecoder,
            LexiconDecoderOptions,
            SmearingMode,
            Trie,
        )
        from flashlight.lib.text.decoder.kenlm import KenLM
        from flashlight.lib.text.dictionary import Dictionary

        self.words = _words(arpa)
        self.weight = weight
        self._numbers = {word: number for number, word in enumerate(self.words)}
        dictionary = Dictionary([*self.words, "<unk>"])
        with _quiet():
            self._model: Any = KenLM(str(arpa), dictionary)
        trie = Trie(len(LETTERS) + 1, BLANK)
        start = self._model.start(False)
        for number, word in enumerate(self.words):
            score = self._model.score(start, number)[1]
            trie.insert([*(LETTERS.index(letter) + 1 for letter in word), SPACE], number, score)
        trie.smear(SmearingMode.MAX)
        self._trie = trie
        unknown = len(self.words)

        def decoder(kept: int) -> Any:
            options = LexiconDecoderOptions(
                kept, TRIED, 30.0, weight, each_word, float("-inf"), 0.0, True, CriterionType.CTC
            )
            return LexiconDecoder(options, trie, self._model, SPACE, BLANK, unknown, [], False)

        self._decoder, self._narrow = decoder(beam), decoder(min(beam, NARROW))

    def search(self, letters: Floats, count: int = 4, narrow: bool = False) -> list[Hypothesis]:
        """Up to ``count`` best word strings for log-probabilities (frames, 1 + letters), best first.

        ``narrow`` keeps ``NARROW`` hypotheses a frame instead of all.
        """
        last = np.full((2, letters.shape[1]), -30.0, np.float32)  # every word of the lexicon ends with a space
        last[0, SPACE] = last[1, BLANK] = 0.0
        emissions = np.ascontiguousarray(np.concatenate([letters, last]))
        found: dict[str, Hypothesis] = {}
        decoder = self._narrow if narrow else self._decoder
        for result in decoder.decode(emissions.ctypes.data, *emissions.shape):
            text = " ".join(self.words[i] for i in result.words if 0 <= i < len(self.words))
            found.setdefault(text, Hypothesis(text, result.score))
            if len(found) == count:
                break
        return list(found.values())

    def unknown(self, text: str) -> int:
        """How many words of the text the lexicon does not have."""
        return sum(word not in self._numbers for word in text.split())

    def language_score(self, text: str) -> float:
        """log P(text) in nats under the trigrams; unknown words cost their floor."""
        state, total = self._model.start(False), 0.0
        for word in text.split():
            state, score = self._model.score(state, self._numbers.get(word, len(self.words)))
            total += score
        return float(total + self._model.finish(state)[1]) * float(np.log(10))


def _words(arpa: Path) -> list[str]:
    """The words of an ARPA file's unigrams."""
    words: list[str] = []
    with open(arpa, encoding="utf-8") as file:
        for line in file:
            if line.startswith("\\2-grams"):
                break
            columns = line.rstrip("\n").split("\t")
            if len(columns) > 1 and columns[1] not in ("<unk>", "<s>", "</s>"):
                words.append(columns[1])
    return words
