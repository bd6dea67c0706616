"""What the conversation tells the page, and what the page tells back: small typed messages with one wire form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal

StateName = Literal["idle", "listening", "thinking", "speaking", "interrupted"]


@dataclass(frozen=True, slots=True)
class Event:
    """A message to the page. Its wire form is a JSON object: ``type`` and the fields."""

    type: ClassVar[str] = ""

    def wire(self) -> dict[str, Any]:
        return {"type": self.type, **asdict(self)}

    def json(self) -> str:
        return json.dumps(self.wire(), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """The conversation moved to ``state``."""

    type: ClassVar[str] = "state"
    state: StateName
    turn: int


@dataclass(frozen=True, slots=True)
class Partial(Event):
    """What the user seems to be saying, while they say it."""

    type: ClassVar[str] = "partial"
    turn: int
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Transcript(Event):
    """What the user said (or typed). ``unsure``: the recogniser would rather hear it again."""

    type: ClassVar[str] = "transcript"
    turn: int
    text: str
    language: str
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class ReplyText(Event):
    """One phrase of the reply, as it is about to be spoken; ``final`` closes the reply (its text may be empty)."""

    type: ClassVar[str] = "reply"
    turn: int
    text: str
    language: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class Source(Event):
    """The reply of this turn comes from a document of the operator's: its ``name`` and heading, and the ``passage``."""

    type: ClassVar[str] = "source"
    turn: int
    name: str
    passage: str


@dataclass(frozen=True, slots=True)
class AudioStart(Event):
    """The first sample of the turn's voice has left the server."""

    type: ClassVar[str] = "audio_start"
    turn: int
    voice: str


@dataclass(frozen=True, slots=True)
class AudioEnd(Event):
    """The turn's voice has ended: spoken to its end, or ``interrupted``. ``seconds`` of it left the server."""

    type: ClassVar[str] = "audio_end"
    turn: int
    seconds: float
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Timings(Event):
    """Where the time of a turn went: ``marks`` are seconds since the user's last sound (or since the text came).

    ``cpu`` seconds were spent in this session so far, ``wasted`` of them on answers nobody heard.
    """

    type: ClassVar[str] = "timings"
    turn: int
    marks: dict[str, float]
    cpu: float
    wasted: float


@dataclass(frozen=True, slots=True)
class Duck(Event):
    """Lower the reply by ``db`` dB (0 restores it) while we decide whether the user is really breaking in."""

    type: ClassVar[str] = "duck"
    turn: int
    db: float


@dataclass(frozen=True, slots=True)
class Emotions(Event):
    """What was heard in the user's voice, and how the reply will sound."""

    type: ClassVar[str] = "emotion"
    turn: int
    heard: str
    answer: str


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """A plain sentence about how things stand: the models in use, a limit that was reached."""

    type: ClassVar[str] = "notice"
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Contribution(Event):
    """Whether this conversation is being given to improve Izwi, and the secret ``token`` it can be taken back with."""

    type: ClassVar[str] = "contribution"
    on: bool
    token: str


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """Something went wrong: ``code`` for programs, a plain sentence for people."""

    type: ClassVar[str] = "error"
    code: str
    text: str


class BadMessage(ValueError):
    """A message from the page that cannot be understood; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Command:
    """A message from the page; ``COMMANDS`` lists the types and their fields."""

    type: str
    data: dict[str, Any]


#: Field → kind of value, for every message the page may send.
COMMANDS: dict[str, dict[str, type]] = {
    "text": {"text": str},
    "stop": {},
    "mute": {"on": bool},
    "language": {"language": str},
    "voice": {"voice": str},
    "contribute": {"on": bool},
    "onset": {},
    "ping": {},
    "playback": {"turn": int, "seconds": float, "ended": bool},
    "bye": {},
}
#: Longest message from the page, in characters.
LONGEST_COMMAND = 100_000
#: Largest number the page may send.
LARGEST = 1e12


def json_object(message: str, longest: int) -> dict[str, Any]:
    """The JSON object in ``message``. Raises ``BadMessage`` for what is none, and for what no UTF-8 can carry.

    NaN and Infinity, which Python's parser would take, are no JSON; a lone surrogate could not be sent back.
    """
    if len(message) > longest:
        raise BadMessage(f"the message is longer than {longest:,} characters")
    try:
        data = json.loads(message, parse_constant=_no_number)
        if "\\u" in message:
            json.dumps(data, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise BadMessage("the message is not JSON") from None
    if not isinstance(data, dict):
        raise BadMessage("the message is not a JSON object")
    return data


def _no_number(constant: str) -> float:
    raise ValueError(constant)


def command(message: str) -> Command:
    """Parse a message from the page. Raises ``BadMessage``."""
    data = json_object(message, LONGEST_COMMAND)
    kind = data.pop("type", None)
    if not isinstance(kind, str) or kind not in COMMANDS:
        raise BadMessage(f"the message's type is not one of: {', '.join(COMMANDS)}")
    for name, wanted in COMMANDS[kind].items():
        value = data.get(name)
        right = isinstance(value, (int, float) if wanted is float else wanted)
        if not right or (isinstance(value, bool) and wanted is not bool):
            raise BadMessage(f"'{kind}' wants {name} as {wanted.__name__}")
        if isinstance(value, int | float) and not -LARGEST <= value <= LARGEST:
            raise BadMessage(f"'{kind}' has a {name} that is too large")
    return Command(kind, {name: data[name] for name in COMMANDS[kind]})
