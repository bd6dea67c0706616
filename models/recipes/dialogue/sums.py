"""Small sums in words: questions a person says and their answers, in Shona and English."""

import random
import re

LARGEST = 20
"""Both numbers of a sum are at most this; larger sums are declined."""

_EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SN = ["ziro", "imwe", "mbiri", "nhatu", "ina", "shanu", "nhanhatu", "nomwe", "sere", "pfumbamwe", "gumi"]
_SN_MULTIPLES = ["maviri", "matatu", "mana", "mashanu", "matanhatu", "manomwe", "masere", "mapfumbamwe"]

_ASK = {
    "en": {
        "+": ["{a} plus {b}", "{a} and {b}", "the sum of {a} and {b}"],
        "-": ["{a} minus {b}", "{a} take away {b}", "{a} less {b}"],
        "*": ["{a} times {b}", "{a} multiplied by {b}"],
    },
    "sn": {
        "+": ["{a} kuwedzera {b}", "{a} ne{b}", "{a} kusanganisa ne{b}"],
        "-": ["{a} kubvisa {b}", "{a} kutora {b}"],
        "*": ["{a} kuwanza ne{b}", "{a} kupetwa ne{b}"],
    },
}
_FRAME = {
    "en": [
        "what is {sum}",
        "how much is {sum}",
        "what's {sum}",
        "{sum}",
        "{sum} is what",
        "tell me {sum}",
        "calculate {sum}",
    ],
    "sn": [
        "{sum} zvinoita ingani",
        "{sum} zvinoita marii",
        "{sum} zvinosvika pai",
        "{sum} ndingani",
        "ndiudzei {sum}",
        "{sum}",
    ],
}
_ANSWER = {
    "en": {"+": "{a} plus {b} is {c}.", "-": "{a} minus {b} is {c}.", "*": "{a} times {b} is {c}."},
    "sn": {
        "+": "{a} kuwedzera {b} zvinoita {c}.",
        "-": "{a} kubvisa {b} zvinosara {c}.",
        "*": "{a} kuwanza ne{b} zvinoita {c}.",
    },
}
NEGATIVE = {"en": "That comes to less than zero.", "sn": "Zvinosvika pasi peziro."}
TOO_LARGE = {
    "en": "I can only do small sums, up to twenty.",
    "sn": "Ndinogona masvomhu madiki chete, kusvika pamakumi maviri.",
}


def words(n: int, language: str) -> str:
    """`n` (0 to 999) in counting words of `language` ("sn" or "en")."""
    if language == "en":
        if n < 20:
            return _EN[n]
        if n < 100:
            return _EN_TENS[n // 10] + (f" {_EN[n % 10]}" if n % 10 else "")
        return f"{_EN[n // 100]} hundred" + (f" and {words(n % 100, 'en')}" if n % 100 else "")
    if n <= 10:
        return _SN[n]
    if n < 20:
        return f"gumi ne{_SN[n - 10]}"
    if n < 100:
        return f"makumi {_SN_MULTIPLES[n // 10 - 2]}" + (f" ne{_SN[n % 10]}" if n % 10 else "")
    hundreds = "zana" if n < 200 else f"mazana {_SN_MULTIPLES[n // 100 - 2]}"
    return hundreds + (f" ne{words(n % 100, 'sn')}" if n % 100 else "")


def ask(a: int, sign: str, b: int, language: str, rng: random.Random) -> str:
    """One spoken form of the question ``a sign b``."""
    question = rng.choice(_ASK[language][sign]).format(a=words(a, language), b=words(b, language))
    return rng.choice(_FRAME[language]).format(sum=question)


def answer(a: int, sign: str, b: int, language: str) -> str:
    """The true answer in words, or the sentence that declines it."""
    if max(a, b) > LARGEST:
        return TOO_LARGE[language]
    value = {"+": a + b, "-": a - b, "*": a * b}[sign]
    if value < 0:
        return NEGATIVE[language]
    a_words, b_words, value_words = (words(n, language) for n in (a, b, value))
    text = _ANSWER[language][sign].format(a=a_words, b=b_words, c=value_words)
    return text[0].upper() + text[1:]


def answer_pattern(sign: str, language: str) -> re.Pattern[str]:
    """Matches a lower-case answer; the groups a, b and c hold its numbers in words."""
    template = re.escape(_ANSWER[language][sign].lower())
    return re.compile(re.sub(r"\\\{(\w)\\\}", r"(?P<\1>[a-z ]+)", template))


def draw(rng: random.Random) -> tuple[int, str, int]:
    """A random sum; about one in eight is larger than what is answered."""
    largest = 999 if rng.random() < 0.12 else LARGEST
    return rng.randint(0, largest), rng.choice("+-*"), rng.randint(0, largest)
