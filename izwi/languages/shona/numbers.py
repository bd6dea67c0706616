"""Shona numerals: cardinals that agree with what they count, ordinals, digit strings, and the way back to numbers.

A numeral below ten takes the concord of the noun it counts (`vanhu vanomwe`, `zvinhu zvina`), and so does the last part
of a longer one (`mazuva makumi mana nemashanu`); a last *one* is singular (`vanhu gumi nemumwe`). The powers of ten are
nouns themselves: gumi (class 5, makumi 6), zana, chiuru (7, zviuru 8), miriyoni (9, mamiriyoni 6).
"""

from __future__ import annotations

from collections.abc import Collection

COUNTING = None
"""The noun class of nothing in particular: numbers counted, dialled or named (Studio 7)."""

LARGEST = 10**15 - 1
"""The largest cardinal with a name; longer ones are read digit by digit."""

_STEMS = ("", "mwe", "viri", "tatu", "na", "shanu", "tanhatu", "nomwe", "sere", "pfumbamwe")
_ALONE = ("zero", "motsi", "piri", "tatu", "china", "shanu", "tanhatu", "nomwe", "sere", "pfumbamwe")
_NASAL = ("", "imwe", "mbiri", "nhatu", "ina", "shanu", "nhanhatu", "nomwe", "sere", "pfumbamwe")
_ORDINAL_TAIL = ("", "imwe", "mbiri", "nhatu", "china", "shanu", "tanhatu", "nomwe", "sere", "pfumbamwe")

# Concord of "one" by noun class, and of two to nine by the plural class.
_ONE = {1: "mu", 2: "mu", 3: "mu", 4: "mu", 5: "ri", 6: "ri", 7: "chi", 8: "chi", 9: "i", 10: "i", 11: "ru", 12: "ka",
        13: "ka", 14: "hu", 15: "ku", 16: "pa", 17: "ku", 18: "mu", 21: "ri"}  # fmt: skip
_MANY = {1: "va", 2: "va", 3: "mi", 4: "mi", 5: "ma", 6: "ma", 7: "zvi", 8: "zvi", 12: "tu", 13: "tu", 14: "ma",
         21: "ma"}  # fmt: skip
ORDINALS = (
    "",
    "kutanga",
    "chipiri",
    "chitatu",
    "china",
    "chishanu",
    "chitanhatu",
    "chinomwe",
    "chisere",
    "chipfumbamwe",
)

# Above a thousand: (value, one of it, several of it, the class its multiplier agrees with, the join that closes it).
_SCALES = (
    (10**12, "tiririyoni imwe", "matiririyoni", 6, "ane"),
    (10**9, "bhiriyoni imwe", "mabhiriyoni", 6, "ane"),
    (10**6, "miriyoni imwe", "mamiriyoni", 6, "ane"),
    (10**3, "chiuru", "zviuru", 8, "zvine"),
)


def unit(n: int, noun_class: int | None = COUNTING) -> str:
    """One to nine in agreement with `noun_class`; without one, as counted aloud."""
    if noun_class is COUNTING:
        return _NASAL[n]
    if n == 1:
        return _ONE[noun_class] + "mwe"
    return _MANY[noun_class] + _STEMS[n] if noun_class in _MANY else _NASAL[n]


def cardinal(n: int, noun_class: int | None = COUNTING, joins: Collection[str] = ()) -> str:
    """`n` (0 … LARGEST) in words, agreeing with `noun_class` (Meinhof's numbers: 2 vanhu, 4 misha, 6 mazuva, …).

    `joins` may hold "zvine" (thousands zvine hundreds) and "ane" (mazana ane makumi), which broadcasters also say. A
    group is always closed by `zvine` or `ane` where a plain `ne-` would make two numbers sound alike.
    """
    if not 0 <= n <= LARGEST:
        raise ValueError(f"{n} has no Shona name; the largest is {LARGEST}")
    if n < 10 and noun_class is COUNTING:
        return _ALONE[n]
    return _group(n, noun_class, joins) if n else "zero"


def _group(n: int, noun_class: int | None, joins: Collection[str]) -> str:
    for value, one, several, multiplier_class, closing in _SCALES:
        count, rest = divmod(n, value)
        if not count:
            continue
        if value == 10**6 and rest and rest % 10**5 == 0:
            return _million_and_hundred_thousands(count, rest // 10**5)
        head = one if count == 1 else f"{several} {_hundreds(count, multiplier_class)}"
        if not rest:
            return head
        tail = _group(rest, noun_class, joins)
        open_ended = count > 1 and rest < (100 if count % 100 == 0 else 10 if count % 10 == 0 else 1)
        return (
            f"{head} {closing} {tail}"
            if open_ended or ("zvine" in joins and value == 1000 and rest >= 100)
            else f"{head} ne{tail}"
        )
    return _hundreds(n, noun_class, joins)


def _million_and_hundred_thousands(millions: int, hundreds: int) -> str:
    """1.1 million, 4.4 million: `miriyoni nezana rezviuru`, `mamiriyoni mana nemazana mana ezviuru`."""
    head = "miriyoni" if millions == 1 else f"mamiriyoni {_hundreds(millions, 6)}"
    return f"{head} nezana rezviuru" if hundreds == 1 else f"{head} nemazana {unit(hundreds, 6)} ezviuru"


def _hundreds(n: int, noun_class: int | None, joins: Collection[str] = ()) -> str:
    """1 … 999."""
    hundreds, rest = divmod(n, 100)
    tens, ones = divmod(rest, 10)
    parts = []
    if hundreds:
        parts.append("zana" if hundreds == 1 else f"mazana {unit(hundreds, 6)}")
    if tens:
        parts.append("gumi" if tens == 1 else f"makumi {unit(tens, 6)}")
    if ones:
        parts.append(unit(ones, noun_class))
    if "ane" in joins and hundreds > 1 and tens > 1:
        parts[:2] = [f"{parts[0]} ane {parts[1]}"]
    return " ne".join(parts)


def ordinal(n: int, one: str = "imwe") -> str:
    """What follows the possessive in an ordinal: wekutanga, chechipiri, regumi nembiri, chemakumi masere netanhatu.

    `one` is a last *one* in agreement with the noun: chikamu chegumi nechimwe.
    """
    if 0 < n < 10:
        return ORDINALS[n]
    words = cardinal(n)
    ones = n % 10
    if ones:
        words = words[: -len(_NASAL[ones])] + (one if ones == 1 else _ORDINAL_TAIL[ones])
    return words


def digits(text: str, counted: bool = True) -> str:
    """Each digit of `text` by name: as dialled (`motsi piri`), or after the decimal comma (`imwe mbiri`)."""
    names = _ALONE if counted else (_ALONE[0], *_NASAL[1:])
    return " ".join(names[int(digit)] for digit in text)
