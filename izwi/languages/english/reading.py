"""How English says each written form."""

from __future__ import annotations

import re

from izwi.languages.english import numbers
from izwi.languages.english.calendar import DAYS, MONTHS
from izwi.languages.written import EMERGENCY, Context, Quantity, Reader

# Currency as written → one, several, its hundredth.
_CURRENCIES = {
    "$": ("dollar", "dollars", "cent"), "US$": ("US dollar", "US dollars", "cent"), "£": ("pound", "pounds", "penny"),
    "R": ("rand", "rand", "cent"), "ZiG": ("ZiG", "ZiG", "cent"), "€": ("euro", "euros", "cent"),
    "¥": ("yen", "yen", ""),
    "BWP": ("pula", "pula", "thebe"), "₹": ("rupee", "rupees", "paisa"), "₦": ("naira", "naira", "kobo"),
    "ZWL": ("Zimbabwe dollar", "Zimbabwe dollars", "cent"), "RTGS": ("bond dollar", "bond dollars", "cent"),
}  # fmt: skip
CURRENCY_NAMES = {"US$": "US$", "U$": "US$", "USD": "US$", "ZIG": "ZiG", "ZWG": "ZiG", "ZAR": "R", "GBP": "£",
                  "EUR": "€", "RTGS$": "RTGS", "ZW$": "ZWL", "ZWL$": "ZWL", "Z$": "ZWL"}  # fmt: skip
_UNITS = {
    "km/h": "kilometre an hour", "mph": "mile an hour", "km2": "square kilometre", "m2": "square metre",
    "m3": "cubic metre", "km": "kilometre", "cm": "centimetre", "mm": "millimetre", "m": "metre", "kg": "kilogram",
    "g": "gram", "mg": "milligram", "t": "tonne", "l": "litre", "c": "cent", "ml": "millilitre", "ha": "hectare",
    "kWh": "kilowatt hour", "kW": "kilowatt", "MW": "megawatt", "GB": "gigabyte", "MB": "megabyte", "KB": "kilobyte",
    "TB": "terabyte", "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
    "Mbps": "megabit a second", "m/s": "metre a second", "W": "watt", "V": "volt", "h": "hour", "min": "minute",
    "sec": "second", "ms": "millisecond", "lb": "pound", "ft": "foot", "in": "inch", "°C": "degree Celsius",
    "°F": "degree Fahrenheit", "°": "degree",
}  # fmt: skip
_SCALES = {1000: "thousand", 10**6: "million", 10**9: "billion", 10**12: "trillion"}
_SYMBOLS = {
    "&": "and", "+": "plus", "−": "minus", "-": "minus", "×": "times", "÷": "divided by", "=": "equals",
    "%": "percent", "@": "at", "/": "or", "#": "number", "<": "less than", ">": "greater than", "≤": "at most",
    "≥": "at least", "°": "degrees", "$": "dollars", "£": "pounds", "€": "euros", "~": "about", "(": ",", ")": ",",
    "[": ",", "]": ",", "…": ".", "–": "to", "±": "plus or minus", "→": "to", "≥…": "plus", "^": "to the power of",
}  # fmt: skip
_MARKS = {".": "dot", "/": "slash", "-": "dash", "_": "underscore", "#": "hash", "*": "star", "?": "question mark"}
_ABBREVIATIONS = {
    "dr.": "Doctor", "mr.": "Mister", "mrs.": "Missus", "prof.": "Professor", "rev.": "Reverend", "st.": "Saint",
    "vs.": "versus", "etc.": "et cetera", "ltd.": "limited", "govt.": "government", "tel.": "telephone",
    "approx.": "approximately", "cde.": "Comrade", "hon.": "Honourable", "gen.": "General", "e.g.": "for example,",
    "i.e.": "that is,", "jr.": "Junior", "pp.": "pages", "p.": "page", "fig.": "figure", "vol.": "volume",
    "dept.": "department",
}  # fmt: skip
_WORDS = frozenset(("SADC", "ZIMSTAT", "ZESN", "PIN", "SIM", "RAM", "ROM", "WAP", "AIDS"))
_PRONOUNCEABLE = re.compile(
    r"(?:[BCDFGHJKLMNPQRSTVWXYZ]|[BCDFGKPST]R|[BCFGPS]L|S[CKMNPTW]|[CST]H|TW|STR|SH|WH|ZV|SV|MH|NH|NZ|MB|ND|NG|NY|DZ)?"
    r"(?:[AEIOUY]{1,2}(?:[BCDFGHJKLMNPQRSTVWXYZ]{1,2}(?=[AEIOUY])|))*[AEIOUY]{1,2}"
    r"(?:[BCDFGJKLMNPRSTVXZ]|[LNRS][DKPTS]|CK|NG|SH|CH|TH|LL|SS)?E?"
)
# Before one of these numbers: it is called, not counted.
_DIALLED = re.compile(r"\b(?:call|dial|phone|ring|are on|ambulance|police|fire)\b[^.!?]{0,60}$", re.IGNORECASE)
# A Roman figure after one of these is a number, after a name a rank (George VI).
NUMBERED = re.compile(r"\b(?:Chapter|Part|War|Section|Phase|Type|Volume|Act|Grade|Group|Article|Stage|Level|Class) $")
# A unit's noun, which takes the plural: *kilometre* an hour, square *metre*, kilowatt *hour*, *degree* Celsius.
_SEVERAL = re.compile(r"^((?:square |cubic |kilowatt )?\w+(?<!hertz))(?= |$)")
# A measure between these describes the word behind it and stays singular: a five kilogram bag.
_DETERMINER = re.compile(r"\b(?:an?|the|this|that|each|every|my|your|his|her|our|their) $", re.I)
_DESCRIBED = re.compile(
    r" (?!(?:of|in|to|from|away|and|or|is|was|are|were|for|at|on|off|by|per|than|with|as|that|ahead|behind)\b)[a-z]{3,}"
)
_MONTH_BEFORE = re.compile(rf"\b(?:{'|'.join(MONTHS)}) $")
_MONTH_AFTER = re.compile(rf" (?:of )?(?:{'|'.join(MONTHS)})\b")
_YEAR_BEFORE = re.compile(
    rf"\b(?:{'|'.join(MONTHS)}) \d{{1,2}},?\s$|"
    r"\b(?:in|since|by|until|from|of|year|to|and|between|before|after|Q[1-4]|spring|summer|autumn|winter|"
    rf"(?:{'|'.join(MONTHS)}),?)\s$",
    re.I,
)
_YEAR_AFTER = re.compile(
    r" (?:(?:general |presidential |school |academic |financial |farming )?(?:elections?|season|year|census|budget"
    r"|constitution|drought|harvest|edition)|(?:FIFA |Rugby |Cricket )?World Cup|Olympic|Africa Cup)",
    re.I,
)
# What is counted by the million with a small m: people, what they pay, cast and own.
_MILLION_NOUNS = """
people men women children adults voters users viewers listeners followers customers farmers workers subscribers
pensioners teachers learners visitors tourists refugees orphans residents citizens students pupils households families
homes dollars euros pounds rand jobs tonnes tons doses votes views copies downloads cases deaths years barrels hectares
accounts vehicles animals
"""
_MILLIONS_OF = re.compile(rf" (?:[a-z]{{3,12}} )?(?:{'|'.join(_MILLION_NOUNS.split())}|[A-Z][a-z]+ans)\b")
_MILLIONS_IN = re.compile(
    r"\b(?:population|budget|loan|debt|grant|fund|profit|loss|worth|revenue)\b[^.!?]{0,24}$", re.I
)
_SHORT_MONTHS = {month[:3]: month for month in MONTHS} | {"Sept": "September"}
_SHORT = "|".join(_SHORT_MONTHS)
_DAY_NAMES = {day[:3]: day for day in DAYS}
_SHORT_DAYS = re.compile(rf"\b({'|'.join(_DAY_NAMES)})\s?[-–]\s?({'|'.join(_DAY_NAMES)})\b")
_SHORT_MONTH = re.compile(rf"(?<=\d )({_SHORT})\b\.?|\b({_SHORT})\.?(?= \d)")


