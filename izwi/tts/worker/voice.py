"""A heavy voice seen from the server: its worker is started on first use, watched over, and spoken through."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing

from izwi.audio import Pcm
from izwi.engines import Cancelled, EngineFailed, Style, never
from izwi.tts.attempt import NotReady
from izwi.tts.remote import RemoteVoice
from izwi.tts.spectrum import Bands
from izwi.tts.worker.supervisor import Supervisor

log = logging.getLogger(__name__)


class WorkerVoice(RemoteVoice):
    """``supervisor``'s voice. With ``wait`` a phrase waits for the model to load; a rung of the ladder does not."""

    def __init__(
        self,
        supervisor: Supervisor,
        languages: frozenset[str],
        licence: str,
        name: str,
        wait: bool = False,
        reference: Bands | None = None,
        lacks: Collection[str] = (),
    ) -> None:
        super().__init__(supervisor.base, languages, name, licence=licence, reference=reference, lacks=lacks)
        self._supervisor, self._wait = supervisor, wait
        self._starting: asyncio.Task[None] | None = None

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        """As `RemoteVoice`; raises ``NotReady`` while the worker is still loading its model."""
        starting = self._begin()
        if self._wait:
            await asyncio.shield(starting)
        elif not starting.done():
            raise NotReady(f"The voice {self.name} is still loading.")
        async with aclosing(super().synthesize_stream(text, language, style, cancelled)) as speech:
            async for piece in speech:
                yield piece

    async def warm(self) -> None:
        """Load the model. Raises ``EngineFailed``."""
        await self._supervisor.start()
        self._begin()

    def _begin(self) -> asyncio.Task[None]:
        """The start of the worker. It is watched over from one event loop: another one has to start it again."""
        if self._starting is None or self._starting.get_loop() is not asyncio.get_running_loop():
            self._starting = asyncio.create_task(self._start(), name=f"{self.name} starts")
        return self._starting

    async def close(self) -> None:
        """End the worker."""
        if self._starting is not None and self._starting.get_loop() is asyncio.get_running_loop():
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._supervisor.close()
        await super().close()

    async def _start(self) -> None:
        try:
            await self._supervisor.start()
        except EngineFailed as error:
            self._starting = None  # the next phrase tries again; the breaker sees to it that this is not too often
            if self._wait:  # whoever waits is told
                raise
            log.warning("%s", error)
