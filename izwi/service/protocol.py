"""The language of the WebSocket, version 1: what a client may say, checked by hand; ``docs/protocol.md`` explains it.

``docs/protocol.schema.json`` says the same for programs; the tests hold the two together.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from izwi.audio import LISTENING_RATE, Samples
from izwi.events import BadMessage, Command, json_object
from izwi.security.talker import Refused

VERSION = 1
#: A browser that offers a key as a subprotocol (``security.guard``) offers this one too, and gets it.
SUBPROTOCOL = "izwi.v1"
#: Rates at which a client may have our voice, in Hz.
RATES = (16_000, 24_000)
FRAMINGS = ("binary", "base64")
#: Bytes of the longest message of either kind, and seconds of sound in one.
LONGEST_MESSAGE, LONGEST_SOUND = 128 * 1024, 2.0
#: Before the PCM of a binary message, little-endian: generation (0 from a client), number, the sender's clock in µs.
HEADER = struct.Struct("<IIQ")


class Refusal(Refused):
    """A message that is not obeyed. With ``final`` it ends the line, with the close code 4000 + ``status``."""

    def __init__(self, code: str, text: str, status: int = 400, final: bool = False) -> None:
        super().__init__(status, code, text)
        self.final = final


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message: a str of at most ``most`` characters, or a number in [``least``, ``most``]."""

    kind: type
    most: float = 1e12
    least: float = 0.0
    among: tuple[Any, ...] = ()
    needed: bool = True

    @property
    def wanted(self) -> str:
        if self.among:
            return f"one of {', '.join(str(value) for value in self.among)}"
        if self.kind is bool:
            return "true or false"
        if self.kind is str:
            return f"a text of at most {self.most:,.0f} characters"
        return f"a {'whole ' if self.kind is int else ''}number from {self.least:g} to {self.most:g}"

    def take(self, value: Any) -> Any:
        """The value as ``kind``. Raises ``ValueError``. As in JSON Schema, 2.0 is a whole number and true is none."""
        if self.kind is bool:
            good = isinstance(value, bool)
        elif self.kind is str:
            good = isinstance(value, str) and len(value) <= self.most
        else:
            good = isinstance(value, int | float) and not isinstance(value, bool) and self.least <= value <= self.most
            good = good and (self.kind is float or value == int(value))
        if not good or (self.among and value not in self.among):
            raise ValueError
        return self.kind(value)


def _may(kind: type, most: float = 1e12, **more: Any) -> Field:
    return Field(kind, most, needed=False, **more)


