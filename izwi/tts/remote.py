"""A voice behind HTTP: any OpenAI-compatible ``/v1/audio/speech``, our own workers among them."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import aclosing
from typing import Any

import httpx

from izwi.audio import NotAudio, Pcm
from izwi.engines import Cancelled, Cost, EngineFailed, Style, UnsupportedLanguage, never, require_language
from izwi.remote.server import AGAIN, CONNECT, SILENCE, Refusal, Server, until
from izwi.tts import post
from izwi.tts.finish import finish
from izwi.tts.prosody import Prosody, prosody
from izwi.tts.reshape import reshaped
from izwi.tts.spectrum import Bands
from izwi.tts.wavstream import WavStream

log = logging.getLogger(__name__)

#: Seconds a request to stop may take.
STOPPING = 1.0


class RemoteVoice:
    """Speaks through the server at ``base`` ("http://host:port"; a callable is asked before each phrase).

    ``model`` and ``speaker`` are the server's names for them; ``key`` is sent as a bearer token. Loudness, trimming and
    limiting happen here. ``hertz`` is the rate it must give, where that is known (not 0). Raises ``EngineFailed`` for
    every failure of the server or the line, also in the middle. What the server ``lacks`` of "rate" and "pitch" is done
    here, after it; of an emotion it does what it reads in ``instructions``.
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
        lacks: Collection[str] = (),
        again: int = AGAIN,
    ) -> None:
        self.name, self.languages, self.licence = name, languages, licence
        self.cost = Cost()
        self._model, self._speaker, self._hertz, self._lacks = model, speaker, hertz, lacks
        # A worker of ours that refuses has died, and another voice is near. Its port is on this machine and answers at
        # once: who waits for it longer than a moment has stood still himself, which is no fault of the worker.
        again, connect = (0, SILENCE) if callable(base) else (again, CONNECT)
        self._server = Server(base, f"The voice {name}", key, again=again, connect=connect)
        self._levels = {language: post.Level.towards(reference) for language in languages}
        post.warm()

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        """Speak one phrase; pieces of PCM at the server's rate."""
        require_language(self.name, language, self.languages)
        if not text.strip():
            return
        wanted = prosody(style)
        tempo, pitch = (getattr(wanted, name) if name in self._lacks else 1.0 for name in ("rate", "pitch"))
        raw = reshaped(self._ask(text, language, style, wanted, cancelled), tempo, pitch)
        done = finish(self.name, raw, self._levels[language], self.cost, wanted.energy, cancelled)
        async with aclosing(done):
            async for piece in done:
                yield piece

    async def alive(self) -> bool:
        """Whether the server answers."""
        return await self._server.alive()

    async def close(self) -> None:
        await self._server.close()

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
        task, finished = uuid.uuid4().hex, False
        body = self._body(text, language, style, wanted, task)
        try:
            async with self._server.answer("/v1/audio/speech", cancelled, json=body) as response:
                if response is not None:
                    async for piece in self._pieces(response, cancelled):
                        yield piece
                    finished = not cancelled()
        except Refusal as refusal:
            if refusal.code == "unsupported_language":
                raise UnsupportedLanguage(self.name, language, self.languages) from refusal
            raise
        except NotAudio as error:
            raise EngineFailed(f"The voice {self.name} gave something that is not sound.") from error
        finally:
            if not finished:  # servers that know no tasks notice the closed connection
                await self._server.delete(f"/v1/tasks/{task}", STOPPING)

    async def _pieces(self, response: httpx.Response, cancelled: Cancelled) -> AsyncIterator[Pcm]:
        wav = WavStream()
        chunks = response.aiter_bytes()
        while (data := await until(anext(chunks, b""), cancelled)) is not None and data:
            piece = wav.feed(data)
            if self._hertz and wav.rate not in (None, self._hertz):
                raise NotAudio(f"{wav.rate} Hz instead of {self._hertz} Hz")
            if piece is not None:
                yield piece
