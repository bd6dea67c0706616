"""Judge replies by rule: right (on topic, in the language, true), honest (did not understand), or wrong."""

import re
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from models.recipes.dialogue import sums, topics
from models.recipes.micro_llama.corpus import UNKNOWN

Verdict = Literal["right", "honest", "wrong"]


class Question(NamedTuple):
    """One row of a paraphrase list; the topic of an out-of-domain question is "unknown"."""

    language: str
    topic: str
    text: str


def read_questions(path: Path) -> list[Question]:
    """Rows of a list with the columns language, topic and text, or language and text."""
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))
    rows = [line.split("\t") for line in lines][1:]
    return [Question(row[0], row[1] if len(row) == 3 else UNKNOWN, row[-1]) for row in rows]


@cache
def reply_pattern(topic: str, language: str) -> re.Pattern[str]:
    """Matches every reply of `topic` in `language`, whatever its slots hold."""
    replies = topics()[topic].reply[language]
    return re.compile("|".join(re.sub(r"\\\{\w+\\\}", r".+", re.escape(reply)) for reply in replies))


@cache
def _numbers(language: str) -> dict[str, int]:
    return {sums.in_words(n, language): n for n in range(sums.LARGEST**2 + 1)}


def is_true_sum(reply: str, question: str, language: str) -> bool:
    """Whether `reply` states a sum that holds, of numbers that the question names, or rightly declines."""
    if reply == sums.NEGATIVE[language]:
        return True
    values = _numbers(language)
    asked = {n for words, n in values.items() if n <= sums.LARGEST and re.search(rf"\b(?:ne)?{words}\b", question)}
    for sign in "+-*":
        pattern = sums.answer_pattern(sign, language)
        if match := pattern.fullmatch(reply.lower()):
            a, b, c = (values.get(match[name]) for name in "abc")
            return None not in (a, b, c) and {a, b} <= asked and {"+": a + b, "-": a - b, "*": a * b}[sign] == c
    return False


def judge(question: Question, reply: str) -> Verdict:
    """The verdict on `reply`. To an out-of-domain question the honest reply is the right one, and is called honest."""
    reply = reply.strip()
    if reply_pattern(UNKNOWN, question.language).fullmatch(reply):
        return "honest"
    if question.topic == UNKNOWN:
        return "wrong"
    if question.topic == "sums":
        return "right" if is_true_sum(reply, question.text, question.language) else "wrong"
    return "right" if reply_pattern(question.topic, question.language).fullmatch(reply) else "wrong"
