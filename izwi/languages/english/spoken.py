"""Spoken English numbers in a transcript, back to digits."""

from __future__ import annotations

import re

from izwi.languages.english.numbers import DIGITS, parse

_WORD = re.compile(r"[A-Za-z]+")
_LEAST_DIGITS = 3  # a run of this many digit names is a number read out digit by digit
_PERCENT = re.compile(r"(?<=\d) per ?cent\b")


def denormalise(text: str) -> str:
    """`text` with its spoken numbers in digits; lone numbers below ten stay words."""
    matches = list(_WORD.finditer(text))
    words = [match.group().casefold() for match in matches]
    parts: list[str] = []
    at = end = 0
    while at < len(words):
        until = at + 1
        while until < len(words) and text[matches[until - 1].end() : matches[until].start()] in (" ", "-"):
            until += 1
        written, used = _number(words[at:until])
        if used:
            parts += [text[end : matches[at].start()], written]
            end = matches[at + used - 1].end()
        at += max(used, 1)
    parts.append(text[end:])
    return _PERCENT.sub("%", "".join(parts))


def _number(run: list[str]) -> tuple[str, int]:
    """The number that begins `run`, in digits, and how many words it takes; ("", 0) for none."""
    digits = _digits(run)
    if len(digits) >= _LEAST_DIGITS:
        return digits, len(digits)
    found, used = parse(run, 0)
    if found is None:
        return "", 0
    if used < len(run) and 11 <= found <= 20:  # nineteen eighty-seven, twenty twenty-six, eighteen oh five
        oh = run[used] in ("oh", "o")
        rest, more = parse(run, used + oh)
        if rest is not None and (10 <= rest <= 99 or (oh and rest < 10)):
            return f"{found}{rest:02}", more
    decimals = _digits(run[used + 1 :]) if run[used : used + 1] == ["point"] else ""
    if decimals:
        return f"{found}.{decimals}", used + 1 + len(decimals)
    if used == 1 and found < 10:
        return "", 0
    return f"{found:,}" if found >= 10000 else str(found), used


def _digits(run: list[str]) -> str:
    """The digits named from the start of `run`."""
    named = ""
    for word in run:
        if word not in DIGITS:
            break
        named += DIGITS[word]
    return named
