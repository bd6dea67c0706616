"""What waits to be sent to one client: bounded, and without sound that must not be heard any more."""

from __future__ import annotations

import asyncio
from collections import deque

#: Messages that may wait. A client that leaves so many unread does not listen to us.
MOST = 512


class Overrun(Exception):
    """More waits than a client that listens would leave unread."""


class Outbox:
    """First in, first out. ``put`` is for the event loop's thread and never waits."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str | bytes, bool]] = deque()
        self._sounds = 0
        self._change = asyncio.Event()
        self.overrun = False

    @property
    def waiting(self) -> int:
        """Messages that have not left."""
        return len(self._waiting)

    def put(self, message: str | bytes, sound: bool = False) -> None:
        """Queue a message; once too many wait, nothing is queued any more and ``take`` raises ``Overrun``."""
        if self.overrun or len(self._waiting) >= MOST:
            self.overrun = True
            self._waiting.clear()
            self._sounds = 0
        else:
            self._waiting.append((message, sound))
            self._sounds += sound
        self._changed()

    def forget_sound(self) -> None:
        """Drop the sound that has not left."""
        self._waiting = deque(entry for entry in self._waiting if not entry[1])
        self._sounds = 0
        self._changed()

    async def take(self) -> str | bytes:
        """The next message; waits for one. Raises ``Overrun``."""
        while not self._waiting:
            if self.overrun:
                raise Overrun
            await self._change.wait()
        message, sound = self._waiting.popleft()
        self._sounds -= sound
        self._changed()
        return message

    async def room(self) -> None:
        """Wait until all earlier sound has left, so that a slow line costs no memory."""
        while self._sounds and not self.overrun:
            await self._change.wait()

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
