"""Written text to words: finds what is not plain words (numbers, money, dates, addresses, symbols) and has it read.

Language-neutral: a language brings a `Reader` that says each kind in its own words. Every pattern is bounded, so the
time is linear in the text.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

JOINED = "\ue000"
"""Stands between a particle and the number it joins while a text is read; written text never holds it."""

EMERGENCY = frozenset(("999", "995", "994", "993", "112", "911"))
"""Numbers to call in danger, read digit by digit after words of calling."""

_DECIMALS = r"(?:\.\d+|,\d{1,3}(?!\d))"  # four digits after a comma are a year
_GROUPED = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?"
_SPACED = rf"\d{{1,3}}(?:[ \u00a0\u202f']\d{{3}})+(?!\d){_DECIMALS}?"
#: Between the two ends of a range; a dash of the longest kind with spaces around it parts sentences.
_TO = r"(?:\s?[-–]\s?|—)"
_NUMBER = rf"(?:{_GROUPED}|{_SPACED}|\d+{_DECIMALS}?)"
_SCALE = r"(?:million|billion|trillion|mamiriyoni|miriyoni|mamirioni|mirioni|mabhiriyoni|bhiriyoni|m|bn|k)\b"
_CURRENCY = r"(?:US\s?\$|U\$|USD|ZiG|ZIG|ZWG|(?:ZWL|RTGS)(?:\s?\$)?|ZW\$|Z\$|ZAR|GBP|EUR|BWP|R|\$|£|€|¥|₹|₦)"
_UNIT = (
    r"(?:km/h|kmh|kph|mph|m/s|km²|km2|m²|m2|m³|m3|kms?|cm|mm|kgs?|mg|mls?|KM|Km|CM|KG|Kg|MG|ML|ha|lbs?|ft|hrs?|mins?|secs?|ms|kWh|kW|MW|W|V|GB|MB|KB|kB|TB"
    r"|Mbps|Hz|kHz|MHz|GHz|°\s?C|°\s?F|°|¢|(?<=\.\d)s|(?<=\.\d\d)s|c|g|h|t|l|L|m)(?![\w²³])"
)
_CLOCK = r"(?:[aApP]\.?[mM]\b\.?)"

# Every written form that is no plain word, in the order in which they are tried.
_FORMS = {
    "email": r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    "url": (
        r"(?<!\w)(?:https?://|www\.)[^\s<>\"]{1,300}[^\s<>\".,;:!?)\]']|"
        r"(?<![\w.@-])(?:[a-z0-9-]{1,63}\.){1,6}(?:com|org|net|zw|za|uk|io|info|gov|edu|ac)\b(?:/[^\s<>\"]{0,300})?"
    ),
    "ussd": r"\*\d{2,4}(?:\*\d{1,12}){0,8}#",
    "iso": r"(?<!\d)(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2})(?!\d)",
    "date": r"(?<!\d)(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>\d{4}|\d{2})(?!\d)",
    "time": (
        rf"(?<![\d:])(?P<hour>\d{{1,2}})(?:(?:[:h]|\.(?=\d\d\s?{_CLOCK}))(?P<minute>[0-5]\d)"
        rf"(?::(?P<second>[0-5]\d))?(?P<split>\.\d{{1,3}})?(?!\d)(?:\s?(?P<half>{_CLOCK}))?"
        rf"|\s?(?P<half2>{_CLOCK}))(?:\s?(?:hrs|hours)\b)?(?P<until>{_TO}(?=\d{{1,2}}(?::\d\d|\s?{_CLOCK})))?"
    ),
    "military": r"(?<![\d:])(?P<hour24>[01]\d|2[0-4])(?P<minute24>[0-5]\d)\s?(?:hrs|hours)\b",
    "decade": r"(?<!\d)'?(?:(?:1[1-9]|20)\d0|[2-9]0)s\b",
    "phone": r"(?<!\w)(?:\+\d[\d ()-]{5,18}\d|0\d{2,4}[ -]?\d{3}[ -]?\d{2,4}|0\d{2,4}[ -]\d{4}|0\d{6,11})(?!\d)",
    "serial": r"(?<![\w-])\d{1,13}(?:-\d{1,13}){2,9}(?![\w-])",
    "feet": r"(?<![\w'’.,])(?P<foot>\d{1,2})['’′](?:\s?(?P<inches>1[01]|\d)(?:[\"”]|''|’’|′′)?(?!\w)|(?!\w))",
    "width": r"(?<![\w.,])(?P<inch>\d{1,3}(?:\.\d)?)(?:[\"”]|′′)(?!\w)",
    "money": (
        rf"(?:(?<![A-Za-z])|(?<=[a-z])(?=[$£€RUZ]))(?P<currency>{_CURRENCY})\s?(?:(?P<least>{_NUMBER}){_TO}{_CURRENCY}?\s?)?"
        rf"(?P<amount>{_NUMBER})(?:\s?(?P<amount_scale>{_SCALE}))?(?:\s[dD]ollars?\b)?"
        rf"|(?P<amount2>{_NUMBER})(?:\s(?P<amount2_scale>{_SCALE}))?\s?(?P<currency2>USD|ZiG|ZIG|ZWG|ZWL|RTGS|ZAR|£|€|\$)(?!\w)"
        r"(?:\s[dD]ollars?\b)?"
    ),
    "dotted": r"(?<![\w.])\d{1,9}(?:\.\d{1,9}){2,}(?!\d)",
    "listed": r"(?<![\d,.])\d{1,2}(?:,\d{1,2}){2,40}(?![\d,])",
    "percent": rf"(?:(?P<share_low>{_NUMBER})\s?%?{_TO})?(?P<share>{_NUMBER})\s?(?:%|percent\b|per cent\b)",
    "measure": rf"(?:(?P<size_low>{_NUMBER})(?:\s?{_UNIT})?{_TO})?(?P<size>{_NUMBER})\s?(?P<unit>{_UNIT})",
    "scaled": (
        rf"(?P<mantissa>{_NUMBER})\s?(?P<scale>{_SCALE})"
        rf"|\b(?P<scale2>(?:ma)?(?:miriyoni|mirioni|bhiriyoni))\s(?P<mantissa2>{_NUMBER})(?:\s{_SCALE})?"
    ),
    "fraction": r"(?<![\d/])(?:(?P<ones>\d{1,6}) )?(?P<top>\d{1,4})[/⁄](?P<bottom>\d{1,4})(?![\d/])",
    "ordinal": r"(?P<rank>\d{1,3}(?:,\d{3}){1,2}|\d{1,9})(?:st|nd|rd|th)\b",
    "range": rf"(?P<low>{_NUMBER}){_TO}(?P<high>{_NUMBER})(?![\d-])(?!\s?=)",
    "sum": rf"(?P<left>{_NUMBER})\s?(?P<operator>[+×÷*=xX−-])\s?(?=[\d])",
    "times": r"(?P<fold>\d{1,4}(?:\.\d{1,3})?)[xX×]\b",
    "minus": r"(?<![\w-])[-−](?=\d)",
    "number": _NUMBER,
    "roman": (
        r"\b[IVX]{2,6}\b|(?<=[a-z] )[VX]\b|(?<=\bWar )I\b|(?<=\b(?:Part|Type) )I\b|(?<=\bPhase )I\b"
        r"|(?<=\bChapter )I\b|(?<=[a-z] )I(?=[.,;:!?)]|$)"
    ),
    "initials": (
        r"(?<![\w.])(?:[A-Z]\.){2,6}|\b[A-Z]{2,8}(?:-[A-Z]{1,3})?\b(?!')"
        r"|(?<![A-Z])[A-Z]{1,4}(?=-?\d)|(?<=\d)[A-Z]{1,3}\b(?!')"
    ),
    "numero": r"\b(?:[Nn]o\.|nhb\.?)(?=\s?\d)",
    "abbreviation": r"\b(?:Mrs?|Ms|Dr|Prof|Rev|Hon|Cde)(?: ?\.)?(?=\s[A-Z])|\b(?:e\.g|i\.e)\.|\b[A-Za-z]{1,5}\.(?=\s)",
    "hashtag": r"#(?=[^\W\d_])",
    "colon": r"(?<=\d):(?=\d)",
    "per": rf"(?<=\d)/(?:(?P<per_unit>{_UNIT})|(?=[a-z]{{2}}))",
    "more": r"(?<=\d)\+(?!\s?\d)",
    "symbol": r"[^\w\s.,?!;:'’\-–—\ue000]|_",
}
# No form begins inside a word: between two small letters nothing is tried.
MASTER = re.compile(
    "(?:(?<![a-z])|(?![a-z]))(?:" + "|".join(f"(?P<{name}>{form})" for name, form in _FORMS.items()) + ")"
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A written number: its whole part and the digits after its decimal mark."""

    whole: int
    decimals: str = ""

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """`text` as matched: "28,000", "5 108", "4.4", "5,8". A comma before exactly three digits groups."""
        plain = re.sub(r"(?<=\d)[ \u00a0\u202f'](?=\d{3})", "", text)
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain) and not plain.startswith("0,"):
            plain = plain.replace(",", "")
        whole, _, decimals = plain.replace(",", ".").partition(".")
        return cls(int(whole) if len(whole) < 4000 else 10**4000, decimals)


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a written form: up to 120 characters before it, 40 after."""

    before: str
    after: str


class Reader(ABC):
    """Says each kind of written form in one language. `digits_text` is the form's digits as written.

    `symbols` names those of running text ("&", "+", "="; "-" is minus, "–" is to, "≥…" is and more), `marks` those of
    addresses where they are called otherwise ("@", ".", "/"); a symbol without a name is passed over.
    `abbreviations` are in small letters, with their full stop.
    """

    symbols: Mapping[str, str]
    marks: Mapping[str, str]
    abbreviations: Mapping[str, str]

    @abstractmethod
    def number(self, quantity: Quantity, digits_text: str, context: Context) -> str: ...

    @abstractmethod
    def scaled(self, quantity: Quantity, scale: int, context: Context) -> str: ...

    @abstractmethod
    def money(self, currency: str, quantity: Quantity, scale: int, context: Context) -> str: ...

    @abstractmethod
    def percent(self, quantity: Quantity, context: Context, low: Quantity | None = None) -> str: ...

    @abstractmethod
    def measure(self, quantity: Quantity, unit: str, context: Context, low: Quantity | None = None) -> str: ...

    @abstractmethod
    def counts_millions(self, context: Context) -> bool:
        """Whether the m behind a number counts millions here (16.3m people), not metres."""

    @abstractmethod
    def height(self, feet: int, inches: int) -> str:
        """5'10\"."""

    @abstractmethod
    def per(self, unit: str) -> str:
        """For each of `unit`, or of what the next word names: $3/kg, $30/month."""

    @abstractmethod
    def date(self, year: int, month: int, day: int, context: Context) -> str: ...

    @abstractmethod
    def time(self, hour: int, minute: int, half: str, context: Context) -> str: ...

    @abstractmethod
    def phone(self, groups: list[str], plus: bool) -> str: ...

    @abstractmethod
    def fraction(self, ones: int, top: int, bottom: int, context: Context) -> str: ...

    @abstractmethod
    def ordinal(self, n: int, context: Context) -> str: ...

    @abstractmethod
    def times(self, quantity: Quantity) -> str:
        """So many times: 3x."""

    @abstractmethod
    def range(self, low: Quantity, high: Quantity, context: Context) -> str: ...

    @abstractmethod
    def roman(self, n: int, written: str, context: Context) -> str: ...

    @abstractmethod
    def decade(self, n: int) -> str:
        """The ten years that begin with `n`: 1990s, 80s."""

    @abstractmethod
    def spell(self, letters: str) -> str: ...

    @abstractmethod
    def is_word(self, initials: str) -> bool:
        """Whether capitals such as ZUPCO are said as a word and not spelled."""

    def abbreviation(self, written: str) -> str | None:
        return self.abbreviations.get(written.casefold().rstrip(" .") + ".")

    def word(self, symbol: str) -> str:
        return self.symbols.get(symbol, "")

    def mark(self, symbol: str) -> str:
        """What a symbol is called in an address; "" to pass over it."""
        return self.marks.get(symbol) or self.word(symbol)


_SCALES = {"k": 1000, "m": 10**6, "million": 10**6, "bn": 10**9, "billion": 10**9, "trillion": 10**12}


def scale_of(written: str | None) -> int:
    """What a word of scale multiplies by: "million", "mabhiriyoni", "bn"; 1 for none."""
    if not written:
        return 1
    written = written.casefold()
    return _SCALES.get(written) or (10**9 if "bh" in written else 10**6)
