"""Spoken Shona numbers in a transcript, back to digits."""

from __future__ import annotations

import re

from izwi.languages.digits import LEAST, grouped, in_digits, named
from izwi.languages.english import spoken as english
from izwi.languages.shona.counting import UNITS, numeral, parse
from izwi.languages.shona.nouns import are_people, noun_class

_PARTICLE = re.compile(
    r"(ne|pa|ku|mu|che|re|we|ye|ze|dze|ve|zve|rwe|hwe|kwe|ke|e)(?=(?:ma)?(?:gumi|kumi|zana|miriyoni|bhiriyoni)|zviuru|chiuru)"
)
# Units that are everyday words besides: children, "of", the days Tuesday and Thursday, "some".
_AMBIGUOUS = frozenset(("vana", "china", "mina", "mana", "ina", "piri", "zvina", "sere", "tuna"))
_FOUR = {"mana": 6, "zvina": 8, "ina": 10, "mina": 4}  # a number after a noun of this class
_DIGITS = {"zero": "0", "ziro": "0", "motsi": "1", "poshi": "1", "imwe": "1", "piri": "2", "mbiri": "2", "tatu": "3",
           "nhatu": "3", "china": "4", "ina": "4", "shanu": "5", "tanhatu": "6", "nhanhatu": "6", "nomwe": "7",
           "sere": "8", "tsere": "8", "pfumbamwe": "9"}  # fmt: skip
_PERCENT = re.compile(r"\b(?:[zZ]vikamu )?(\d[\d,.]{0,20}) (?:kubva )?(?:mu|pa) ?100\b")


def denormalise(text: str) -> str:
    """`text` with its spoken numbers in digits; a lone *one* or a word with another meaning stays a word."""
    return _PERCENT.sub(r"\1%", in_digits(text, _number))


def _number(run: list[str], before: str) -> tuple[str, int]:
    """A `digits.Number`; a particle joined to the number stays before it (pazana: pa100)."""
    dialled = named(run, _DIGITS)
    if len(dialled) >= LEAST:
        return dialled, len(dialled)
    if run[0][:1] == "i" and run[0][1:] in _DIGITS and len(dialled := named(run[1:], _DIGITS)) >= LEAST:
        return "i" + _DIGITS[run[0][1:]] + dialled, 1 + len(dialled)  # izero nomwe nomwe: it is 077
    particle = _PARTICLE.match(run[0])
    prefix = particle[1] if particle else ""
    run[0] = run[0][len(prefix) :]
    found, used = parse(run, 0)
    if found is None:
        return english.number(run)
    decimals, end = _decimals(run, used)
    if used == 1 and not prefix and not decimals and not _stands_alone(run[0], found, before):
        return "", 0
    return prefix + grouped(found) + (f".{decimals}" if decimals else ""), end


def _decimals(run: list[str], at: int) -> tuple[str, int]:
    """The digits named after `koma` or `poindi`, or the number after `nezviga` (so broadcasters), and their end."""
    if run[at : at + 1] == ["nezviga"]:
        found, end = parse(run, at + 1)
        return (str(found), end) if found is not None and found < 100 else ("", at)
    digits = named(run[at + 1 :], _DIGITS) if run[at : at + 1] in (["koma"], ["poindi"]) else ""
    return digits, at + 1 + len(digits) if digits else at


def _stands_alone(word: str, value: int, before: str) -> bool:
    """Whether a lone number word is a number here: a power of ten, or two and more agreeing with the noun before."""
    part = numeral(word)
    if part is None or part.power:
        return part is not None
    if word in ("zero", "ziro"):
        return True
    if value < 2 or word not in UNITS:
        return False
    if word == "vana":
        return are_people(before)
    return word not in _AMBIGUOUS or (word in _FOUR and noun_class(before.removeprefix("ne")) == _FOUR[word])
