"""Shona, English or both: told apart word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SHONA_WORD = re.compile(
    r"(?:(?:n'|ng'|(?:m|n)?(?:tsv|dzv|sv|zv|ts|dz|ch|pf|bv|bh|dh|vh|mh|nh|sh|zh|ny|[bdfghjkmnprstvwyz]))?[wy]?[aeiou])+"
)
_ENGLISH_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "i",
        "you",
        "he",
        "she",
        "we",
        "me",
        "us",
        "my",
        "your",
        "his",
        "her",
        "our",
        "their",
        "it",
        "is",
        "are",
        "am",
        "be",
        "was",
        "were",
        "do",
        "does",
        "did",
        "to",
        "go",
        "so",
        "no",
        "one",
        "two",
        "three",
        "five",
        "nine",
        "ten",
        "have",
        "are",
        "here",
        "there",
        "please",
        "name",
        "time",
        "name's",
        "like",
        "some",
        "make",
        "more",
        "same",
        "these",
        "those",
        "who",
        "see",
        "be",
        "he",
        "she",
        "we",
        "they",
        "give",
        "take",
        "home",
        "are",
        "none",
        "before",
        "come",
        "done",
        "love",
        "life",
        "wife",
        "nice",
        "wine",
        "fire",
        "are",
        "take",
    ]
)


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


@lru_cache(maxsize=8192)
def _shona(word: str) -> float:
    """How Shona one word looks: positive for Shona, negative for English."""
    word = word.casefold().replace("’", "'")
    if word in _ENGLISH_WORDS:
        return -2.0
    return 1.0 if _SHONA_WORD.fullmatch(word) else -1.0


def detect(text: str) -> Detection:
    """The language of `text`; only its first 2,000 characters are read."""
    scores = [_shona(word) for word in _WORD.findall(text[:2000])]
    if not scores:
        return Detection("sn", 0.5)
    shona = sum(score > 0 for score in scores) / len(scores)
    confidence = max(shona, 1 - shona)
    if 0.3 < shona < 0.7 and len(scores) > 3:
        return Detection("mixed", confidence)
    return Detection("sn" if shona >= 0.5 else "en", confidence)


def spans(text: str) -> list[Span]:
    """`text` cut where its language changes."""
    found: list[Span] = []
    for match in re.finditer(r"[^\W\d_]+(?:['’][^\W\d_]+)*[\W\d_]*|[\W\d_]+", text):
        word = _WORD.match(match.group())
        language = found[-1].language if found else "sn"
        if word:
            language = "sn" if _shona(word.group()) > 0 else "en"
        if found and found[-1].language == language:
            found[-1] = Span(found[-1].text + match.group(), language)
        else:
            found.append(Span(match.group(), language))
    return found
