"""When each word was said: a known text laid over what a recogniser heard."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from izwi.asr.ctc import BLANK, LETTERS, Floats


class TimedWord(NamedTuple):
    """A word and when it is said, in seconds."""

    text: str
    start: float
    end: float


def letters_of(word: str) -> str:
    """The letters of a word that a CTC head knows."""
    return re.sub(rf"[^{LETTERS.strip()}]", "", word.lower().replace("’", "'"))


def by_letters(letters: Floats, words: Sequence[str], frame: float = 0.02) -> list[TimedWord]:
    """Words over log-probabilities (frames, 1 + letters): the likeliest path through the text's states.

    The Viterbi form of Graves et al., 2006; states are the letters with a blank before, between and after. ``words``
    without a known letter take no time. Empty when there are fewer frames than letters.
    """
    spelled = [letters_of(word) for word in words]
    text = " ".join(word for word in spelled if word)
    states = np.full(2 * len(text) + 1, BLANK)
    states[1::2] = [LETTERS.index(letter) + 1 for letter in text]
    if not text or len(letters) < len(text):
        return []
    path = _best_path(letters, states)
    firsts = np.searchsorted(path, np.arange(len(states)))
    lasts = np.searchsorted(path, np.arange(len(states)), side="right")
    timed, at, now = [], 0, 0.0
    for word, spelling in zip(words, spelled, strict=True):
        if spelling:
            first, last = 2 * at + 1, 2 * (at + len(spelling)) - 1
            start, now = float(firsts[first]) * frame, float(lasts[last]) * frame
            at += len(spelling) + 1
            timed.append(TimedWord(word, start, now))
        else:
            timed.append(TimedWord(word, now, now))
    return timed


def _best_path(letters: Floats, states: Any) -> Any:
    """The state of every frame on the best path, never going back."""
    skips = np.zeros(len(states), bool)
    skips[2:] = (states[2:] != BLANK) & (states[2:] != states[:-2])
    score = np.full(len(states), -np.inf)
    score[:2] = letters[0][states[:2]]
    moves = np.zeros((len(letters), len(states)), np.int8)
    for at, frame in enumerate(letters[1:], 1):
        stay, step = score, np.concatenate([[-np.inf], score[:-1]])
        skip = np.where(skips, np.concatenate([[-np.inf, -np.inf], score[:-2]]), -np.inf)
        choices = np.stack([stay, step, skip])
        moves[at] = choices.argmax(axis=0)
        score = choices.max(axis=0) + frame[states]
    state = len(states) - 1 if len(states) == 1 or score[-1] >= score[-2] else len(states) - 2
    path = np.empty(len(letters), np.int64)
    for at in range(len(letters) - 1, -1, -1):
        path[at] = state
        state -= moves[at, state]
    return path


def by_attention(
    pairs: Sequence[tuple[int, int]], words: Sequence[str], tokens: Callable[[str], int], frame: float = 0.02
) -> list[TimedWord]:
    """Words from Whisper's own alignment: ``pairs`` of (token, frame), and how many ``tokens`` each word has."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for token, at in pairs:
        first.setdefault(token, at)
        last[token] = at + 1
    timed, token, now = [], 0, 0.0
    for word in words:
        inside = [number for number in range(token, token + tokens(word)) if number in first]
        token += tokens(word)
        start = max(now, first[inside[0]] * frame) if inside else now  # two words may share a frame
        now = max(start, last[inside[-1]] * frame) if inside else now
        timed.append(TimedWord(word, start, now))
    return timed


def evenly(words: Sequence[str], seconds: float) -> list[TimedWord]:
    """For a recogniser that tells no times: each word takes as long as its letters are many."""
    weights = np.array([len(word) + 1 for word in words], float)
    ends = np.cumsum(weights) / max(weights.sum(), 1.0) * seconds
    starts = np.concatenate([[0.0], ends[:-1]])
    return [TimedWord(word, float(a), float(b)) for word, a, b in zip(words, starts, ends, strict=True)]
