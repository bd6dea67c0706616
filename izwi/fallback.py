"""A server's engine with one of our own behind it: the server's while it answers, ours at once when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import Any, TypeVar

from izwi.audio import Pcm
from izwi.engines import (
    ASR,
    LLM,
    TTS,
    Cancelled,
    EngineFailed,
    Message,
    Style,
    TokenChunk,
    TranscriptChunk,
    never,
)
from izwi.remote.health import Health
from izwi.routing import Substitute

T = TypeVar("T")

#: Seconds for a server's first answer before ours takes its place.
PATIENCE = 4.0


class Elsewhere:
    """What a server's engine does, with ``health`` told when it fails. Raises ``EngineFailed`` while it is lost."""

    def __init__(self, engine: Any, health: Health, patience: float = PATIENCE) -> None:
        self.engine, self.health, self._patience = engine, health, patience

    async def stream(self, ask: Callable[[Any], Any]) -> AsyncGenerator[Any]:
        """What ``ask(engine)`` yields; its first item must come within the patience."""
        if not self.health.up:
            raise EngineFailed(f"{self.engine.name} is lost.")
        try:
            async with aclosing(ask(self.engine)) as items:
                async with asyncio.timeout(self._patience):
                    item = await anext(items, None)
                while item is not None:
                    yield item
                    item = await anext(items, None)
        except TimeoutError:
            self.health.lost("too slow")
            raise EngineFailed(f"{self.engine.name} does not answer.") from None
        except EngineFailed as error:
            self.health.lost(str(error))
            raise


class _Fallback(Substitute):
    """The server's engine while it answers, else ours."""

    def __init__(self, elsewhere: Elsewhere, own: Any) -> None:
        self._elsewhere, self._own = elsewhere, own
        self._last = elsewhere.engine
        self.name = elsewhere.engine.name
        self.languages = elsewhere.engine.languages | own.languages

    def _serves(self, language: str | None) -> bool:
        engine = self._elsewhere.engine
        return self._elsewhere.health.up and (self.languages if language is None else {language}) <= engine.languages

    async def _either(
        self, ask: Callable[[Any], AsyncIterator[T]], language: str | None, whole: bool
    ) -> AsyncGenerator[T]:
        """From the server, or from ours when that fails before its first item (``whole``: or anywhere)."""
        given = False
        if self._serves(language):
            self._last = self._elsewhere.engine
            try:
                async with aclosing(self._elsewhere.stream(ask)) as items:
                    async for item in items:
                        given = True
                        yield item
                return
            except EngineFailed:
                if given and not whole:
                    raise
        self._last = self._own
        ours: Any = ask(self._own)
        async with aclosing(ours):
            async for item in ours:
                yield item


class FallbackASR(_Fallback):
    """Recognition. What ours hears replaces whatever the server had heard of the utterance."""

    def __init__(self, elsewhere: Elsewhere, own: ASR) -> None:
        super().__init__(elsewhere, own)

    def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncGenerator[TranscriptChunk]:
        return self._either(lambda engine: engine.transcribe_stream(speech, language, cancelled), language, whole=True)


class FallbackLLM(_Fallback):
    """Replies. One that breaks off in the middle has been heard so far, so it ends there; the next comes from ours."""

    def __init__(self, elsewhere: Elsewhere, own: LLM) -> None:
        super().__init__(elsewhere, own)

    def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncGenerator[TokenChunk]:
        return self._either(lambda engine: engine.generate_stream(messages, language, cancelled), language, whole=False)

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        """Ours is only warmed while it is the one that answers."""
        if not self._serves(language):
            await self._own.prefill(messages, language, cancelled)


class VoiceElsewhere:
    """A server's voice for the ladder, which has another voice go on when this one fails, also in mid-phrase."""

    def __init__(self, voice: TTS, health: Health, patience: float = PATIENCE) -> None:
        self._elsewhere = Elsewhere(voice, health, patience)
        self.name, self.languages, self.licence, self.cost = voice.name, voice.languages, voice.licence, voice.cost

    def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        return self._elsewhere.stream(lambda voice: voice.synthesize_stream(text, language, style, cancelled))
