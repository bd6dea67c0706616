"""A voice behind HTTP: any OpenAI-compatible ``/v1/audio/speech``, our own workers among them."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any

import httpx

from izwi.audio import NotAudio, Pcm
from izwi.engines import Cancelled, Cost, EngineFailed, Style, UnsupportedLanguage, never, require_language
from izwi.tts import post
from izwi.tts.finish import finish
from izwi.tts.prosody import Prosody, prosody
from izwi.tts.spectrum import Bands, Colour
from izwi.tts.wavstream import WavStream

log = logging.getLogger(__name__)

#: Seconds to connect, and the longest silence of a voice that works.
CONNECT, SILENCE = 5.0, 30.0
#: How often a silent voice is asked whether anybody still wants it, in seconds.
TICK = 0.05
#: Seconds a request to stop may take.
STOPPING = 1.0


class RemoteVoice:
    """Speaks through the server at ``base`` ("http://host:port"; a callable is asked before each phrase).

    ``model`` and ``speaker`` are the server's names for them; ``key`` is sent as a bearer token. Loudness, trimming and
    limiting happen here. ``hertz`` is the rate it must give, where that is known (not 0). Raises ``EngineFailed`` for
    every failure of the server or the line, also in the middle.
    """

    def __init__(
        self,
        base: str | Callable[[], str],
        languages: frozenset[str],
        name: str = "remote",
        model: str = "tts-1",
        speaker: str = "alloy",
        key: str = "",
        licence: str = "of the server",
        reference: Bands | None = None,
        hertz: int = 0,
    ) -> None:
        self.name, self.languages, self.licence = name, languages, licence
        self.cost = Cost()
        self._base, self._model, self._speaker, self._hertz = base, model, speaker, hertz
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._levels = {language: post.Level(colour=_colour(reference)) for language in languages}
        self._client = httpx.AsyncClient(timeout=httpx.Timeout(SILENCE, connect=CONNECT))
        post.warm()

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        """Speak one phrase; pieces of PCM at the server's rate."""
        require_language(self.name, language, self.languages)
        if not text.strip():
            return
        wanted = prosody(style)
        raw = self._ask(text, language, style, wanted, cancelled)
        done = finish(self.name, raw, self._levels[language], self.cost, wanted.energy, cancelled)
        async with aclosing(raw), aclosing(done):
            async for piece in done:
                yield piece

    async def close(self) -> None:
        await self._client.aclose()

    def _body(self, text: str, language: str, style: Style, wanted: Prosody, task: str) -> dict[str, Any]:
        """OpenAI's fields for everybody; the rest for our own workers, which know what to do with it."""
        return {
            "model": self._model,
            "voice": self._speaker,
            "input": text,
            "response_format": "wav",
            "speed": round(style.rate, 3),
            "instructions": wanted.wish,
            "language": language,
            "emotion": style.emotion,
            "pitch": round(style.pitch, 3),
            "task": task,
        }

    async def _ask(
        self, text: str, language: str, style: Style, wanted: Prosody, cancelled: Cancelled
    ) -> AsyncGenerator[Pcm]:
        """The server's samples as they come. Its task is deleted when they are not wanted to the end."""
        base = (self._base if isinstance(self._base, str) else self._base()).rstrip("/")
        task, finished = uuid.uuid4().hex, False
        body = self._body(text, language, style, wanted, task)
        request = self._client.build_request("POST", f"{base}/v1/audio/speech", json=body, headers=self._headers)
        response: httpx.Response | None = None
        try:
            response = await self._until(self._client.send(request, stream=True), cancelled)
            if response is None:
                return
            await self._check(response, language)
            async for piece in self._pieces(response, cancelled):
                yield piece
            finished = not cancelled()
        except httpx.HTTPError as error:
            raise EngineFailed(f"The voice {self.name} cannot be reached ({type(error).__name__}).") from error
        except NotAudio as error:
            raise EngineFailed(f"The voice {self.name} gave something that is not sound.") from error
        finally:
            if response is not None:
                with suppress(httpx.HTTPError):
                    await response.aclose()
            if not finished:
                await self._stop(base, task)

    async def _pieces(self, response: httpx.Response, cancelled: Cancelled) -> AsyncIterator[Pcm]:
        wav = WavStream()
        chunks = response.aiter_bytes()
        while (data := await self._until(anext(chunks, b""), cancelled)) is not None and data:
            piece = wav.feed(data)
            if self._hertz and wav.rate not in (None, self._hertz):
                raise NotAudio(f"{wav.rate} Hz instead of {self._hertz} Hz")
            if piece is not None:
                yield piece

    async def _check(self, response: httpx.Response, language: str) -> None:
        """Raise what a refusal means."""
        if response.status_code == 200:
            return
        await response.aread()
        error: Any = {}
        with suppress(ValueError, AttributeError):
            error = response.json().get("error") or {}
        code = error.get("code") if isinstance(error, dict) else None
        if code == "unsupported_language":
            raise UnsupportedLanguage(self.name, language, self.languages)
        raise EngineFailed(f"The voice {self.name} refused (HTTP {response.status_code}).")

    async def _until(self, work: Any, cancelled: Cancelled) -> Any:
        """What ``work`` gives; None soon after ``cancelled``."""
        doing = asyncio.ensure_future(work)
        delivered = False
        try:
            while not cancelled():
                done, _ = await asyncio.wait({doing}, timeout=TICK)
                if done:
                    delivered = True
                    return doing.result()
            return None
        finally:
            if not delivered:
                doing.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    left = await doing  # an answer that came in the very moment of the cancel
                    if isinstance(left, httpx.Response):
                        await left.aclose()

    async def _stop(self, base: str, task: str) -> None:
        """Ask the server to forget the task; servers that know no tasks notice the closed connection."""
        with suppress(httpx.HTTPError):
            await self._client.delete(f"{base}/v1/tasks/{task}", headers=self._headers, timeout=STOPPING)


def _colour(reference: Bands | None) -> Colour | None:
    return None if reference is None else Colour(reference)
