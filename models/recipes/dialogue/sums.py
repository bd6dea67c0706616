"""Small sums in words: the questions a person says. The answers are reckoned by ``izwi.llm.reckon``."""

import random
import re

from izwi.llm.reckon import LARGEST, NEGATIVE, in_words, stated

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


def ask(a: int, sign: str, b: int, language: str, rng: random.Random) -> str:
    """One spoken form of the question ``a sign b``."""
    forms = _ASK[language][sign]
    if language == "sn" and a % 10 == 0:  # "gumi neshanu" is fifteen, not ten and five
        forms = [form for form in forms if form != "{a} ne{b}"]
    question = rng.choice(forms).format(a=in_words(a, language), b=in_words(b, language))
    return rng.choice(_FRAME[language]).format(sum=question)


def answer_pattern(sign: str, language: str) -> re.Pattern[str]:
    """Matches a lower-case answer; the groups a, b and c hold its numbers in words."""
    template = {"en": "{a} %s {b} is {c}.", "sn": "{a} %s{b} %s {c}."}[language]
    verbs = {
        "en": {"+": "plus", "-": "minus", "*": "times"},
        "sn": {"+": ("kuwedzera ", "zvinoita"), "-": ("kubvisa ", "zvinosara"), "*": ("kuwanza ne", "zvinoita")},
    }[language][sign]
    return re.compile(re.sub(r"\\\{(\w)\\\}", r"(?P<\1>[a-z ]+)", re.escape(template % verbs)))


def draw(rng: random.Random) -> tuple[int, str, int]:
    """A random sum; about one in eight is larger than what is answered."""
    largest = 999 if rng.random() < 0.12 else LARGEST
    return rng.randint(0, largest), rng.choice("+-*"), rng.randint(0, largest)


__all__ = ["LARGEST", "NEGATIVE", "answer_pattern", "ask", "draw", "in_words", "stated"]