def whole_names(text: str) -> str:
    """`text` with the months of its dates and the days of its spans written out: 5 Dec, Jan. 3, Mon–Fri."""
    text = _SHORT_DAYS.sub(lambda match: f"{_DAY_NAMES[match[1]]} to {_DAY_NAMES[match[2]]}", text)
    return _SHORT_MONTH.sub(lambda match: _SHORT_MONTHS[match[1] or match[2]], text)


def decimal(quantity: Quantity) -> str:
    """A quantity without a unit: forty-two, two point five."""
    whole = (
        numbers.cardinal(quantity.whole) if quantity.whole <= numbers.LARGEST else numbers.digits(str(quantity.whole))
    )
    return f"{whole} point {numbers.digits(quantity.decimals)}" if quantity.decimals else whole


def of_years(low: Quantity, high: Quantity) -> bool:
    """Whether a range is one of years: 1980–1987, 2023–24."""
    if low.decimals or high.decimals or not 1500 <= low.whole < 2100:
        return False
    return low.whole < high.whole < 2100 or low.whole % 100 < high.whole < 100


class EnglishReader(Reader):
    """Reads in British English."""

    symbols, marks, abbreviations = _SYMBOLS, _MARKS, _ABBREVIATIONS

    def number(self, quantity: Quantity, digits_text: str, context: Context) -> str:
        dialled = digits_text in EMERGENCY and _DIALLED.search(context.before)
        if dialled or quantity.whole > numbers.LARGEST or re.match(r"0\d", digits_text):
            return numbers.digits(re.sub(r"\D", "", digits_text))
        of_month = _MONTH_BEFORE.search(context.before) or _MONTH_AFTER.match(context.after)
        if quantity.whole in range(1, 32) and of_month and not quantity.decimals:
            return numbers.ordinal(quantity.whole)
        year = re.fullmatch(r"1[1-9]\d\d|20\d\d", digits_text)
        if year and (_YEAR_BEFORE.search(context.before) or _YEAR_AFTER.match(context.after)):
            return numbers.year(quantity.whole)
        return decimal(quantity)

    def scaled(self, quantity: Quantity, scale: int, context: Context) -> str:
        return f"{decimal(quantity)} {_SCALES[scale]}"

    def money(self, currency: str, quantity: Quantity, scale: int, context: Context) -> str:
        currency = CURRENCY_NAMES.get(currency.replace(" ", ""), currency.replace(" ", ""))
        one, several, cent = _CURRENCIES.get(currency, (currency, currency, "cent"))
        if scale > 1:
            return f"{self.scaled(quantity, scale, context)} {several}"
        said = []
        cents = int(quantity.decimals) if len(quantity.decimals) == 2 else 0
        if quantity.decimals and len(quantity.decimals) != 2:
            return f"{decimal(quantity)} {several}"
        if quantity.whole or not cents:
            said.append(f"{decimal(Quantity(quantity.whole))} {one if quantity.whole == 1 else several}")
        if cents:
            pence = "pence" if cent == "penny" else f"{cent}s"
            said.append(f"{numbers.cardinal(cents)} {cent if cents == 1 else pence}")
        return " and ".join(said)

    def percent(self, quantity: Quantity, context: Context, low: Quantity | None = None) -> str:
        first = f"{decimal(low)} to " if low else ""
        return f"{first}{decimal(quantity)} percent"

    def measure(self, quantity: Quantity, unit: str, context: Context, low: Quantity | None = None) -> str:
        first = f"{decimal(low)} to " if low else ""
        name = _UNITS[unit]
        describing = _DETERMINER.search(context.before) and _DESCRIBED.match(context.after)
        if quantity != Quantity(1) and not describing:
            name = _SEVERAL.sub(r"\1s", name, count=1).replace("foots", "feet").replace("inchs", "inches")
        return f"{first}{decimal(quantity)} {name}"

    def counts_millions(self, context: Context) -> bool:
        return bool(_MILLIONS_OF.match(context.after) or _MILLIONS_IN.search(context.before))

    def height(self, feet: int, inches: int) -> str:
        return f"{numbers.cardinal(feet)} foot {numbers.cardinal(inches)}"

    def per(self, unit: str) -> str:
        return f"per {_UNITS[unit]}" if unit else "per"

    def date(self, year: int, month: int, day: int, context: Context) -> str:
        return f"{numbers.ordinal(day)} {MONTHS[month - 1]} {numbers.year(year)}"

    def time(self, hour: int, minute: int, half: str, context: Context) -> str:
        tail = {"am": " a m", "pm": " p m"}.get(half, "")
        if minute:
            return f"{numbers.cardinal(hour)} {'oh ' if minute < 10 else ''}{numbers.cardinal(minute)}{tail}"
        return numbers.cardinal(hour) + (tail or (" o'clock" if 0 < hour < 13 else " hundred hours"))

    def phone(self, groups: list[str], plus: bool) -> str:
        return ("plus " if plus else "") + ", ".join(numbers.digits(group) for group in groups)

    def fraction(self, ones: int, top: int, bottom: int, context: Context) -> str:
        if ones:
            part = "a half" if (top, bottom) == (1, 2) else self.fraction(0, top, bottom, context)
            return f"{numbers.cardinal(ones)} and {part}"
        if bottom in (2, 4):
            name = {2: "half", 4: "quarter"}[bottom]
            return f"{numbers.cardinal(top)} {name if top == 1 else 'halves' if bottom == 2 else 'quarters'}"
        if 2 < bottom <= 20 and top < bottom:
            return f"{numbers.cardinal(top)} {numbers.ordinal(bottom)}{'' if top == 1 else 's'}"
        return f"{numbers.cardinal(top)} over {numbers.cardinal(bottom)}"

    def ordinal(self, n: int, context: Context) -> str:
        return numbers.ordinal(n)

    def times(self, quantity: Quantity) -> str:
        return f"{decimal(quantity)} times"

    def range(self, low: Quantity, high: Quantity, context: Context) -> str:
        if of_years(low, high):
            until = numbers.year(high.whole) if high.whole >= 100 else numbers.cardinal(high.whole)
            return f"{numbers.year(low.whole)} to {until}"
        return f"{self.number(low, str(low.whole), context)} to {self.number(high, str(high.whole), context)}"

    def roman(self, n: int, written: str, context: Context) -> str:
        if written == "I" and not re.search(r"\b[A-Z][a-z]+ $", context.before):
            return written
        named = re.search(r"[A-Z][a-z]+ $", context.before) and not NUMBERED.search(context.before)
        return f"the {numbers.ordinal(n)}" if named else numbers.cardinal(n)

    def decade(self, n: int) -> str:
        if n % 100 == 0:
            return numbers.year(n) + "s"
        tens = "tens" if n % 100 == 10 else numbers.cardinal(n % 100)[:-1] + "ies"
        return tens if n < 100 else f"{numbers.cardinal(n // 100)} {tens}"

    def spell(self, letters: str) -> str:
        return " ".join(letters.upper())

    def is_word(self, initials: str) -> bool:
        return initials in _WORDS or (len(initials) > 3 and _PRONOUNCEABLE.fullmatch(initials) is not None)
