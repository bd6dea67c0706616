"""uvicorn, with manners: told to end (SIGTERM), it lets what is being said be said first."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import uvicorn


class Server(uvicorn.Server):
    """The first SIGTERM starts ``drain``, and when that is over the server ends; Ctrl-C or a second one end it now."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__(config)
        self._drain = drain
        self._loop: asyncio.AbstractEventLoop | None = None
        self._draining: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by the signal, in the loop's own thread."""
        if sig != signal.SIGTERM or self._drain is None or self._loop is None or self._draining is not None:
            return super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._begin)

    def _begin(self) -> None:
        if self._draining is None:
            self._draining = asyncio.ensure_future(self._end_well())

    async def _end_well(self) -> None:
        assert self._drain is not None
        try:
            await self._drain()
        finally:
            self.should_exit = True
