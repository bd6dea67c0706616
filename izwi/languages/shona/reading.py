"""How Shona says each written form."""

from __future__ import annotations

import re

from izwi.languages.english.calendar import MONTHS as ENGLISH_MONTHS
from izwi.languages.english.numbers import year as english_year
from izwi.languages.english.reading import CURRENCY_NAMES, NUMBERED, EnglishReader, of_years
from izwi.languages.shona import numbers
from izwi.languages.shona.calendar import MONTHS, clock_time
from izwi.languages.shona.nouns import POINTED, counted_class, counts_many, singular_class
from izwi.languages.written import EMERGENCY, JOINED, Context, Quantity, Reader

# Currency as written → several of it, what follows the number, its hundredths. Money counts in class 6 (ma-).
_CURRENCIES = {
    "$": ("madhora", "", "masendi"), "US$": ("madhora", " ekuAmerica", "masendi"), "£": ("mapaundi", "", "mapeni"),
    "R": ("marandi", "", "masendi"), "ZiG": ("maZiG", "", "masendi"), "€": ("mayuro", "", "masendi"),
    "¥": ("mayeni", "", ""), "BWP": ("mapura", "", "mathebe"), "₹": ("marupi", "", ""), "₦": ("manaira", "", ""),
    "ZWL": ("madhora", " eZimbabwe", "masendi"), "RTGS": ("madhora", " eZimbabwe", "masendi"),
}  # fmt: skip
_UNITS = {
    "km/h": "makiromita {} paawa", "mph": "mamaira {} paawa", "km2": "masikweya kiromita {}",
    "m2": "masikweya mita {}", "m3": "makiyubhiki mita {}", "km": "makiromita {}", "m": "mamita {}",
    "cm": "masendimita {}", "mm": "mamirimita {}", "kg": "makirogiramu {}", "g": "magiramu {}",
    "mg": "mamirigiramu {}", "t": "matani {}", "l": "marita {}", "ml": "mamiririta {}", "ha": "mahekita {}",
    "°C": "madhigirii {}", "°F": "madhigirii {} eFahrenheit", "°": "madhigirii {}", "kWh": "makirowati {} paawa",
    "kW": "makirowati {}", "MW": "mamegawati {}", "GB": "magigabhaiti {}", "MB": "mamegabhaiti {}",
    "KB": "makirobhaiti {}", "c": "masendi {}", "TB": "materabhaiti {}", "Hz": "mahetsi {}", "kHz": "makirohetsi {}",
    "MHz": "mamegahetsi {}", "GHz": "magigahetsi {}", "Mbps": "mamegabhiti {} pasekonzi", "m/s": "mamita {} pasekonzi",
    "W": "mawati {}", "V": "mavhoti {}", "h": "maawa {}", "min": "maminitsi {}", "sec": "masekonzi {}",
    "ms": "mamirisekonzi {}", "lb": "mapaundi {}", "ft": "mafiti {}", "in": "mainji {}",
}  # fmt: skip
_ONE_OF = {"h": "awa imwe", "min": "miniti imwe", "sec": "sekonzi imwe"}
_LETTERS = {
    "A": "ei", "B": "bhii", "C": "sii", "D": "dhii", "E": "ii", "F": "efu", "G": "jii", "H": "eichi", "I": "ai",
    "J": "jei", "K": "kei", "L": "eru", "M": "emu", "N": "eni", "O": "ou", "P": "pii", "Q": "kyuu", "R": "ara",
    "S": "esi", "T": "tii", "U": "yuu", "V": "vhii", "W": "dhabhuryuu", "X": "ekisi", "Y": "wai", "Z": "zedhi",
}  # fmt: skip
_SYMBOLS = {
    "&": "na", "+": "kusanganisa", "−": "kubvisa", "-": "mainasi", "×": "kuwanza", "÷": "kugovera", "=": "zvinoita",
    "%": "muzana", "@": "at", "/": "kana", "#": "nhamba", "<": "pasi pe",
    ">": "kupfuura", "≤": "kusvika", "≥": "kubva", "$": "madhora", "£": "mapaundi", "€": "mayuro", "°": "madhigirii",
    "(": ",", ")": ",", "[": ",", "]": ",", "…": ".", "→": "kuenda", "–": "kusvika", "±": "kana", "≥…": "zvichikwira",
}  # fmt: skip
_MARKS = {".": "dhoti", "/": "sirashi", "-": "dheshi", "_": "andasikoo", "#": "hashi", "*": "sitaa"}
_ABBREVIATIONS = {
    "dr.": "Chiremba", "prof.": "Purofesa", "mr.": "Va", "mrs.": "Mai", "rev.": "Mufundisi", "cde.": "Komuredhi",
    "e.g.": "semuenzaniso,", "i.e.": "kureva kuti", "vs.": "na", "etc.": "nezvimwewo", "st.": "Saint",
    "tel.": "runhare",
}  # fmt: skip
_MONTH = re.compile(rf",? (?:{'|'.join((*MONTHS, *ENGLISH_MONTHS))})\b")
_MONTH_BEFORE = re.compile(rf"\b(?:{'|'.join(MONTHS)}),? $")
_PART_OF_DAY = re.compile(r"\s(?:mangwanani|masikati|manheru|usiku|kuseni)\b")
_SPORT = re.compile(r"(?:rohwa|rova|kunda|kundwa|mangange|mutambo|chikwata|tamba|zvibodzwa|hwina|nhabvu|dambura)", re.I)

