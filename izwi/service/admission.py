"""Who may talk: places shared by every line, and the one door a WebSocket passes before it gets one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


#: WebSocket close code: try again later (RFC 6455's registry).
BUSY = 1013


class Refused(Exception):
    """Not now, or not you. ``code`` is for programs, the text a plain sentence, ``close`` the WebSocket close code.

    ``retry_after`` (seconds) says when another try makes sense; None if it never does.
    """

    def __init__(self, code: str, text: str, close: int = BUSY, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.code, self.text, self.close, self.retry_after = code, text, close, retry_after


class Door:
    """At most ``limit`` talkers at once, whatever line they come by. A name holds one place, however often it asks."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._inside: set[str] = set()

    @property
    def taken(self) -> int:
        """Places held now."""
        return len(self._inside)

    def enter(self, name: str) -> bool:
        """Take a place; False if there is none."""
        if name not in self._inside and len(self._inside) >= self.limit:
            return False
        self._inside.add(name)
        return True

    def leave(self, name: str) -> None:
        """Give the place back; who holds none may say so too."""
        self._inside.discard(name)


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
    if not door.enter(name):
        raise Refused(
            "busy", "Izwi is already talking with as many people as it can. Please try again soon.", 1013, 5.0
        )
    return Talker(name, lambda: door.leave(name))
