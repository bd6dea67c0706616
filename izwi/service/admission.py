"""Who may talk: places shared by every line, and the one door a WebSocket passes before it gets one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from izwi.service.door import Door

__all__ = ["Door", "Entrance", "Refused", "Talker", "admit"]

#: WebSocket close code: try again later (RFC 6455's registry).
BUSY = 1013
#: Seconds between two looks of who waits.
ASK = 1.0
FULL = "Izwi is already talking with as many people as it can, and many are waiting. Please try again later."


class Refused(Exception):
    """Not now, or not you. ``code`` is for programs, the text a plain sentence, ``close`` the WebSocket close code.

    ``retry_after`` (seconds) says when another try makes sense; None if it never does.
    """

    def __init__(self, code: str, text: str, close: int = BUSY, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.code, self.text, self.close, self.retry_after = code, text, close, retry_after


@dataclass(frozen=True)
class Talker:
    """Somebody with a place. ``release`` gives it back, and may be called more than once."""

    name: str
    release: Callable[[], None]


class Entrance(Protocol):
    """What ``admit`` needs of a WebSocket: where it comes from and what its headers say."""

    @property
    def headers(self) -> Any: ...

    @property
    def client(self) -> Any: ...


async def admit(
    door: Door, entrance: Entrance, name: str, hello: dict[str, Any], tell: Callable[[int, float], None]
) -> Talker:
    """A place for ``name``. Raises ``Refused``.

    ``hello`` is the client's checked first message; ``tell(position, seconds)`` lets who has to wait know how long.
    """
    try:
        while not (standing := door.ask(name)).inside:
            if standing.turned_away:
                raise Refused("busy", FULL, BUSY, round(door.usual))
            tell(standing.position, standing.seconds)
            await asyncio.sleep(ASK)
    except BaseException:  # gone while they waited
        door.leave(name)
        raise
    return Talker(name, lambda: door.leave(name))
