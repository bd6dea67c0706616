"""The driver of the verbaliser: walks the written forms of a text and has a `Reader` say each."""

from __future__ import annotations

import re

from izwi.languages.plain import plain
from izwi.languages.written import JOINED, MASTER, Context, Quantity, Reader, scale_of

_BEFORE, _AFTER = 120, 40
_LONGEST_END = 5  # digits of either end of a range
_LONGEST_TOP = 20  # of an improper fraction (7/4)
_ROMAN = {"I": 1, "V": 5, "X": 10}
_SAME_UNIT = {
    "kmh": "km/h", "kph": "km/h", "km²": "km2", "m²": "m2", "m³": "m3", "L": "l", "kB": "KB", "lbs": "lb", "¢": "c",
    "kms": "km", "KM": "km", "Km": "km", "CM": "cm", "kgs": "kg", "KG": "kg", "Kg": "kg", "MG": "mg", "mls": "ml",
    "ML": "ml", "hr": "h", "hrs": "h", "mins": "min", "secs": "sec", "s": "sec",
}  # fmt: skip
_OPERATORS = str.maketrans("-*xX", "−×××")
_SPACED_MARK = re.compile(
    r"(?<=\d) ([.,]) (?=\d{3}(?!\d)|\d{1,2} (?:million|billion|m[ai]|bh|%))|(?<=\d) (:) (?=[0-5]\d\b)"
)


def read_aloud(text: str, reader: Reader) -> str:
    """`text` with every number, symbol, address and abbreviation in words. Linear in its length."""
    text = _SPACED_MARK.sub(r"\1\2", plain(text))
    parts: list[str] = []
    at = 0
    for match in MASTER.finditer(text):
        start, end = match.span()
        parts.append(text[at:start])
        said = _say(match, reader, Context(text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]))
        if said and said[0].isalnum():
            parts[-1] = _parted(parts[-1], after_word="".join(parts[-2:-1])[-1:].isalnum())
        if said and said != match.group() and text[end : end + 1].isalnum() and said[-1] != JOINED:
            said += " "
        parts.append(said)
        at = end
    parts.append(text[at:])
    return _spaced("".join(parts))


def _parted(text: str, after_word: bool) -> str:
    """`text` ready for a word to follow: a space after a letter, in place of a hyphen that tied the figure to it."""
    if not text:
        return " " if after_word else ""
    if text[-1:] == "-" and (text[-2:-1].isalnum() or (after_word and len(text) == 1)):
        return text[:-1] + " "
    return text + " " if text[-1:].isalnum() else text


def _say(match: re.Match[str], reader: Reader, context: Context) -> str:
    return _HANDLERS[str(match.lastgroup)](match, reader, context)


def _address(match: re.Match[str], reader: Reader, context: Context) -> str:
    """An address, or a code to dial (*151#): its words as they stand, each mark by name, the scheme left out."""
    text = re.sub(r"^https?://", "", match.group()).rstrip("/")
    pieces = re.findall(r"[^\W\d_]+|\d+|.", text)
    return " ".join(filter(None, (_address_piece(piece, reader) for piece in pieces)))


def _address_piece(piece: str, reader: Reader) -> str:
    if piece.isdigit():
        return reader.phone([piece], plus=False)
    if piece.isalpha():
        return reader.spell(piece.upper()) if piece in ("www", "zw", "za", "uk", "io", "ac") else piece
    return reader.mark(piece)


def _iso(match: re.Match[str], reader: Reader, context: Context) -> str:
    return _dated(
        int(match["iso_year"]), int(match["iso_month"]), int(match["iso_day"]), match.group(), reader, context
    )


def _date(match: re.Match[str], reader: Reader, context: Context) -> str:
    """Day first, as in Zimbabwe; a two-digit year below 50 is this century's."""
    year = int(match["year"])
    if year < 100:
        year += 2000 if year < 50 else 1900
    return _dated(year, int(match["month"]), int(match["day"]), match.group(), reader, context)


def _dated(year: int, month: int, day: int, written: str, reader: Reader, context: Context) -> str:
    if 1 <= month <= 12 and 1 <= day <= 31:
        return reader.date(year, month, day, context)
    return reader.phone(re.findall(r"\d+", written), plus=False)


