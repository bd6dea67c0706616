"""A recogniser behind HTTP: any OpenAI-compatible ``/v1/audio/transcriptions`` (vLLM, speaches, another Izwi)."""

from __future__ import annotations

import json
import math
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import httpx

from izwi.audio import LISTENING_RATE, Pcm
from izwi.engines import (
    Cancelled,
    Cost,
    EngineFailed,
    TranscriptChunk,
    UnsupportedLanguage,
    never,
    require_language,
)
from izwi.remote.events import events
from izwi.remote.server import Refusal, Server, until

#: A transcript less sure than this asks to hear it again.
UNSURE = 0.4


class RemoteASR:
    """``model`` is the server's name for it; ``names`` maps what servers call a language ("shona") to its code.

    Another Izwi streams what it has heard so far; of other servers the whole transcript is one final chunk. Cancelling
    closes the connection.
    """

    def __init__(
        self,
        server: Server,
        languages: frozenset[str],
        name: str = "remote-asr",
        model: str = "whisper-1",
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.languages, self.cost = name, languages, Cost()
        self._server, self._model = server, model
        self._names = {code: code for code in languages} | dict(names or {})

    async def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncGenerator[TranscriptChunk]:
        """See ``ASR``. Raises ``UnsupportedLanguage``, ``EngineFailed``."""
        if language is not None:
            require_language(self.name, language, self.languages)
        if not len(speech.samples):
            yield TranscriptChunk("", language or min(self.languages), True)
            return
        began, first = time.perf_counter(), 0.0
        async with aclosing(self._chunks(speech.resampled(LISTENING_RATE), language, cancelled)) as chunks:
            async for chunk in chunks:
                first = first or time.perf_counter() - began
                if cancelled():
                    return
                yield chunk
        if first:
            self.cost.learn(first, (time.perf_counter() - began) / speech.seconds)

    async def _chunks(self, speech: Pcm, language: str | None, cancelled: Cancelled) -> AsyncGenerator[TranscriptChunk]:
        fields = await self._fields(language)
        content = {"data": fields, "files": {"file": ("speech.wav", speech.wav(), "audio/wav")}}
        try:
            async with self._server.answer("/v1/audio/transcriptions", cancelled, **content) as response:
                if response is None:
                    return
                if response.headers.get("content-type", "").startswith("text/event-stream"):
                    async with aclosing(self._streamed(response, language, cancelled)) as chunks:
                        async for chunk in chunks:
                            yield chunk
                elif await until(response.aread(), cancelled) is not None:
                    yield self._chunk(_object(response), language)
        except Refusal as refusal:
            if refusal.code == "unsupported_language":
                raise UnsupportedLanguage(self.name, language or "?", self.languages) from refusal
            raise

    async def _fields(self, language: str | None) -> dict[str, str]:
        """OpenAI's fields. Only ``verbose_json`` tells the language, so it is asked for where that is wanted."""
        fields = {"model": self._model, "response_format": "json" if language else "verbose_json"}
        if await self._server.is_izwi():
            fields |= {"response_format": "json", "stream": "true"}
        return fields | ({"language": language} if language else {})

    async def _streamed(
        self, response: httpx.Response, language: str | None, cancelled: Cancelled
    ) -> AsyncGenerator[TranscriptChunk]:
        text = ""
        async with aclosing(events(response, cancelled)) as found:
            async for event in found:
                if event.get("type") == "transcript.text.delta":
                    text += str(event.get("delta", ""))
                    if language:
                        yield TranscriptChunk(text.strip(), language)
                elif event.get("type") == "transcript.text.done":
                    yield self._chunk(event, language)
                    return
        if not cancelled():
            raise EngineFailed("The recogniser's server stopped in the middle.")

    def _chunk(self, answer: dict[str, Any], language: str | None) -> TranscriptChunk:
        """The final chunk that an answer means. A language that is not ours is believed to be our first."""
        text = answer.get("text")
        if not isinstance(text, str):
            raise EngineFailed("The recogniser's server sent something that is no transcript.")
        told = self._names.get(str(answer.get("language", "")).casefold())
        sure = _confidence(answer)
        unsure = bool(answer.get("unsure", sure < UNSURE))
        return TranscriptChunk(" ".join(text.split()), language or told or min(self.languages), True, sure, unsure)


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise EngineFailed("The recogniser's server sent something that is no transcript.")
    return found


def _confidence(answer: dict[str, Any]) -> float:
    """Izwi says it itself; of a Whisper it is the probability of a token in the least sure segment; else 1."""
    try:
        if "confidence" in answer:
            return min(1.0, max(0.0, float(answer["confidence"])))
        segments = answer.get("segments") or []
        return min((math.exp(min(0.0, float(part["avg_logprob"]))) for part in segments), default=1.0)
    except (KeyError, TypeError, ValueError, AttributeError):
        return 1.0