# Before one of these numbers: it is called, not counted.
_DIALLED = re.compile(r"\b(?:fon|ridz|dhayira|nhamba|runhare|nharembozha)\w*[^.!?]{0,70}$", re.IGNORECASE)

# A possessive or locative written before a figure joins its first word: pa 149, re10, wa 14 → pazana, regumi, wegumi.
_PARTICLES = {"na": "ne", "cha": "che", "ra": "re", "wa": "we", "ya": "ye", "za": "ze", "dza": "dze", "zva": "zve",
              "rwa": "rwe", "hwa": "hwe", "kwa": "kwe", "a": "e", "sa": "se"}  # fmt: skip
_ORDINAL_PARTICLES = {"che": "chimwe", "re": "rimwe", "we": "mumwe", "ye": "imwe", "rwe": "rumwe", "ke": "kamwe"}
_FIRST_YEAR = 1000
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")
_AFTER_YEAR_WORD = re.compile(
    rf"\b(?:gore|makore|mugore|muna)\b(?:[\s\d–{JOINED}-]|kusvika|kubva|muna|kana|uye|n[ea]|r[ea]|[ae])*$",
    re.IGNORECASE,
)
_BETWEEN_YEARS = re.compile(r"\bpakati p[ae] ?(?:\d{4} n[ae] ?)?$")
_PARTICLE = re.compile(
    r"(?<![\w'-])((?:ne)?(?:pa|ku|mu)|pe|ne|na|che|cha|re|ra|we|wa|ye|ya|ze|za|dze|dza|ve|zve|zva|rwe|rwa|hwe|hwa|kwe|kwa|ke|ka|se|sa|e|a"
    r"|(?:re|we|che|ye|rwe|hwe|ke)chi) ?(?=(?:US ?|ZiG ?|R)?[$£€]? ?(\d+))(?!(?!(?:19|20)\d\d/)[\d ]+/(?!\d{1,2}/\d))"
)
_PLURAL_MONEY = re.compile(r"(?:(?<![A-Za-z])|(?<=\b[a-z]{2}))ma(?=(?:US ?|U)?\$ ?\d|R\d|ZiG ?\d|£\d)")
# The concord of a number, written before its figure: vana va3, nezvi 3.
_CONCORD_CLASSES = {"va": 2, "mi": 4, "ma": 6, "zvi": 8, "tu": 13}
_CONCORD = re.compile(r"(?:(?<=\w )|(?<=\bne))(va|mi|ma|zvi|tu) ?([2-9])(?![\w.,:/%-]{0,8}\d|\w|[-–])")
_BEFORE_CAPITALS = re.compile(
    r"(?:(?<=\b[a-z]{2})|(?<=\b[a-z]{3}))"
    r"(?=[A-Z]{2,8}\b(?!')|[A-Z]{1,4}-?\d|(?:Mrs?|Dr|Prof|Rev)\b)"  # neEU, reA4, naMrs. Dube
)
_TIMES = ("", "mwe", "viri", "tatu", "na", "shanu", "tanhatu", "nomwe", "sere", "pfumbamwe", "gumi")