def _time(match: re.Match[str], reader: Reader, context: Context) -> str:
    """An hour of the day; with seconds or their decimals (1:41.11), how long something took."""
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["second"] or match["split"]:
        figures = [match["hour"], match["minute"], *filter(None, [match["second"]])]
        lasting = zip(figures, ("h", "min", "sec")[-len(figures) :], strict=True)
        said = [(int(n), "", unit) for n, unit in lasting]
        said[-1] = (said[-1][0], (match["split"] or "")[1:], "sec")
        parts = (reader.measure(Quantity(n, split), unit, context) for n, split, unit in said if n or unit == "sec")
        return ", ".join(parts)
    half = (match["half"] or match["half2"] or "").replace(".", "").casefold()
    until = f" {reader.word('–')} " if match["until"] else ""
    if hour > 24:
        return " ".join(reader.number(Quantity(n), str(n), context) for n in (hour, minute)) + until
    return reader.time(hour, minute, half, context) + until


def _range(match: re.Match[str], reader: Reader, context: Context) -> str:
    """From one number to another; long runs of digits are an identity number's, not a quantity's."""
    low, high = match["low"], match["high"]
    if any(part.isdigit() and len(part) > _LONGEST_END for part in (low, high)):
        return reader.phone(re.findall(r"\d+", match.group()), plus=False)
    return reader.range(Quantity.parse(low), Quantity.parse(high), context)


def _fraction(match: re.Match[str], reader: Reader, context: Context) -> str:
    """A share, or two numbers that a stroke keeps apart: 24/7, 50/50; and the years of a season: 2020/21."""
    ones, top, bottom = int(match["ones"] or 0), int(match["top"]), int(match["bottom"])
    if not ones and 1900 < top < 2100:
        return reader.range(Quantity(top), Quantity(bottom), context)
    if not ones and top >= bottom and top > _LONGEST_TOP:
        return " ".join(reader.number(Quantity(n), str(n), context) for n in (top, bottom))
    return reader.fraction(ones, top, bottom, context)


def _phone(match: re.Match[str], reader: Reader, context: Context) -> str:
    return reader.phone(re.findall(r"\d+", match.group()), plus=match.group().startswith("+"))


def _money(match: re.Match[str], reader: Reader, context: Context) -> str:
    currency, scale = match["currency"] or match["currency2"], scale_of(match["amount_scale"] or match["amount2_scale"])
    amounts = [Quantity.parse(written) for written in (match["least"], match["amount"] or match["amount2"]) if written]
    return f" {reader.word('–')} ".join(reader.money(currency, amount, scale, context) for amount in amounts)


def _dotted(match: re.Match[str], reader: Reader, context: Context) -> str:
    """A version or a network address: numbers with the dot said between them. 1.234.567 is a number in groups."""
    if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}\.\d{3}", match["dotted"]):
        return reader.number(Quantity(int(match["dotted"].replace(".", ""))), match["dotted"], context)
    parts = [reader.number(Quantity(int(part)), part, Context("", "")) for part in match["dotted"].split(".")]
    return f" {reader.mark('.')} ".join(parts)


def _listed(match: re.Match[str], reader: Reader, context: Context) -> str:
    return ", ".join(reader.number(Quantity(int(part)), part, context) for part in match["listed"].split(","))


def _per(match: re.Match[str], reader: Reader, context: Context) -> str:
    unit = (match["per_unit"] or "").replace(" ", "")
    return " " + reader.per(_SAME_UNIT.get(unit, unit))


def _measure(match: re.Match[str], reader: Reader, context: Context) -> str:
    unit, size = match["unit"].replace(" ", ""), Quantity.parse(match["size"])
    low = Quantity.parse(match["size_low"]) if match["size_low"] else None
    if unit == "m" and reader.counts_millions(context) and low is None:
        return reader.scaled(size, 10**6, context)
    return reader.measure(size, _SAME_UNIT.get(unit, unit), context, low)


def _feet(match: re.Match[str], reader: Reader, context: Context) -> str:
    """A height, or a number at the end of a quotation: 'all 6'."""
    feet = int(match["foot"])
    if match["inches"]:
        return reader.height(feet, int(match["inches"]))
    if re.search(r"(?:^|[\s(])['‘][^'’]*$", context.before):
        return reader.number(Quantity(feet), match["foot"], context) + "'"
    return reader.measure(Quantity(feet), "ft", context)


