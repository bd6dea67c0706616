"""A file in place of a microphone: the same handler the page uses, fed at the pace of real time."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from izwi.audio import LISTENING_RATE, Pcm, Samples, silence
from izwi.service.handler import SPEAKING_RATE, IzwiHandler, Service

FRAME = LISTENING_RATE // 50
#: After the file: stop once nothing has happened for ``QUIET`` seconds; give up after ``PATIENCE``.
QUIET, PATIENCE = 2.0, 90.0


class _Page:
    """Stands where the page's data channel would: every message is stamped and passed on."""

    readyState = "open"

    def __init__(self, received: Callable[[dict[str, Any]], None]) -> None:
        self._received = received

    def send(self, message: str) -> None:
        self._received(json.loads(message))


class Talk:
    """One conversation with a recording. ``event`` gets every message with ``t``, seconds since the first sample.

    An ``OSError`` of ``event`` (its reader has gone, its disk is full) ends the conversation, and ``run`` raises it.
    """

    def __init__(self, service: Service, event: Callable[[dict[str, Any]], None]) -> None:
        self._event, self._service = event, service
        self._spoken: list[Samples] = []
        self._start = 0.0
        self._last = 0.0
        self._state = "idle"
        self._untold: OSError | None = None

    async def run(self, speech: Pcm | None, text: str = "") -> Pcm:
        """Play ``speech`` to Izwi, or type ``text``, and return all it answered (48 kHz).

        Raises what the start of the engines raised.
        """
        loop = asyncio.get_running_loop()
        await asyncio.wrap_future(self._service.engines)
        handler = IzwiHandler(self._service).copy()
        handler._loop = loop
        handler._clear_queue = lambda: None
        handler.set_channel(_Page(self._received))
        self._start = self._last = loop.time()
        await asyncio.to_thread(handler.start_up)
        mouth = asyncio.create_task(self._listen_to(handler))
        try:
            if text and handler.conversation is not None:
                handler.conversation.type(text)
            await self._speak(handler, (speech or silence(0.0, LISTENING_RATE)).resampled(LISTENING_RATE))
        finally:
            handler.shutdown()
            mouth.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await mouth
            if handler.conversation is not None:
                await handler.conversation.close()
        return Pcm(np.concatenate(self._spoken) if self._spoken else np.zeros(0, np.int16), SPEAKING_RATE)

    def _received(self, message: dict[str, Any]) -> None:
        self._last = asyncio.get_running_loop().time()
        if message["type"] == "state":
            self._state = message["state"]
        if self._untold is None:
            try:
                self._event({"t": round(self._last - self._start, 3), **message})
            except OSError as error:  # the conversation, which sends this, has no part in it
                self._untold = error

    async def _speak(self, handler: IzwiHandler, speech: Pcm) -> None:
        """Feed the file, then silence until the conversation has come to rest."""
        loop = asyncio.get_running_loop()
        self._start = loop.time()
        sent = 0
        end = self._start + speech.seconds
        while self._untold is None:
            frame = speech.samples[sent : sent + FRAME]
            handler.receive((LISTENING_RATE, np.pad(frame, (0, FRAME - len(frame)))))
            sent += FRAME
            await asyncio.sleep(self._start + sent / LISTENING_RATE - loop.time())
            now = loop.time()
            resting = self._state == "idle" and now - self._last > QUIET
            if now > end and ((resting and now - end > QUIET) or now - end > PATIENCE):
                return
        raise self._untold

    async def _listen_to(self, handler: IzwiHandler) -> None:
        while True:
            piece = await asyncio.get_running_loop().run_in_executor(None, handler.emit)
            if piece is not None:
                self._spoken.append(piece[1])
