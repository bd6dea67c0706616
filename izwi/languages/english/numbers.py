"""English numerals: cardinals, ordinals, years and digit strings, and the way back to numbers."""

from __future__ import annotations

import re

LARGEST = 10**15 - 1
"""The largest cardinal with a name here; longer ones are read digit by digit."""

_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
          "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
             "twelve": "twelfth"}  # fmt: skip
_VALUES = {word: n for n, word in enumerate(_SMALL)} | {word: 10 * n for n, word in enumerate(_TENS) if word}
DIGITS = {word: str(n) for n, word in enumerate(_SMALL[:10])} | {"oh": "0", "o": "0"}
_POWERS = {"hundred": 100} | {word: value for value, word in _SCALES}


def cardinal(n: int) -> str:
    """`n` (0 … LARGEST) in words, British: one hundred and five."""
    if not 0 <= n <= LARGEST:
        raise ValueError(f"{n} has no name here; the largest is {LARGEST}")
    parts = []
    for value, name in _SCALES:
        count, n = divmod(n, value)
        if count:
            parts.append(f"{_hundreds(count)} {name}")
    if n or not parts:
        parts.append(("and " if parts and n < 100 else "") + _hundreds(n))
    return " ".join(parts)


def _hundreds(n: int) -> str:
    hundreds, rest = divmod(n, 100)
    if not hundreds:
        return _tens(rest)
    return f"{_SMALL[hundreds]} hundred" + (f" and {_tens(rest)}" if rest else "")


def _tens(n: int) -> str:
    if n < 20:
        return _SMALL[n]
    return _TENS[n // 10] + (f"-{_SMALL[n % 10]}" if n % 10 else "")


def ordinal(n: int) -> str:
    """`n` as first, second, twenty-third."""
    head, last = re.fullmatch(r"(.*?)(\w+)", cardinal(n)).groups()  # type: ignore[union-attr]
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def year(n: int) -> str:
    """A year from 1000 to 2999 as it is said: nineteen eighty-seven, two thousand and five, twenty twenty-six."""
    century, rest = divmod(n, 100)
    if not 1000 <= n <= 2999 or (century % 10 == 0 and rest < 10):
        return cardinal(n)
    return f"{_tens(century)} " + ("hundred" if not rest else f"oh {_SMALL[rest]}" if rest < 10 else _tens(rest))


def digits(text: str) -> str:
    """Each digit of `text` by name."""
    return " ".join(_SMALL[int(digit)] for digit in text)


def parse(words: list[str], at: int) -> tuple[int | None, int]:
    """The number that begins at `words[at]` and where it ends; (None, at) when none begins there."""
    total = group = 0
    start, room = at, 1000  # room: what the next word must stay under within its group
    while at < len(words):
        word = words[at]
        if word in _VALUES and _VALUES[word] < room and (_VALUES[word] or at == start):
            group += _VALUES[word]
            room = 10 if _VALUES[word] >= 20 else 0
        elif word == "hundred" and 0 < group < 20 and group != 10:  # nineteen hundred
            group, room = group * 100, 100
        elif word in _POWERS and word != "hundred" and group and (total == 0 or total % (_POWERS[word] * 1000) == 0):
            total, group, room = total + group * _POWERS[word], 0, 1000
        elif word == "and" and at > start and room >= 100 and words[at + 1 : at + 2] and words[at + 1] in _VALUES:
            room = 100
        else:
            break
        at += 1
    return (total + group, at) if at > start else (None, start)


def value(text: str) -> int:
    """The number that `text` spells. Raises ValueError when it spells none."""
    words = re.findall(r"[a-z]+", text.casefold())
    total, used = parse(words, 0)
    if total is None or used != len(words):
        raise ValueError(f"not an English number: {text!r}")
    return total