_NUMBER, _TIME, _WORD = 2**32 - 1, 1e12, 64
_PLAYED = {"turn": Field(int, _NUMBER), "seconds": Field(float, 86_400)}
#: Every message a client may send, and its fields. Others in it are passed over.
MESSAGES: dict[str, dict[str, Field]] = {
    "hello": {
        "version": Field(int, 1_000_000),
        "token": _may(str, 256),
        "language": _may(str, _WORD),
        "voice": _may(str, _WORD),
        "muted": _may(bool),
        "rate": _may(int, among=RATES),
        "framing": _may(str, _WORD, among=FRAMINGS),
        "replaces": _may(str, 256),
        "t": _may(float, _TIME),
    },
    "audio_chunk": {
        "audio": Field(str, LONGEST_MESSAGE), "seq": _may(int, _NUMBER), "t": _may(float, _TIME)
    },
    "text": {"text": Field(str, 100_000)},
    "stop": {},
    "mute": {"on": Field(bool)},
    "language": {"language": Field(str, _WORD)},
    "voice": {"voice": Field(str, _WORD)},
    "contribute": {"on": Field(bool)},
    "onset": {},
    "playback_progress": _PLAYED,
    "playback_done": _PLAYED,
    "playback_stop": {name: Field(f.kind, f.most, needed=False) for name, f in _PLAYED.items()},
    "ping": {"id": _may(int, _NUMBER), "t": _may(float, _TIME)},
    "pong": {"id": Field(int, _NUMBER), "t": Field(float, _TIME)},
    "bye": {},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sound:
    """What the microphone heard: int16 of shape ``(n,)`` at 16 kHz; ``at``, the client's clock in seconds, or None."""

    samples: Samples
    number: int
    at: float | None


def parse(message: str) -> Command:
    """A JSON message of a client, its known fields checked. Raises ``Refusal``."""
    try:
        data = json_object(message, LONGEST_MESSAGE)
    except BadMessage as error:
        raise Refusal("bad_json", f"{error}.".capitalize()) from None
    kind = data.get("type")
    if not isinstance(kind, str) or kind not in MESSAGES:
        raise Refusal("bad_type", f"The message's type is not one of: {', '.join(MESSAGES)}.")
    taken: dict[str, Any] = {}
    for name, field in MESSAGES[kind].items():
        if name not in data:
            if field.needed:
                raise Refusal("bad_field", f"'{kind}' lacks '{name}', {field.wanted}.")
            continue
        try:
            taken[name] = field.take(data[name])
        except (ValueError, OverflowError):
            raise Refusal("bad_field", f"'{kind}' wants '{name}' as {field.wanted}.") from None
    return Command(kind, taken)


def greeting(message: str | bytes) -> Command:
    """The first message, which must be a ``hello`` of our version. Raises ``Refusal``; every one ends the line."""
    try:
        if not isinstance(message, str):
            raise Refusal("too_early", "The first message must be a hello; sound comes after it.")
        hello = parse(message)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.text, final=True) from None
    if hello.type != "hello":
        raise Refusal("too_early", "The first message must be a hello.", final=True)
    if hello.data["version"] != VERSION:
        text = f"Izwi speaks version {VERSION} of this protocol, not {hello.data['version']}."
        raise Refusal("version", text, 426, final=True)
    return hello


def sound(chunk: Command) -> Sound:
    """The sound of an ``audio_chunk``. Raises ``Refusal``."""
    try:
        pcm = base64.b64decode(chunk.data["audio"], validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("bad_audio", "The audio is not base64.") from None
    return Sound(_samples(pcm), chunk.data.get("seq", 0), chunk.data.get("t"))


def binary_sound(message: bytes) -> Sound:
    """The sound of a binary message. Raises ``Refusal``."""
    if len(message) < HEADER.size:
        raise Refusal("bad_audio", f"A binary message begins with a header of {HEADER.size} bytes.")
    _, number, micros = HEADER.unpack_from(message)
    return Sound(_samples(message[HEADER.size :]), number, micros / 1e6 if micros else None)


def _samples(pcm: bytes) -> Samples:
    if len(pcm) % 2:
        raise Refusal("bad_audio", "16-bit audio has an even number of bytes.")
    if len(pcm) > 2 * LISTENING_RATE * LONGEST_SOUND:
        raise Refusal("too_long", f"Please send at most {LONGEST_SOUND:g} seconds of sound at once.")
    return np.frombuffer(pcm, "<i2").astype(np.int16, copy=False)


def framed(framing: str) -> Callable[[int, int, float, Samples], bytes | dict[str, Any]]:
    """How our voice is sent: ``(generation, number, t, samples)`` to bytes, or to the fields of a JSON message."""

    def binary(generation: int, number: int, t: float, samples: Samples) -> bytes:
        head = HEADER.pack(generation & _NUMBER, number & _NUMBER, round(t * 1e6))
        return head + samples.astype("<i2", copy=False).tobytes()

    def text(generation: int, number: int, t: float, samples: Samples) -> dict[str, Any]:
        pcm = base64.b64encode(samples.astype("<i2", copy=False).tobytes()).decode()
        return {"type": "audio_chunk", "generation": generation, "seq": number, "audio": pcm}

    return binary if framing == "binary" else text
