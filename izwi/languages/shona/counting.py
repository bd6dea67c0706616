"""Shona numerals in words, back to numbers: lenient in agreement and joins, as people and recognisers are."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNIT_STEMS = {
    "mwe": 1, "viri": 2, "biri": 2, "tatu": 3, "hatu": 3, "na": 4, "shanu": 5, "tanhatu": 6, "hanhatu": 6, "nomwe": 7,
    "sere": 8, "pfumbamwe": 9,
}  # fmt: skip
_SINGULAR = ("mu", "ri", "chi", "i", "ru", "rwu", "ka", "hu", "ku", "pa")
_PLURAL = ("va", "mi", "ma", "zvi", "tu")
_SPECIAL = {
    "zero": 0, "ziro": 0, "motsi": 1, "poshi": 1, "piri": 2, "mbiri": 2, "tatu": 3, "nhatu": 3, "china": 4, "ina": 4,
    "nhanhatu": 6, "tsere": 8,
}  # fmt: skip
_NOUNS = {
    "gumi": 10, "makumi": 10, "zana": 100, "mazana": 100, "chiuru": 1000, "zviuru": 1000, "churu": 1000,
    "miriyoni": 10**6, "mamiriyoni": 10**6, "mirioni": 10**6, "mamirioni": 10**6, "bhiriyoni": 10**9,
    "mabhiriyoni": 10**9, "tiririyoni": 10**12, "matiririyoni": 10**12,
}  # fmt: skip
_LINKS = ("ane", "zvine", "ine", "rine", "dzine")
# What a count goes before: makumi maviri ezviuru, mazana matatu emamiriyoni.
_OF = {prefix + noun: value for noun, value in (("zviuru", 1000), ("mamiriyoni", 10**6), ("mabhiriyoni", 10**9))
       for prefix in ("e", "re")}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numeral:
    """One word of a number: its value, whether it is a power of ten, and whether it joins on."""

    value: int
    power: bool
    joined: bool


def _units() -> dict[str, int]:
    found = {concord + "mwe": 1 for concord in _SINGULAR}
    found |= {concord + stem: n for stem, n in _UNIT_STEMS.items() if n > 1 for concord in _PLURAL}
    return found | {stem: n for stem, n in _UNIT_STEMS.items() if n > 4} | _SPECIAL


UNITS = _units()


def numeral(word: str) -> Numeral | None:
    """`word` as a part of a number, or None."""
    word = word.casefold()
    for joined, bare in ((False, word), (True, word.removeprefix("ne"))):
        if joined and bare == word:
            return None
        if bare in _NOUNS:
            return Numeral(_NOUNS[bare], power=True, joined=joined)
        if bare in UNITS:
            return Numeral(UNITS[bare], power=False, joined=joined)
    return None


def value(text: str) -> int:
    """The number that `text` spells, whatever its agreement. Raises ValueError when it spells none."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    total, used = parse(words, 0)
    if total is None or used != len(words):
        raise ValueError(f"not a Shona number: {text!r}")
    return total


def parse(words: list[str], at: int) -> tuple[int | None, int]:
    """The number that begins at `words[at]` and where it ends; (None, at) when none begins there."""
    total, limit, start = 0, 10**15, at
    while at < len(words):
        step = _scale(words, at, limit, first=at == start) or _small(words, at, limit, first=at == start)
        if step is None:
            break
        amount, size, at = step
        total += amount
        limit = size
        if size <= 1:
            break
    return (total, at) if at > start else (None, start)


def _opening(words: list[str], at: int, first: bool) -> tuple[Numeral, int] | None:
    """The numeral at `at`, past a linking word; it must join on (ne- may stand apart) unless it is the first."""
    linked = not first and words[at] in (*_LINKS, "ne")
    at += linked
    found = numeral(words[at]) if at < len(words) else None
    if found is None or (first and found.joined) or not (first or linked or found.joined):
        return None
    return found, at + 1


def _scale(words: list[str], at: int, limit: int, first: bool) -> tuple[int, int, int] | None:
    """A thousand or more with its multiplier: (amount, its scale, where it ends)."""
    opening = _opening(words, at, first)
    if opening is None or not opening[0].power or not 1000 <= opening[0].value < limit:
        return _count_of(words, at, limit, first)
    power, at = opening
    singular = words[at - 1].removeprefix("ne") in ("chiuru", "churu", "miriyoni", "mirioni", "bhiriyoni", "tiririyoni")
    if singular:
        one = numeral(words[at]) if at < len(words) else None
        named = one is not None and not one.power and not one.joined and one.value == 1
        at += named
        return power.value, power.value, _past_chete(words, at) if named else at
    count, at = _multiplier(words, at, within=power.value == 1000)
    return (count * power.value, power.value, _past_chete(words, at)) if count else None


def _past_chete(words: list[str], at: int) -> int:
    """Where a number goes on behind the "only" that may follow its *one*: chiuru chimwe chete nemazana matatu."""
    if words[at : at + 1] == ["chete"] and at + 1 < len(words):
        after = words[at + 1]
        if after in (*_LINKS, "ne") or (after.startswith("ne") and numeral(after)):
            return at + 1
    return at


def _count_of(words: list[str], at: int, limit: int, first: bool) -> tuple[int, int, int] | None:
    """`zana nemakumi mashanu ezviuru`, `mazana matatu emamiriyoni`, and `nezana rezviuru` after millions."""
    count, at = _multiplier(words, at, first, before_of=True)
    apart = words[at : at + 1] in (["e"], ["re"])
    scale = _OF.get("".join(words[at : at + 1 + apart]), limit)
    return (count * scale, scale, at + 1 + apart) if count and scale < limit else None


def _multiplier(
    words: list[str], at: int, first: bool = True, before_of: bool = False, within: bool = False
) -> tuple[int, int]:
    """The 1 … 999 that multiplies a scale: descending parts joined by ne-; `ane` and `zvine` end it.

    Unless it stands `before_of`, a part before `ezviuru` is no more of it: mamiriyoni maviri nemazana matatu ezviuru.
    Of thousands, `ane` stands `within` it between hundreds and tens: zviuru mazana mana ane makumi matanhatu nezvitatu.
    """
    total, limit = 0, 1000
    while at < len(words) and (first or words[at] not in _LINKS or (within and limit == 100 and words[at] == "ane")):
        step = _small(words, at, limit, first)
        if step is None:
            break
        if not (first or before_of) and step[2] < len(words) and words[step[2]] in _OF:
            break
        total += step[0]
        at, limit, first = step[2], step[1], False
        if limit <= 1:
            break
    return total, at


def _small(words: list[str], at: int, limit: int, first: bool) -> tuple[int, int, int] | None:
    """Hundreds, tens or a unit below `limit`: (amount, its scale, where it ends)."""
    opening = _opening(words, at, first)
    if opening is None:
        return None
    found, at = opening
    if not found.power:
        following = numeral(words[at]) if not first and at < len(words) else None
        a_noun = following is not None and not (
            following.power or following.joined
        )  # nevana vatatu: and three children
        return (found.value, 1, at) if limit > 1 and not a_noun else None
    if found.value >= min(limit, 1000):
        return None
    bare = words[at - 1].removeprefix("ne")
    if bare in ("gumi", "zana"):
        return found.value, found.value, at
    count = numeral(words[at]) if at < len(words) else None
    if count is None or count.power or count.joined or not 2 <= count.value <= 9:
        return None
    return count.value * found.value, found.value, at + 1
