"""Messages no honest client would send, by seed: truncated, huge, of the wrong type or in the wrong order, and junk."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Iterator
from typing import Any

from izwi.service.protocol import HEADER, LONGEST_MESSAGE, MESSAGES

JUNK: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2.5, 2**31, 2**64, -(10**30), 1e308, "", "x", "\x00", "ṋ" * 50, [], {}, [[]],
    {"a": {}}, "\ud800", "16000", "true",
)  # fmt: skip
GOOD: dict[str, Any] = {
    "version": 1, "token": "t", "language": "sn", "voice": "auto", "muted": False, "rate": 24000, "framing": "binary",
    "replaces": "r", "t": 1.5, "seq": 3, "text": "mhoro", "on": True, "turn": 1, "seconds": 0.5, "id": 1,
}  # fmt: skip


class Fuzz:
    """An endless stream of messages; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def __iter__(self) -> Iterator[str | bytes]:
        makers = [self._valid, self._mutated, self._truncated, self._noise, self._binary, self._huge, self._nested]
        while True:
            (make,) = self._random.choices(makers, (30, 30, 15, 10, 13, 1, 1))
            yield make()

    def _message(self) -> dict[str, Any]:
        kind = self._random.choice(list(MESSAGES))
        message = {"type": kind}
        for name, field in MESSAGES[kind].items():
            if field.needed or self._random.random() < 0.6:
                message[name] = self._pcm() if name == "audio" else GOOD[name]
        return message

    def _pcm(self) -> str:
        return base64.b64encode(self._random.randbytes(2 * self._random.choice((0, 1, 7, 160, 320)))).decode()

    def _valid(self) -> str:
        return json.dumps(self._message())

    def _mutated(self) -> str:
        message = self._message()
        for _ in range(self._random.randint(1, 2)):
            name = self._random.choice([*message, self._random.choice(list(GOOD))])
            match self._random.randrange(4):
                case 0:
                    message.pop(name, None)
                case 1:
                    message[name] = self._random.choice(JUNK)
                case 2:
                    message[self._word()] = message.pop(name, None)
                case 3:
                    message[name] = self._random.choice(list(MESSAGES))
        return json.dumps(message)

    def _truncated(self) -> str:
        message = self._valid()
        cut = self._random.randrange(len(message))
        return message[:cut] if self._random.random() < 0.5 else message[cut:]

    def _noise(self) -> str:
        letters = string.printable + "ṋ\x00\u2028🗣"
        return "".join(self._random.choices(letters, k=self._random.randrange(60)))

    def _binary(self) -> bytes:
        size = self._random.choice((0, 1, HEADER.size - 1, HEADER.size, HEADER.size + 1, 100, 336, 656))
        return self._random.randbytes(size)

    def _huge(self) -> str | bytes:
        size = self._random.choice((LONGEST_MESSAGE - 100, LONGEST_MESSAGE + 1, 3 * LONGEST_MESSAGE))
        if self._random.random() < 0.5:
            return self._random.randbytes(size)
        return json.dumps({"type": "text", "text": "a" * size})

    def _nested(self) -> str:
        depth = self._random.choice((10, 500, 20_000))
        return self._random.choice(("[" * depth, '{"type":' * depth, "[" * depth + "]" * depth))

    def _word(self) -> str:
        return "".join(self._random.choices(string.ascii_lowercase, k=6))
