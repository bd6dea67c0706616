"""Shona, English or both: told apart word by word, by logistic regression over character n-grams.

The weights (detection.tsv) are trained by models/recipes/detector; a positive one speaks for Shona.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from math import exp
from typing import Literal

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WITH_GAP = re.compile(r"([^\W\d_]+(?:['’][^\W\d_]+)*)?([\W\d_]*)")
_BEFORE_NAME = re.compile(r"[bcdfghjklmnprstvwyz]{1,3}[aeiou](?=[A-Z])")  # kuLondon, naMary, dzeMDC
_READ = 2000  # characters that `detect` looks at
_LONGEST_WORD = 24
_SCALE = 50

# Each word speaks with at most this weight, so that one odd word cannot outvote a sentence.
_CLAMP = 4.0
# A name inside a sentence says little of the sentence's language.
_NAME = 0.3
# How much more likely two neighbouring words are of one language than of two, as a log-odds.
_STAY = 3.0
# A text is mixed when the weaker language still has this share of its weight, in at least two words that are no names.
_MIXED = 0.25
_SPEAKS = _CLAMP * _NAME


@dataclass(frozen=True, slots=True)
class Detection:
    """The language of a text, and how sure that is (0.5 a coin's toss, 1 certain)."""

    language: Literal["sn", "en", "mixed"]
    confidence: float


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one language; the spans of a text joined are the text."""

    text: str
    language: Literal["sn", "en"]


def ngrams(word: str) -> list[str]:
    """The 1- to 5-grams of lower-case `word` within its boundaries ^ and $, and the whole of it."""
    marked = f"^{word[:_LONGEST_WORD]}$"
    size = len(marked)
    found = [marked[i : i + n] for n in range(1, 6) for i in range(size - n + 1)]
    return found if size <= 5 else [*found, marked]


@cache
def _weights() -> dict[str, int]:
    """In 1/_SCALE: whole numbers, so that no order of adding them up ever tips a balance."""
    lines = files(__package__).joinpath("detection.tsv").read_text("utf-8").splitlines()
    return {gram: int(weight) for gram, weight in (line.split("\t") for line in lines)}


@lru_cache(maxsize=16384)
def _score(word: str) -> float:
    """The log-odds that one lower-case word is Shona, within ±_CLAMP."""
    weights = _weights()
    total = weights[""] + sum(weights.get(gram, 0) for gram in set(ngrams(word)))
    return max(-_CLAMP, min(_CLAMP, total / _SCALE))


def _word_score(word: str) -> float:
    """The score of one word as written; "I" is known by its capital, a particle by that of the name behind it."""
    if _BEFORE_NAME.match(word):
        return _CLAMP / 2
    return -_CLAMP / 2 if word == "I" else _score(word.replace("’", "'").casefold())


def _scores(text: str) -> list[float]:
    """The scores of the words of `text`, names weighed down."""
    found = []
    sentence_start = True
    for match in _WORD.finditer(text):
        word = match.group()
        name = word[0].isupper() and word != "I" and not sentence_start
        found.append(_word_score(word) * (_NAME if name else 1.0))
        sentence_start = text[match.end() : match.end() + 1] in (".", "!", "?")
    return found


def detect(text: str) -> Detection:
    """The language of `text`; only its first 2,000 characters are read. Without a word in it: Shona, at 0.5."""
    scores = _scores(text[:_READ])
    shona = sum(score for score in scores if score > 0)
    english = -sum(score for score in scores if score < 0)
    if not shona and not english:
        return Detection("sn", 0.5)
    weaker = min(shona, english) / (shona + english)
    confidence = 1 / (1 + exp(-abs(shona - english)))
    votes = sum(score > _SPEAKS for score in scores), sum(score < -_SPEAKS for score in scores)
    if weaker > _MIXED and min(votes) >= 2:
        return Detection("mixed", 1 / (1 + exp(-min(shona, english))))
    return Detection("sn" if shona >= english else "en", confidence)


def spans(text: str) -> list[Span]:
    """`text` cut where its language changes: the likeliest labels of its words, changes being unlikely (Viterbi)."""
    pieces = [match for match in _WITH_GAP.finditer(text) if match.group()]
    scores = [_word_score(m[1]) if m[1] else 0.0 for m in pieces]
    found: list[Span] = []
    start = 0
    for piece, language in zip(pieces, _labels(scores), strict=True):
        if found and found[-1].language == language:
            found.pop()
        else:
            start = piece.start()
        found.append(Span(text[start : piece.end()], language))
    return found


def _labels(scores: list[float]) -> list[Literal["sn", "en"]]:
    """The likeliest language of each word."""
    shona = english = 0.0  # the best log-odds of all labellings so far that end in each language
    stays: list[tuple[bool, bool]] = []
    for score in scores:
        stays.append((shona + _STAY >= english, english + _STAY >= shona))
        shona, english = max(shona + _STAY, english) + score, max(english + _STAY, shona) - score
    labels: list[Literal["sn", "en"]] = []
    is_shona = shona >= english
    for stay_shona, stay_english in reversed(stays):
        labels.append("sn" if is_shona else "en")
        is_shona = stay_shona if is_shona else not stay_english
    return labels[::-1]
