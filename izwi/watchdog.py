"""Engines that hang are replaced under the calls they serve.

A thread stuck in native code cannot be ended from outside. So it is left behind, fenced: a fresh engine with threads of
its own takes the place, the request that hung is made again there (if nothing of it had been given out), and whatever
the old one may still say goes nowhere. What it holds in memory is lost until the process ends, hence ``MOST``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from izwi.audio import Pcm
from izwi.engines import Cancelled, EngineFailed, Message, Style, TokenChunk, TranscriptChunk, never

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Replacements of one engine in the life of the process.
MOST = 3
#: Seconds after which a request that was given up before it gave anything makes us look whether the engine lives.
SUSPECT = 3.0
#: Seconds by which our own sleep must be too long before we count as having been stopped.
STOPPED = 1.0
#: Engine → how often it was replaced; while there are any, their threads would keep the process from ending.
RESTARTS: Counter[str] = Counter()


class Watched:
    """Any engine. ``make`` gives a fresh, warm one (it blocks); ``probe`` uses an engine once.

    It hangs when it has given nothing to anybody for ``limit`` seconds while somebody waited. What is not said here is
    the engine's own: its name, languages, cost and all else.
    """

    def __init__(
        self, engine: Any, make: Callable[[], Any], probe: Callable[[Any], Awaitable[None]], limit: float
    ) -> None:
        self._engine, self._make, self._probe, self._limit = engine, make, probe, limit
        self._sign = time.monotonic()  # when it last gave anything
        self._fresh: Future[Any] | None = None
        self._lock = threading.Lock()
        self._probing: asyncio.Task[None] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            setattr(self._engine, name, value)

    async def _stream(
        self, ask: Callable[[Any, Cancelled], AsyncIterator[T]], cancelled: Cancelled
    ) -> AsyncIterator[T]:
        """What the engine gives; asked once more if it hung before the first item. Raises ``EngineFailed``."""
        for again in (True, False):
            engine, given, began = await self._living(), False, time.monotonic()
            chunks = ask(engine, self._fenced(engine, cancelled))
            try:
                while True:
                    chunk = await self._next(chunks)
                    given = True
                    yield chunk
            except StopAsyncIteration:
                return
            except _Hung:
                self._replace(engine)
                if given or not again or cancelled():
                    raise EngineFailed(
                        f"{self.name} got stuck and is being started anew. Please say it again."
                    ) from None
            except (asyncio.CancelledError, GeneratorExit):
                if not given and time.monotonic() - began > SUSPECT:
                    self._suspect(engine)
                raise
            finally:
                await _closed(chunks)

    def _fenced(self, engine: Any, cancelled: Cancelled) -> Cancelled:
        """What ``engine`` asks whether it should stop: when it is not wanted, or has been left behind."""
        return lambda: cancelled() or self._engine is not engine

    async def _next(self, chunks: AsyncIterator[T]) -> T:
        """The next item. Raises ``_Hung`` when nobody has got anything for ``limit`` seconds."""
        waiting = asyncio.ensure_future(anext(chunks))
        began = time.monotonic()
        try:
            while not waiting.done():
                left = max(began, self._sign) + self._limit - time.monotonic()
                if left <= 0:
                    raise _Hung
                lost = await _slept(waiting, min(left, 1.0))
                began, self._sign = began + lost, self._sign + lost
            self._sign = time.monotonic()
            return waiting.result()
        finally:
            if not waiting.done():
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)

    async def _living(self) -> Any:
        """The engine, once a fresh one that is being made is there. Raises ``EngineFailed``."""
        if (fresh := self._fresh) is not None:
            return await asyncio.shield(asyncio.wrap_future(fresh))
        return self._engine

    def _suspect(self, engine: Any) -> None:
        """Somebody lost patience: is it only slow?"""

        async def look() -> None:
            began = time.monotonic()
            try:
                async with asyncio.timeout(self._limit):
                    await self._probe(engine)
                self._sign = time.monotonic()
            except TimeoutError:
                if self._sign < began:
                    self._replace(engine)
            except Exception as error:
                log.info("%s was tried and failed: %s", self.name, error)

        if self._probing is None or self._probing.done():
            self._probing = asyncio.get_running_loop().create_task(look())

    def _replace(self, engine: Any) -> None:
        """Leave ``engine`` behind, unless that has been done."""
        with self._lock:
            if engine is not self._engine or self._fresh is not None:
                return
            if RESTARTS[self.name] >= MOST:
                return log.error("%s hangs again and again; the process should be restarted", self.name)
            RESTARTS[self.name] += 1
            self._fresh = Future()
        log.warning("%s has hung for %.0f s and is replaced", self.name, self._limit)
        threading.Thread(target=self._revive, args=(self._fresh,), name="revive", daemon=True).start()

    def _revive(self, fresh: Future[Any]) -> None:
        try:
            self._engine = self._make()
            self._sign = time.monotonic()
        except Exception as error:
            log.warning("%s could not be started anew: %s", self.name, error)
            fresh.set_exception(EngineFailed(f"{self.name} got stuck and could not be started anew."))
        else:
            fresh.set_result(self._engine)
        self._fresh = None


class WatchedASR(Watched):
    """A recogniser."""

    def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        return self._stream(lambda engine, stop: engine.transcribe_stream(speech, language, stop), cancelled)


class WatchedLLM(Watched):
    """A language model."""

    def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        return self._stream(lambda engine, stop: engine.generate_stream(messages, language, stop), cancelled)


class WatchedTTS(Watched):
    """A voice."""

    def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        return self._stream(lambda engine, stop: engine.synthesize_stream(text, language, style, stop), cancelled)


class WatchedTranslator(Watched):
    """A translator."""

    async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
        async def once(engine: Any, stop: Cancelled) -> AsyncIterator[str]:
            yield await engine.translate(text, source, target, stop)

        (translated,) = [each async for each in self._stream(once, cancelled)]
        return translated


#: Role in the registry → how its engines are watched; what has no entry is not.
WATCHES: dict[str, type[Watched]] = {
    "asr": WatchedASR,
    "llm": WatchedLLM,
    "tts": WatchedTTS,
    "mt": WatchedTranslator,
}


class _Hung(Exception):
    """Nothing came for too long."""


async def _slept(waiting: asyncio.Future[Any], seconds: float) -> float:
    """Wait for ``waiting``, at most ``seconds``; how much longer it took in which we were stopped ourselves, and so
    could not be answered (a lid was closed, the machine is overrun)."""
    began = time.monotonic()
    await asyncio.wait([waiting], timeout=seconds)
    late = time.monotonic() - began - seconds
    return late if late > STOPPED else 0.0


async def _closed(chunks: Any) -> None:
    """Close an async generator; whatever that raises concerns nobody any more."""
    if hasattr(chunks, "aclose"):
        await asyncio.gather(chunks.aclose(), return_exceptions=True)
