"""Whether a server can be counted on: lost with one failure, found again in the background; nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

log = logging.getLogger(__name__)

#: Seconds between two looks after a lost server: twice as long each time, up to the longest.
FIRST_LOOK, LONGEST_LOOK = 1.0, 30.0


class Health:
    """``alive`` asks the server, ``say`` is told in a sentence when it is lost or back.

    ``who`` is how the server is called, and ``instead`` a sentence on what does its work meanwhile.
    """

    def __init__(
        self, who: str, instead: str, alive: Callable[[], Awaitable[bool]], say: Callable[[str], None]
    ) -> None:
        self._up = True
        self._who, self._instead, self._alive, self._say = who, instead, alive, say
        self._looking: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether the server may be asked. While it is lost, it is being looked for."""
        self._seek()
        return self._up

    def lost(self, why: str) -> None:
        """The server failed; it is not asked again before it has been found."""
        if self._up:
            self._up = False
            log.warning("%s is lost: %s", self._who, why)
            self._say(f"{self._who} cannot be reached just now. {self._instead}")
            with suppress(RuntimeError):  # no event loop yet: the first question starts the search
                self._seek()

    def check(self) -> None:
        """Look for the server now, from a thread without an event loop."""
        if not asyncio.run(self._answers()):
            self.lost("it does not answer")

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _seek(self) -> None:
        if not self._up and (self._looking is None or self._looking.done()):
            loop = asyncio.get_running_loop()
            self._looking = loop.create_task(self._look(), name=f"looking for {self._who}")

    async def _look(self) -> None:
        wait = FIRST_LOOK
        while not self._up:
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_LOOK)
            self._up = await self._answers()
        log.warning("%s is back", self._who)
        self._say(f"{self._who} answers again.")

    async def _answers(self) -> bool:
        with suppress(Exception):  # whatever a broken server does, it is asked again
            return await self._alive()
        return False
