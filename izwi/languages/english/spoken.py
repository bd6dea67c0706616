"""Spoken English numbers in a transcript, back to digits."""

from __future__ import annotations

import re

from izwi.languages.english.numbers import DIGITS, ordinal, parse

_WORD = re.compile(r"[A-Za-z]+")
_LEAST_DIGITS = 3  # a run of this many digit names is a number read out digit by digit
_ORDINALS = [ordinal(n) for n in range(1, 10)]
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
        written, used = number(words[at:until])
        if used:
            parts += [text[end : matches[at].start()], written]
            end = matches[at + used - 1].end()
        at += max(used, 1)
    parts.append(text[end:])
    return _PERCENT.sub("%", "".join(parts))


def number(run: list[str]) -> tuple[str, int]:
    """The number that begins `run`, in digits, and how many words it takes; ("", 0) for none or a lone one below ten.

    Two numbers may be one: a year (nineteen eighty-seven), an hour (seven thirty p m), an ordinal (twenty-first).
    """
    found, used = parse(run, 0)
    joined = _year_or_hour(run, found, used) if found is not None else None
    if joined:
        return joined
    digits = _digits(run)
    if len(digits) >= _LEAST_DIGITS:
        return digits, len(digits)
    if found is None:
        return "", 0
    if run[used : used + 1] and run[used] in _ORDINALS and found % 100 >= 20 and found % 10 == 0:
        last = _ORDINALS.index(run[used]) + 1
        return f"{found + last}{('st', 'nd', 'rd')[last - 1] if last < 4 else 'th'}", used + 1
    decimals = _digits(run[used + 1 :]) if run[used : used + 1] == ["point"] else ""
    if decimals:
        return f"{found}.{decimals}", used + 1 + len(decimals)
    if used == 1 and found < 10:
        return "", 0
    return grouped(found), used


def _year_or_hour(run: list[str], first: int, used: int) -> tuple[str, int] | None:
    """`first` (`used` words long) and the two digits after it (thirty, oh five) as a year, or before am an hour."""
    oh = run[used : used + 1] in (["oh"], ["o"])
    rest, end = parse(run, used + oh)
    if rest is None or not (10 <= rest <= 99 or (oh and rest < 10)):
        return None
    if 1 <= first <= 12 and (run[end : end + 1] in (["am"], ["pm"]) or run[end : end + 2] in (["a", "m"], ["p", "m"])):
        return f"{first}:{rest:02}", end
    return (f"{first}{rest:02}", end) if 11 <= first <= 20 else None


def grouped(n: int) -> str:
    """`n` in digits, in groups of three from ten thousand on."""
    return f"{n:,}" if n >= 10000 else str(n)


def _digits(run: list[str]) -> str:
    """The digits named from the start of `run`."""
    named = ""
    for word in run:
        if word not in DIGITS:
            break
        named += DIGITS[word]
    return named