def join_particles(text: str) -> str:
    """Marks each particle that leans on a figure, in the form it has before a noun. Money has its own ma- (maUS$50)."""
    text = _CONCORD.sub(lambda m: numbers.unit(int(m[2]), _CONCORD_CLASSES[m[1]]), _PLURAL_MONEY.sub("", text))
    text = _PARTICLE.sub(lambda m: _joining(m[1], int(m[2][:9])) + JOINED, text)
    return _BEFORE_CAPITALS.sub(JOINED, text)


def _joining(particle: str, n: int) -> str:
    """`particle` before `n`: wechi 5 is weʹchishanu, the chi standing in the ordinal; wechi 18 keeps it (wechigumi)."""
    if particle.endswith("chi") and n < 10:
        return particle.removesuffix("chi")
    return _PARTICLES.get(particle, particle)


def decimal(quantity: Quantity, noun: int | None) -> str:
    """A quantity in agreement with noun class `noun`; decimals are read digit by digit after `koma`."""
    if quantity.whole > numbers.LARGEST:
        whole = numbers.digits(str(quantity.whole))
    else:
        whole = numbers.cardinal(quantity.whole, noun)
    return f"{whole} koma {numbers.digits(quantity.decimals, counted=False)}" if quantity.decimals else whole


def _day(n: int, before: str) -> str:
    """The day of a month: musi wechipiri; only wechipiri where `before` has said musi."""
    day = "we" + numbers.ordinal(n, _ORDINAL_PARTICLES["we"])
    return day if before.casefold().endswith("musi ") else f"musi {day}"


