"""Sums in words or figures, in Shona and English: two numbers and an operation."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from izwi.languages.english import numbers as english
from izwi.languages.shona import counting

_OPERATORS = {
    "sn": (
        ("+", r"(?:kusanganisa|sanganisa|kusanganiswa|kuwedzera|wedzera|kubatanidza|plus|\+)"),
        ("-", r"(?:kubvisa|bvisa|kubviswa|minus|−|-)"),
        ("*", r"(?:kuwanza|wanza|kuwanzwa|kakapetwa|times|×|x|\*)"),
        ("/", r"(?:kugovera|govera|kugova|kugoverwa|gova|divided by|÷|/)"),
    ),
    "en": (
        ("+", r"(?:plus|added to|add|and|\+)"),
        ("-", r"(?:minus|take away|less|subtract|−|-)"),
        ("*", r"(?:times|multiplied by|multiply by|multiply|×|x|\*)"),
        ("/", r"(?:divided by|divide by|over|÷|/)"),
    ),
}
# What may stand around a sum.
_ASKED = {
    "sn": r"(?:(?:ndiudze|ndipe|verenga)i?(?:wo)? )?(?:kuti )?",
    "en": r"(?:(?:tell me|calculate|work out|do you know) )?(?:what is |what's |what are |how much is |how much are )?",
}
_CLOSED = {
    "sn": r"(?:zvinoita|inoita|zvakaenzana na|zvakaenzana ne|=)? ?(?:zvingani|ingani|chii|marii|mangani)?",
    "en": r"(?:is|equals|makes|=)? ?(?:what|how much)?",
}
_FROM = {
    "sn": re.compile(r"(?:bvisa|kubvisa) (?P<right>.+?) (?:pa|pana|kubva pa|kubva pana|kubva mu) ?(?P<left>.+)"),
    "en": re.compile(r"(?:subtract|take) (?P<right>.+?) from (?P<left>.+)"),
}
# Sums that are told: what to do, then with what, and what stands between the two.
_TOLD = {
    "sn": (
        ("+", r"(?:sanganisa|sanganisai|wedzera|wedzerai|batanidza|batanidzai)", r" n[ae] ?"),
        ("*", r"(?:wanza|wanzai)", r" (?:n[ae]|ka) ?"),
        ("/", r"(?:govera|goverai|gova|govai)", r" (?:n[ae]|pa) ?"),
    ),
    "en": (
        ("+", r"(?:add|the sum of)", r" (?:and|to) "),
        ("*", r"(?:multiply|the product of)", r" (?:by|and|with) "),
        ("/", r"divide", r" by "),
    ),
}
_FIGURE = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_LARGEST = 10**12


def solve(text: str, language: str) -> str | None:
    """The result of the sum that is all of `text`, in figures, rounded to two decimals; None when it is no sum, or in a
    language that no words of sums are known of.

    Raises ZeroDivisionError.
    """
    if language not in _OPERATORS:
        return None
    said = re.sub(r"[?!;]|,(?!\d{3})|\.(?!\d)", " ", text.casefold().replace("’", "'"))
    said = " ".join(re.sub(r"([+×÷*=−/])|(?<=\d)\s?([-x])\s?(?=\d)", r" \1\2 ", said).split())
    said = re.sub(rf"^{_ASKED[language]}", "", said)
    said = re.sub(rf" ?{_CLOSED[language]}$", "", said).strip()
    reverse = _FROM[language].fullmatch(said)
    if reverse:
        return _result("-", _number(reverse["left"], language), _number(reverse["right"], language))
    for operation, words in _OPERATORS[language]:
        between = rf"(?<!\S){words}(?!\S)(?: (?:na|ne|ku|pa|kuna|by)(?!\S))?"
        if (pair := _pair(said, between, language)) is not None:
            return _result(operation, *pair)
    for operation, words, between in _TOLD[language]:
        told = re.match(rf"{words} ", said)
        if told and (pair := _pair(said[told.end() :], between, language)) is not None:
            return _result(operation, *pair)
    return None


def _pair(text: str, between: str, language: str) -> tuple[Decimal, Decimal] | None:
    """The two numbers that are all of `text` but what matches `between` them."""
    for match in re.finditer(between, text):
        left, right = _number(text[: match.start()], language), _number(text[match.end() :], language)
        if left is not None and right is not None:
            return left, right
    return None


def _number(text: str, language: str) -> Decimal | None:
    """The number that is all of `text`: figures, or words, joined by ne- or not."""
    text = text.strip()
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", re.sub(r"^(?:ne|na|ndi) ?(?=\d)", "", text))
    if _FIGURE.fullmatch(plain):
        return Decimal(plain)
    words = re.findall(r"[^\W\d_]+", text)
    if not words or re.search(r"\d", text):
        return None
    tries = [words]
    if language == "sn" and words[0][:2] in ("ne", "na", "pa", "ku"):
        tries.append([words[0][2:], *words[1:]])
    for attempt in tries:
        for parse in (counting.parse, english.parse) if language == "sn" else (english.parse,):
            value, used = parse([word for word in attempt if word], 0)
            if value is not None and used == len(attempt):
                return Decimal(value)
    return None


def _result(operation: str, left: Decimal | None, right: Decimal | None) -> str | None:
    if left is None or right is None:
        return None
    if operation == "/":
        if right == 0:
            raise ZeroDivisionError
        value = left / right
    else:
        value = {"+": left + right, "-": left - right, "*": left * right}[operation]
    if abs(value) >= _LARGEST:
        return None
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{rounded:f}".rstrip("0").rstrip(".") if "." in f"{rounded:f}" else f"{rounded:f}"
