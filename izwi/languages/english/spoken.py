"""Spoken English numbers in a transcript, back to digits."""

from __future__ import annotations

import re

from izwi.languages.digits import LEAST, grouped, in_digits, named
from izwi.languages.english.numbers import DIGITS, ordinal, parse

_ORDINALS = [ordinal(n) for n in range(1, 10)]
_REPEATED = {"double": 2, "triple": 3}
_PERCENT = re.compile(r"(?<=\d) per ?cent\b")


def denormalise(text: str) -> str:
    """`text` with its spoken numbers in digits; lone numbers below ten stay words."""
    return _PERCENT.sub("%", in_digits(text, number))


def number(run: list[str], before: str = "") -> tuple[str, int]:
    """A `digits.Number`. Two numbers may be one: a year (nineteen eighty-seven), an hour (seven thirty p m)."""
    if run[0] == "a" and run[1:2] in (["hundred"], ["thousand"]) and before not in ("half", "quarter"):
        run[0] = "one"
    found, used = parse(run, 0)
    joined = _year_or_hour(run, found, used) if found is not None else None
    if joined:
        return joined
    digits, end = _dialled(run)
    if len(digits) >= LEAST:
        return digits, end
    if found is None:
        return "", 0
    if run[used : used + 1] and run[used] in _ORDINALS and found % 100 >= 20 and found % 10 == 0:
        last = _ORDINALS.index(run[used]) + 1
        return f"{found + last}{('st', 'nd', 'rd')[last - 1] if last < 4 else 'th'}", used + 1
    decimals = named(run[used + 1 :], DIGITS) if run[used : used + 1] == ["point"] else ""
    if decimals:
        return f"{found}.{decimals}", used + 1 + len(decimals)
    if used == 1 and found < 10:
        return "", 0
    return grouped(found), used


def _dialled(run: list[str]) -> tuple[str, int]:
    """The digits that `run` names one by one (oh double seven one), and how many words they take."""
    found, at = "", 0
    while at < len(run):
        times = _REPEATED.get(run[at], 1)
        digit = named(run[at + (times > 1) :][:1], DIGITS)
        if not digit:
            break
        found += digit * times
        at += 1 + (times > 1)
    return found, at


def _year_or_hour(run: list[str], first: int, used: int) -> tuple[str, int] | None:
    """`first` (`used` words long) and the two digits after it (thirty, oh five) as a year, or before am an hour."""
    oh = run[used : used + 1] in (["oh"], ["o"])
    rest, end = parse(run, used + oh)
    if rest is None or not (10 <= rest <= 99 or (oh and rest < 10)):
        return None
    if 1 <= first <= 12 and (run[end : end + 1] in (["am"], ["pm"]) or run[end : end + 2] in (["a", "m"], ["p", "m"])):
        return f"{first}:{rest:02}", end
    return (f"{first}{rest:02}", end) if 11 <= first <= 20 else None