class ShonaReader(Reader):
    """Reads in standard Shona, numbers in agreement with what they count."""

    symbols, marks, abbreviations = _SYMBOLS, _MARKS, _ABBREVIATIONS

    def number(self, quantity: Quantity, digits_text: str, context: Context) -> str:
        dialled = digits_text in EMERGENCY and _DIALLED.search(context.before)
        a_day = 0 < quantity.whole < 32 and not quantity.decimals
        dated = a_day and _MONTH.match(context.after)
        of_month = dated or (a_day and _MONTH_BEFORE.search(context.before))
        if dialled or quantity.whole > numbers.LARGEST or (re.match(r"0\d", digits_text) and not of_month):
            return numbers.digits(re.sub(r"\D", "", digits_text))
        particle = re.search(rf"(\w+){JOINED}$", context.before)
        year = _YEAR.fullmatch(digits_text) and (particle or _AFTER_YEAR_WORD.search(context.before))
        if particle and not quantity.decimals and not year:
            leading = particle[1].removesuffix("chi")
            if leading in _ORDINAL_PARTICLES and not POINTED.match(context.after):
                return numbers.ordinal(quantity.whole, _ORDINAL_PARTICLES[leading])
            if leading == "ka":
                return self.times(quantity)[2:]
        before = context.before[: particle.start()] if particle else context.before
        if not particle and dated:
            return _day(quantity.whole, before)
        hour = 10 if _PART_OF_DAY.match(context.after) and quantity.whole < 13 else numbers.COUNTING
        if quantity == Quantity(1):
            one = singular_class(before)
            return decimal(quantity, one) if one and not particle else decimal(quantity, hour)
        an_item = context.after.startswith(")") and "(" not in before  # 1) … 2) …
        return decimal(quantity, numbers.COUNTING if year or an_item else counted_class(before, context.after) or hour)

    def scaled(self, quantity: Quantity, scale: int, context: Context) -> str:
        """4.4 million is the whole number it stands for, while a tenth of it is still a round one."""
        exact = quantity.whole * scale + int(quantity.decimals.ljust(12, "0")[:12]) * scale // 10**12
        if len(quantity.decimals) <= 6 and exact <= numbers.LARGEST:
            return numbers.cardinal(exact, counted_class(context.before, context.after))
        return decimal(quantity, 6)

    def money(self, currency: str, quantity: Quantity, scale: int, context: Context) -> str:
        written = currency.replace(" ", "")
        several, of, cents = _CURRENCIES[CURRENCY_NAMES.get(written, written)]
        if scale == 1000:
            quantity, scale = Quantity(quantity.whole * 1000 + int(quantity.decimals.ljust(3, "0")[:3])), 1
        if scale > 1:
            possessive = "ye" if quantity == Quantity(1) else "e"
            return f"{self.scaled(quantity, scale, Context('', ''))} {possessive}{several}{of}"
        if quantity.decimals and len(quantity.decimals) != 2:
            return f"{several} {decimal(quantity, 6)}{of}"
        change = int(quantity.decimals or 0)
        part = (
            f"{cents.removeprefix('ma') if change == 1 else cents} {numbers.cardinal(change, 6)}"
            if change and cents
            else ""
        )
        if not quantity.whole and part:
            return part
        if quantity.whole == 1:
            several, of = several.removeprefix("ma"), of.replace(" e", " re", 1)
        return f"{several} {decimal(Quantity(quantity.whole), 6)}{of}" + (f" ne{part}" if part else "")

    def percent(self, quantity: Quantity, context: Context, low: Quantity | None = None) -> str:
        parts = "chikamu " if quantity == Quantity(1) and low is None else "zvikamu "
        if re.search(r"\w*[zc](?:vi|hi)kamu $", context.before):
            parts = ""
        first = f"{decimal(low, 8)} kusvika " if low else ""
        return f"{parts}{first}{decimal(quantity, 8)} kubva muzana"

    def measure(self, quantity: Quantity, unit: str, context: Context, low: Quantity | None = None) -> str:
        template = _UNITS[unit]
        if low:
            return template.format(f"{decimal(low, 6)} kusvika {decimal(quantity, 6)}")
        if quantity == Quantity(1):
            return _ONE_OF.get(unit) or template.removeprefix("ma").format(decimal(quantity, 6))
        return template.format(decimal(quantity, 6))

    def counts_millions(self, context: Context) -> bool:
        return counts_many(context.before, context.after)

    def height(self, feet: int, inches: int) -> str:
        context = Context("", "")
        return f"{self.measure(Quantity(feet), 'ft', context)} ne{self.measure(Quantity(inches), 'in', context)}"

    def per(self, unit: str) -> str:
        return "pa" + _UNITS[unit].split(" {}")[0].removeprefix("ma") if unit else "pa" + JOINED

    def date(self, year: int, month: int, day: int, context: Context) -> str:
        said = f"{numbers.ordinal(day, _ORDINAL_PARTICLES['we'])} {MONTHS[month - 1]} {numbers.cardinal(year)}"
        return said if context.before.endswith(JOINED) else f"musi we{said}"

    def time(self, hour: int, minute: int, half: str, context: Context) -> str:
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        said_after = _PART_OF_DAY.match(context.after)
        return clock_time(hour, minute, named=not said_after and (bool(half) or not 0 < hour < 13))

    def phone(self, groups: list[str], plus: bool) -> str:
        return ("purasi " if plus else "") + ", ".join(numbers.digits(group) for group in groups)

    def fraction(self, ones: int, top: int, bottom: int, context: Context) -> str:
        if ones:
            whole = decimal(Quantity(ones), counted_class(context.before, context.after))
            return f"{whole} ne{self.fraction(0, top, bottom, context)}"
        if (top, bottom) == (1, 2):
            return "hafu"
        parts = "chikamu" if top == 1 else "zvikamu"
        return f"{parts} {numbers.cardinal(top, 8)} kubva mu{numbers.cardinal(bottom, 8)}"

    def ordinal(self, n: int, context: Context) -> str:
        if 0 < n < 32 and _MONTH.match(context.after):
            return _day(n, context.before)
        if re.match(r" [A-Z]", context.after):  # pa4th Street
            return _ENGLISH.ordinal(n, context)
        return "che" + numbers.ordinal(n)

    def times(self, quantity: Quantity) -> str:
        counted = decimal(quantity, numbers.COUNTING)
        if 0 < quantity.whole < len(_TIMES):
            counted = counted.replace(numbers.cardinal(quantity.whole), _TIMES[quantity.whole], 1)
        return "ka" + counted

    def range(self, low: Quantity, high: Quantity, context: Context) -> str:
        between_teams = re.search(r"\b[A-Z][\w']* $", context.before) and re.match(r" [A-Z]", context.after)
        falling = low.whole >= high.whole and low.whole < _FIRST_YEAR
        if _SPORT.search(context.before) or between_teams or falling:
            return f"{decimal(low, 8)} kune {decimal(high, 8)}"
        particle = re.search(rf"\w+{JOINED}$", context.before)
        if not particle and 0 < low.whole < high.whole < 32 and _MONTH.match(context.after):
            return f"{_day(low.whole, context.before)} kusvika {_day(high.whole, 'musi ')}"
        noun = counted_class(context.before[: particle.start()] if particle else context.before, context.after)
        if of_years(low, high):
            noun = numbers.COUNTING
        return f"{decimal(low, noun)} kusvika {decimal(high, noun)}"

    def roman(self, n: int, written: str, context: Context) -> str:
        """Charles III wechitatu, chikamu IV chechina: the possessive agrees with the noun before it."""
        word = re.search(r"(\w+) $", context.before)
        if word is None:
            return numbers.cardinal(n)
        if NUMBERED.search(context.before):
            return numbers.cardinal(n)
        noun = word[1].casefold()
        if written == "I" and word[1].islower():
            return written
        if re.search(r"\b[Hh]ondo\b(?: \w+){0,3} $", context.before):
            return "ye" + numbers.ordinal(n)
        agreeing = {"chi": "che", "ri": "re", "bhu": "re", "ru": "rwe", "ndi": "ye", "hon": "ye"}
        return next((p for start, p in agreeing.items() if noun.startswith(start)), "we") + numbers.ordinal(n)

    def decade(self, n: int) -> str:
        return numbers.cardinal(n)

    def spell(self, letters: str) -> str:
        return " ".join(_LETTERS.get(letter, letter) for letter in letters.upper())

    def is_word(self, initials: str) -> bool:
        return _ENGLISH.is_word(initials)


_ENGLISH = EnglishReader()


class EverydayReader(ShonaReader):
    """Reads as people mix in daily talk: figures in English, the rest in Shona."""

    def number(self, quantity: Quantity, digits_text: str, context: Context) -> str:
        dated = any(found.search(context.before) for found in (_AFTER_YEAR_WORD, _MONTH_BEFORE, _BETWEEN_YEARS))
        if dated and _YEAR.fullmatch(digits_text):
            return english_year(quantity.whole)
        return EnglishReader.number(self, quantity, digits_text, context)  # type: ignore[arg-type]

    scaled = EnglishReader.scaled
    money = EnglishReader.money
    percent = EnglishReader.percent
    measure = EnglishReader.measure
    height = EnglishReader.height
    per = EnglishReader.per
    date = EnglishReader.date
    time = EnglishReader.time
    phone = EnglishReader.phone
    fraction = EnglishReader.fraction
    ordinal = EnglishReader.ordinal
    times = EnglishReader.times
    range = EnglishReader.range
    decade = EnglishReader.decade
    spell = ShonaReader.spell
