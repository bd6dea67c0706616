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
    "sn": r"(?:ko |nhai |ndiudzei? |ndiudzeiwo )?",
    "en": r"(?:please )?(?:what is|what's|how much is|calculate|work out|tell me)? ?",
}
_CLOSED = {
    "sn": r"(?:zvinoita|inoita|zvakaenzana na|zvakaenzana ne|=)? ?(?:zvingani|ingani|chii|marii|mangani)?",
    "en": r"(?:is|equals|makes|=)? ?(?:what|how much)?",
}
_FROM = {
    "sn": re.compile(r"(?:bvisa|kubvisa) (?P<right>.+?) (?:pa|pana|kubva pa|kubva pana|kubva mu) ?(?P<left>.+)"),
    "en": re.compile(r"(?:subtract|take) (?P<right>.+?) from (?P<left>.+)"),
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
        for match in re.finditer(rf"(?<!\S){words}(?!\S)(?: (?:na|ne|ku|pa|kuna|by)(?!\S))?", said):
            left, right = _number(said[: match.start()], language), _number(said[match.end() :], language)
            if left is not None and right is not None:
                return _result(operation, left, right)
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
