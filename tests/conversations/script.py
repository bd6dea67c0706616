"""A conversation as a small text file, readable aloud: one statement a line, ``#`` begins a comment.

Setting the stage (times in seconds)
    engines FIELD VALUE …             any field of ``Script``: first_token 2, fail tts, unsure on (at any time)
    settings FIELD VALUE …            any field of ``Settings``: greet on, speculate off (before anything else)
    reply "question" "answer" [N]     the model's answer to it (N times over); ``*``: to anything else
What happens
    user "words" SECONDS              somebody talks for that long; also cough, click, noise, quiet SECONDS
    echo SECONDS ["words"]            our own voice comes back, late and fainter (and the user talks over it)
    page stop | text "…" | mute on | language en | voice … | playback TURN SECONDS | acknowledges | silent
    greet | close                     Izwi speaks first; the connection ends
What must follow
    expect EVENT [VALUE] [FIELD VALUE …] [within_ms N]     N counts from the statement before, 10,000 if left out
    absent EVENT [VALUE] [FIELD VALUE …] [for_ms N]        neither since the last event expected nor for N more
    silent [for_ms N]                 not a sample of our voice leaves from now on, for 500 ms if left out
    count WHAT N or N..M              so many events, or asked, transcribed, sound_ms, wasted_ms, in all so far
    memory WHAT VALUE                 of the last exchange: user "…", reply "…", words N..M; or exchanges N
    asked "…"                         what the model was asked last
A text that ends in … stands for all that begin so. Events are listed in ``EVENTS``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Name in a script → the event's type, the field its VALUE is compared with, and what else must hold.
EVENTS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "state": ("state", "state", {}),
    "transcript": ("transcript", "text", {}),
    "partial": ("partial", "text", {}),
    "reply": ("reply", "text", {"final": False}),
    "reply_end": ("reply", None, {"final": True}),
    "audio_start": ("audio_start", "voice", {}),
    "audio_end": ("audio_end", None, {"interrupted": False}),
    "interrupted": ("audio_end", None, {"interrupted": True}),
    "duck": ("duck", None, {"db": -18.0}),
    "restored": ("duck", None, {"db": 0.0}),
    "timings": ("timings", None, {}),
    "error": ("error", "code", {}),
}
#: Verb → the fewest and the most words after it.
VERBS: dict[str, tuple[int, int]] = {
    "engines": (2, 40),
    "settings": (2, 40),
    "reply": (2, 3),
    "user": (2, 2),
    "cough": (1, 1),
    "click": (0, 1),
    "noise": (1, 1),
    "quiet": (1, 1),
    "echo": (1, 2),
    "page": (1, 3),
    "greet": (0, 0),
    "close": (0, 0),
    "expect": (1, 12),
    "absent": (1, 12),
    "silent": (0, 2),
    "count": (2, 2),
    "memory": (2, 2),
    "asked": (1, 1),
}
_WORD = re.compile(r'\s*(?:"([^"]*)"|(#.*)|([^\s"#]+))')


class BadScript(ValueError):
    """A statement that cannot be understood; the message begins with file:line."""


@dataclass(frozen=True)
class Statement:
    """One line: its place (``file:line``), its verb and the words after it."""

    place: str
    verb: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join([self.verb, *(f'"{word}"' if re.search(r"\s|^$", word) else word for word in self.words)])


def read(path: Path) -> list[Statement]:
    """The statements of a file. Raises ``BadScript``."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, name: str) -> list[Statement]:
    """The statements of ``text``; ``name`` stands for the file in messages. Raises ``BadScript``."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith("# "):
        raise BadScript(f"{name}:1: the first line must be a comment that says what the script proves")
    found = [_statement(line, f"{name}:{number}") for number, line in enumerate(lines, 1)]
    statements = [statement for statement in found if statement]
    if not any(s.verb in ("expect", "absent", "silent", "count", "memory", "asked") for s in statements):
        raise BadScript(f"{name}:{len(lines)}: the script expects nothing")
    return statements


def _statement(line: str, place: str) -> Statement | None:
    words, at = [], 0
    while at < len(line.rstrip()):
        match = _WORD.match(line, at)
        if match is None:
            raise BadScript(f"{place}: a quotation mark is missing")
        if match[2] is None:
            words.append(match[3] if match[1] is None else match[1])
        at = match.end()
    if not words:
        return None
    verb, rest = words[0], tuple(words[1:])
    if verb not in VERBS:
        raise BadScript(f"{place}: '{verb}' is not one of: {', '.join(VERBS)}")
    least, most = VERBS[verb]
    if not least <= len(rest) <= most:
        raise BadScript(f"{place}: '{verb}' wants {least} to {most} words after it, not {len(rest)}")
    if verb in ("expect", "absent") and rest[0] not in EVENTS:
        raise BadScript(f"{place}: '{rest[0]}' is not one of: {', '.join(EVENTS)}")
    return Statement(place, verb, rest)


def pairs(statement: Statement, words: tuple[str, ...]) -> dict[str, str]:
    """``FIELD VALUE …`` as a mapping. Raises ``BadScript`` when one of them is alone."""
    if len(words) % 2:
        raise BadScript(f"{statement.place}: '{words[-1]}' has no value after it")
    return dict(zip(words[::2], words[1::2], strict=True))


def number(statement: Statement, word: str) -> float:
    """Raises ``BadScript`` when ``word`` is no number."""
    try:
        return float(word)
    except ValueError:
        raise BadScript(f"{statement.place}: '{word}' is not a number") from None


def span(statement: Statement, word: str) -> tuple[float, float]:
    """``N`` or ``N..M``."""
    first, _, last = word.partition("..")
    return number(statement, first), number(statement, last or first)


def typed(statement: Statement, name: str, like: Any, word: str) -> Any:
    """``word`` as the same kind of value as ``like``, the present value of the field ``name``."""
    if isinstance(like, bool):
        if word not in ("on", "off"):
            raise BadScript(f"{statement.place}: {name} is on or off, not '{word}'")
        return word == "on"
    return type(like)(number(statement, word)) if isinstance(like, (int, float)) else word