def _width(match: re.Match[str], reader: Reader, context: Context) -> str:
    """A width, or a number at the end of a quotation, which may have begun farther back than can be seen."""
    size, before = Quantity.parse(match["inch"]), context.before
    opened = before.count('"') % 2 == 1 or before.rfind("“") > before.rfind("”")
    if opened or (len(before) == _BEFORE and '"' not in before and "”" not in before):
        return reader.number(size, match["inch"], context)
    return reader.measure(size, "in", context)


def _sum(match: re.Match[str], reader: Reader, context: Context) -> str:
    left = reader.number(Quantity.parse(match["left"]), match["left"], context)
    return f"{left} {reader.word(match['operator'].translate(_OPERATORS))} "


def _number(match: re.Match[str], reader: Reader, context: Context) -> str:
    return reader.number(Quantity.parse(match["number"]), match["number"], context)


def _minus(match: re.Match[str], reader: Reader, context: Context) -> str:
    return reader.word("-") + " "


def _roman(match: re.Match[str], reader: Reader, context: Context) -> str:
    written = match["roman"]
    values = [_ROMAN[letter] for letter in written]
    total = sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
    return reader.roman(total, written, context) if _as_roman(total) == written else _initials_of(written, reader)


def _as_roman(n: int) -> str:
    """`n` (1 … 39) in Roman numerals."""
    return "X" * (n // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[n % 10] if n < 40 else ""


def _initials(match: re.Match[str], reader: Reader, context: Context) -> str:
    return _initials_of(match["initials"], reader)


def _initials_of(written: str, reader: Reader) -> str:
    if "-" in written:
        return " ".join(_initials_of(part, reader) for part in written.split("-"))
    letters = written.replace(".", "")
    return letters if "." not in written and reader.is_word(letters) else reader.spell(letters)


def _abbreviation(match: re.Match[str], reader: Reader, context: Context) -> str:
    said = reader.abbreviation(match["abbreviation"])
    return match["abbreviation"] if said is None else said


def _symbol(match: re.Match[str], reader: Reader, context: Context) -> str:
    said = reader.word(match["symbol"])
    return f" {said} " if said else " "


_HANDLERS = {
    "email": _address,
    "url": _address,
    "ussd": _address,
    "iso": _iso,
    "date": _date,
    "time": _time,
    "military": lambda m, r, c: r.time(int(m["hour24"]), int(m["minute24"]), "", c),
    "decade": lambda m, r, c: r.decade(int(m["decade"].strip("'s"))),
    "phone": _phone,
    "serial": _phone,
    "feet": _feet,
    "width": _width,
    "money": _money,
    "dotted": _dotted,
    "listed": _listed,
    "percent": lambda m, r, c: r.percent(
        Quantity.parse(m["share"]), c, Quantity.parse(m["share_low"]) if m["share_low"] else None
    ),
    "measure": _measure,
    "scaled": lambda m, r, c: r.scaled(
        Quantity.parse(m["mantissa"] or m["mantissa2"]), scale_of(m["scale"] or m["scale2"]), c
    ),
    "fraction": _fraction,
    "ordinal": lambda m, r, c: r.ordinal(int(m["rank"].replace(",", "")), c),
    "range": _range,
    "sum": _sum,
    "times": lambda m, r, c: r.times(Quantity.parse(m["fold"])),
    "minus": _minus,
    "number": _number,
    "roman": _roman,
    "initials": _initials,
    "numero": lambda m, r, c: r.word("#"),
    "abbreviation": _abbreviation,
    "hashtag": lambda m, r, c: "hashtag ",
    "colon": lambda m, r, c: " ",
    "per": _per,
    "more": lambda m, r, c: f" {r.word('≥…')}",
    "symbol": _symbol,
}


def _spaced(text: str) -> str:
    """One space between words, none before a mark, no mark doubled by what was dropped."""
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" +([.,;:!?])", r"\1", text)
    text = re.sub(r",(?=[.,;:!?])|(?<=[.;:!?]),", "", text)
    text = re.sub(r" ?\n ?", "\n", text).strip()
    return re.sub(r"(?m)^, ?", "", text)
