"""What must be exact is not left to a small model: sums of small numbers in words, and the name a user gave."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

#: Both numbers of a sum are at most this; larger sums are declined.
LARGEST = 20

_EN = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
_EN_ONES = (_EN + "eighteen nineteen").split()
_EN_TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
_SN_ONES = "ziro imwe mbiri nhatu ina shanu nhanhatu nomwe sere pfumbamwe gumi".split()  # noqa: SIM905
_SN_MULTIPLES = "maviri matatu mana mashanu matanhatu manomwe masere mapfumbamwe".split()  # noqa: SIM905
_ALSO = {"motsi": 1, "poshi": 1, "piri": 2, "tatu": 3, "china": 4, "tanhatu": 6, "rusere": 8}
_SIGNS = {
    "en": (("*", "times|multiplied|multiply"), ("-", "minus|subtract|take|away|less|from"), ("+", "plus|add|and|sum")),
    "sn": (("*", "kuwanza|wanza|kupetwa|petwa|kakapetwa"), ("-", "kubvisa|bvisa|kutora|tora"), ("+", "")),
}
_ANSWERS = {
    "en": {"+": "{a} plus {b} is {c}.", "-": "{a} minus {b} is {c}.", "*": "{a} times {b} is {c}."},
    "sn": {
        "+": "{a} kuwedzera {b} zvinoita {c}.",
        "-": "{a} kubvisa {b} zvinosara {c}.",
        "*": "{a} kuwanza ne{b} zvinoita {c}.",
    },
}
_LARGE = re.compile(
    r"\b(?:hundred|thousand|million|(?:thir|for|fif|six|seven|eigh|nine)ty|twenty (?:one|two|three|four|five|six|seven|"
    r"eight|nine)|(?:ne)?(?:zana|mazana|chiuru|zviuru|makumi (?!maviri\b)\w+|makumi maviri ne(?:imwe|mbiri|nhatu|ina|"
    r"shanu|nhanhatu|nomwe|sere|pfumbamwe)))\b"
)
NEGATIVE = {"en": "That comes to less than zero.", "sn": "Zvinosvika pasi peziro."}
TOO_LARGE = {
    "en": "I can only do small sums, up to twenty.",
    "sn": "Ndinogona masvomhu madiki chete, kusvika pamakumi maviri.",
}


def in_words(n: int, language: str) -> str:
    """`n` (0 to 999) in the counting words of `language` ("sn" or "en")."""
    if language == "en":
        if n < 20:
            return _EN_ONES[n]
        if n < 100:
            return _EN_TENS[n // 10] + (f" {_EN_ONES[n % 10]}" if n % 10 else "")
        return f"{_EN_ONES[n // 100]} hundred" + (f" and {in_words(n % 100, 'en')}" if n % 100 else "")
    if n <= 10:
        return _SN_ONES[n]
    if n < 20:
        return f"gumi ne{_SN_ONES[n - 10]}"
    if n < 100:
        return f"makumi {_SN_MULTIPLES[n // 10 - 2]}" + (f" ne{_SN_ONES[n % 10]}" if n % 10 else "")
    hundreds = "zana" if n < 200 else f"mazana {_SN_MULTIPLES[n // 100 - 2]}"
    return hundreds + (f" ne{in_words(n % 100, 'sn')}" if n % 100 else "")


def _known(language: str) -> dict[str, int]:
    words = {in_words(n, language): n for n in range(LARGEST + 1)}
    return words | _ALSO if language == "sn" else words


def _numbers(text: str, language: str) -> list[int]:
    """The numbers up to ``LARGEST`` that `text` names, in order; a joined ``ne`` before one is passed over."""
    known = _known(language)
    names = "|".join(sorted(known, key=len, reverse=True))
    return [known[found] for found in re.findall(rf"\b(?:ne)?({names})\b", text)]


def _too_large(text: str) -> bool:
    return _LARGE.search(text) is not None


def answer(text: str, language: str) -> str | None:
    """The true answer to the sum in plain `text`, or the sentence that declines it; None when no sum is found."""
    numbers = _numbers(text, language)
    sign = next((sign for sign, words in _SIGNS[language] if words and re.search(rf"\b(?:{words})\b", text)), "+")
    if _too_large(text):
        return TOO_LARGE[language]
    if len(numbers) != 2:
        return None
    a, b = numbers
    if re.search(r"\b(from|away [a-z]+ from)\b", text):  # "take three from ten"
        a, b = b, a
    return stated(a, sign, b, language)


def stated(a: int, sign: str, b: int, language: str) -> str:
    """The true answer to ``a sign b`` in words, or the sentence that declines it."""
    if max(a, b) > LARGEST:
        return TOO_LARGE[language]
    value = {"+": a + b, "-": a - b, "*": a * b}[sign]
    if value < 0:
        return NEGATIVE[language]
    said = _ANSWERS[language][sign].format(
        a=in_words(a, language), b=in_words(b, language), c=in_words(value, language)
    )
    return said[:1].upper() + said[1:]


def given_name(text: str, patterns: Sequence[re.Pattern[str]], ordinary: Collection[str]) -> str | None:
    """The name given in plain `text`: where a known wording has it, else its last word that is not `ordinary`."""
    for pattern in patterns:
        if match := pattern.fullmatch(text):
            return match["name"].capitalize()
    strange = [word for word in text.split() if word not in ordinary]
    return strange[-1].capitalize() if strange else None
