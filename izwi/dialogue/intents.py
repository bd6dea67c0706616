"""Instant answers without a model: time, date, sums, sayings, repeat, louder, slower, stop, another language, names.

An intent is taken only when it is all that was said, so that a story about time is not answered with the time. Danger
is the exception: words of it anywhere in a short utterance are answered with the numbers to call, before any model.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from izwi.dialogue.sums import solve
from izwi.languages import languages, pack

Action = Literal["stop", "louder", "softer", "slower", "faster", "language", "name", "repeat", ""]

_ACTIONS: dict[str, Action] = {
    "stop": "stop",
    "louder": "louder",
    "softer": "softer",
    "slower": "slower",
    "faster": "faster",
    "repeat": "repeat",
    "name_learnt": "name",
    "language_sn": "language",
    "language_en": "language",
}
_LONGEST = 16  # words; a longer utterance is a matter for the model
_LONGEST_CALL = 30  # words of a call for help
_NO_NAMES = frozenset(("ani", "chii", "izwi", "not", "what", "who", "the", "a", "here"))


@dataclass(frozen=True, slots=True)
class Context:
    """What an instant answer may need: the time, what Izwi said last, the user's name if known.

    ``familiar``: the user is young, and is spoken to without the plural of respect.
    """

    now: datetime
    last_reply: str = ""
    name: str = ""
    familiar: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say in `language`, and what to do: `action` with its `value` (a language's code, a name)."""

    intent: str
    text: str
    language: str
    action: Action = ""
    value: str = ""


@cache
def _data() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files(__package__).joinpath("intents.toml").read_text("utf-8"))


@cache
def _patterns(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((intent, re.compile(pattern)) for intent, pattern in _data().get(language, {}).items())


@cache
def _dangers(language: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    dangers = _data()["danger"].get(language, {})
    return tuple((intent, re.compile(rf"\b(?:{pattern})\b")) for intent, pattern in dangers.items())


@cache
def _courtesies(language: str) -> re.Pattern[str]:
    """What may stand around a request without being part of it."""
    kinds = _data()["courtesy"].get(language, {"before": "(?!)", "after": "(?!)"})
    return re.compile(
        rf"^(?:(?:{kinds['before']})\b[ ,]*)+|(?:[ ,]*\b(?:{kinds['after']}))+(?=[?.! ]*$)", re.IGNORECASE
    )


def answer(text: str, language: str, context: Context) -> Answer | None:
    """The instant answer to `text` (typed or transcribed) in `language`, or None when the model should reply."""
    words = re.sub(r"[^\w' ]", " ", text.replace("’", "'")).split()
    said = " ".join(words).casefold()
    if len(words) <= _LONGEST_CALL:
        for intent, pattern in _dangers(language):
            if pattern.search(said):
                return _said(intent, language, context)
    if not 0 < len(words) <= _LONGEST:
        return None
    plain = _courtesies(language).sub("", said)
    for intent, pattern in _patterns(language):
        if match := pattern.fullmatch(said) or pattern.fullmatch(plain):
            found = _answered(intent, match, language, context)
            if found is not None:
                return found
    return _sum(_courtesies(language).sub("", text), language, context)


def _answered(intent: str, match: re.Match[str], language: str, context: Context) -> Answer | None:
    if intent == "name_learnt":
        name = match["name"] or match.groupdict().get("joined") or ""
        if _NO_NAMES & set(name.split()):
            return None
        return _said(intent, language, context, name.title(), name=name.title())
    if intent == "meaning":
        saying = match["saying"] or match.groupdict().get("joined") or ""
        meaning = next(filter(None, (pack(code).content.meaning(saying) for code in languages())), None)
        return _said(intent, language, context, meaning=meaning) if meaning else None
    if intent == "your_name":
        return _said("your_name" if context.name else "name_unknown", language, context, name=context.name)
    if intent == "repeat":
        if not context.last_reply:
            return _said("nothing_to_repeat", language, context)
        return Answer(intent, context.last_reply, language, "repeat")
    if intent.startswith("language_"):
        new = intent.removeprefix("language_")
        return Answer(intent, _line("change_language", new, context), new, "language", new)
    line = {"stop": "stopped"}.get(intent, intent)
    return _said(line, language, context, intent=intent, **pack(language).clock(context.now))


def _line(line: str, language: str, context: Context) -> str:
    """The first wording of a line, the familiar one for a young user."""
    lines = pack(language).lines
    familiar = lines.get(f"{line}_familiar") if context.familiar else None
    return (familiar or lines[line])[0]


def _said(line: str, language: str, context: Context, value: str = "", intent: str = "", **filled: str) -> Answer:
    text = _line(line, language, context)
    for name, said in filled.items():
        text = text.replace(f"{{{name}}}", said)
    intent = intent or line
    return Answer(intent, text, language, _ACTIONS.get(intent, ""), value)


def _sum(text: str, language: str, context: Context) -> Answer | None:
    """The answer to a sum, or None when `text` is none."""
    try:
        result = solve(text, language)
    except ZeroDivisionError:
        return _said("no_sum", language, context, intent="sum")
    if result is None:
        return None
    return _said("sum", language, context, intent="sum", result=pack(language).normalise(result))
