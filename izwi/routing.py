"""Several engines as one: each language goes to the engine chosen for it, and to no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from izwi.audio import Pcm
from izwi.engines import (
    LLM,
    TTS,
    Cancelled,
    Cost,
    Message,
    Style,
    TokenChunk,
    TranscriptChunk,
    Translator,
    UnsupportedLanguage,
    never,
    require_language,
)


class Substitute:
    """Stands for several engines: ``cost`` is that of the one used last."""

    _last: Any

    @property
    def cost(self) -> Cost:
        cost: Cost = self._last.cost
        return cost

    @cost.setter
    def cost(self, cost: Cost) -> None:
        self._last.cost = cost


class _Routed(Substitute):
    """``routes`` maps language → engine."""

    def __init__(self, routes: Mapping[str, Any]) -> None:
        self.routes: dict[str, Any] = dict(routes)
        self.languages = frozenset(self.routes)
        self.name = " + ".join(dict.fromkeys(engine.name for engine in self.routes.values()))
        self._last = next(iter(self.routes.values()))

    def _of(self, language: str) -> Any:
        require_language(self.name, language, self.languages)
        self._last = self.routes[language]
        return self._last


class RoutedASR(_Routed):
    """Recognition by language. Not told which, each engine hears the utterance and the surest one is believed."""

    async def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        if language is not None:
            async with aclosing(self._of(language).transcribe_stream(speech, language, cancelled)) as chunks:
                async for chunk in chunks:
                    yield chunk
            return
        heard: list[TranscriptChunk] = []
        for spoken, engine in self.routes.items():
            async with aclosing(engine.transcribe_stream(speech, spoken, cancelled)) as chunks:
                heard += [chunk async for chunk in chunks if chunk.final]
            if cancelled():
                return
        if heard:
            yield max(heard, key=lambda chunk: (bool(chunk.text), not chunk.unsure, chunk.confidence))

    async def align(self, speech: Pcm, text: str, language: str) -> list[Any]:
        """When each word of ``text`` is said, from the language's engine; empty where it cannot tell."""
        engine = self._of(language)
        return await engine.align(speech, text, language) if hasattr(engine, "align") else []


class RoutedLLM(_Routed):
    """Replies by language."""

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        async with aclosing(self._of(language).generate_stream(messages, language, cancelled)) as tokens:
            async for token in tokens:
                yield token

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        await self._of(language).prefill(messages, language, cancelled)


class LateLLM:
    """A language model that is loaded, by ``bring``, when it is first asked."""

    name = "not loaded yet"
    languages = frozenset({"sn", "en"})

    def __init__(self, bring: Callable[[], LLM]) -> None:
        self._bring = bring
        self._model: Any = None
        self.cost = Cost()

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        async with aclosing((await self._loaded()).generate_stream(messages, language, cancelled)) as tokens:
            async for token in tokens:
                yield token

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        await (await self._loaded()).prefill(messages, language, cancelled)

    async def _loaded(self) -> Any:
        if self._model is None:
            self._model = await asyncio.to_thread(self._bring)
        return self._model


class RoutedTTS(_Routed):
    """Voices by language."""

    def __init__(self, routes: Mapping[str, TTS]) -> None:
        super().__init__(routes)
        self.licence = ", ".join(dict.fromkeys(voice.licence for voice in routes.values()))

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        async with aclosing(self._of(language).synthesize_stream(text, language, style, cancelled)) as sound:
            async for piece in sound:
                yield piece


class RoutedTranslator:
    """One translator a direction."""

    def __init__(self, translators: Sequence[Translator]) -> None:
        self._of = {pair: translator for translator in translators for pair in translator.pairs}
        self.pairs = frozenset(self._of)
        self.name = " + ".join(dict.fromkeys(translator.name for translator in translators))

    async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
        """Raises ``UnsupportedLanguage`` for a direction nobody has."""
        if (source, target) not in self._of:
            raise UnsupportedLanguage(self.name, f"{source}→{target}", frozenset(f"{a}→{b}" for a, b in self.pairs))
        return await self._of[source, target].translate(text, source, target, cancelled)
