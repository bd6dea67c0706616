"""Spoken numbers in a transcript, back to digits: the walk over the words, which every language shares."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_WORD = re.compile(r"[^\W\d_]+")
_TOGETHER = (" ", "-", "\n")  # what may stand between the words of one number
_LONGEST = 48  # words of one number
LEAST = 3
"""So many names of digits in a row are a number read out digit by digit."""

Number = Callable[[list[str], str], tuple[str, int]]
"""The number that begins a run of lower-case words, in digits, and how many of them it takes ("", 0 for none); the
word before the run tells what is counted."""


def in_digits(text: str, number: Number) -> str:
    """`text` with what `number` finds in it written in digits. Linear in its length."""
    matches = list(_WORD.finditer(text))
    words = [match.group().casefold() for match in matches]
    parts: list[str] = []
    at = end = 0
    while at < len(words):
        until = at + 1
        last = min(len(words), at + _LONGEST)
        while until < last and text[matches[until - 1].end() : matches[until].start()] in _TOGETHER:
            until += 1
        written, used = number(words[at:until], words[at - 1] if at else "")
        if used:
            parts += [text[end : matches[at].start()], written]
            end = matches[at + used - 1].end()
        at += max(used, 1)
    return "".join([*parts, text[end:]])


def named(run: list[str], names: Mapping[str, str]) -> str:
    """The digits that the words of `run` name, up to the first that names none."""
    found = ""
    for word in run:
        if word not in names:
            break
        found += names[word]
    return found


def grouped(n: int) -> str:
    """`n` in digits, in groups of three from ten thousand on."""
    return f"{n:,}" if n >= 10000 else str(n)
