"""The worker's HTTP face: OpenAI's ``/v1/audio/speech``, streaming, with task ids that can be deleted."""

from __future__ import annotations

import threading
import uuid
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any, Literal

import numpy as np
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from izwi.audio import Floats, from_floats
from izwi.engines import Emotion, EngineFailed, Style
from izwi.offload import stream
from izwi.tts.wavstream import wav_header
from izwi.tts.worker.speaker import Speaker

#: Phrases that may wait for the one being spoken; more are refused.
WAITING = 4
LONGEST_TEXT = 4096


class Asked(BaseModel):
    """The body of a request: OpenAI's fields, and ours (``language``, ``emotion``, ``pitch``, ``energy``, ``task``)."""

    input: str = Field(min_length=1, max_length=LONGEST_TEXT)
    model: str = ""
    voice: str = ""
    response_format: Literal["wav", "pcm"] = "wav"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    language: str = "en"
    emotion: Emotion = "neutral"
    pitch: float = Field(default=1.0, ge=0.5, le=2.0)
    energy: float = Field(default=0.0, ge=-12.0, le=12.0)
    task: str = Field(default="", max_length=64)


def problem(status: int, code: str, message: str) -> JSONResponse:
    """An error as OpenAI writes it."""
    return JSONResponse({"error": {"message": message, "code": code}}, status_code=status)


class Speech:
    """The tasks of one speaker: one is spoken at a time, in a thread, the rest wait."""

    def __init__(self, speaker: Speaker) -> None:
        self.speaker = speaker
        self.tasks: dict[str, threading.Event] = {}
        self._thread = ThreadPoolExecutor(1, speaker.name)

    def cancel(self, task: str) -> bool:
        """Stop a task; False when there is none of that name."""
        stop = self.tasks.get(task)
        if stop is not None:
            stop.set()
        return stop is not None

    async def pcm(self, asked: Asked, task: str) -> AsyncGenerator[bytes]:
        """Little-endian 16-bit samples. Raises ``EngineFailed`` when the model gives numbers that are no sound."""
        stop = self.tasks[task] = threading.Event()
        style = Style(asked.emotion, asked.speed, asked.pitch, asked.energy)

        def speak(gone: Callable[[], bool]) -> Iterator[Floats]:
            yield from self.speaker.speak(asked.input, asked.language, style, lambda: stop.is_set() or gone())

        try:
            async for samples in stream(speak, self._thread):
                if not np.isfinite(samples).all():
                    raise EngineFailed(f"{self.speaker.name} gave numbers that are no sound.")
                yield from_floats(samples, self.speaker.rate).samples.astype("<i2").tobytes()
        finally:
            stop.set()
            self.tasks.pop(task, None)


def application(speaker: Speaker) -> FastAPI:
    """The service for one loaded speaker."""
    app, speech = FastAPI(title=f"Izwi voice {speaker.name}", docs_url=None, redoc_url=None), Speech(speaker)

    @app.get("/healthz")
    async def healthz() -> dict[str, Any]:
        languages = sorted(speaker.languages)
        about = {"voice": speaker.name, "languages": languages, "licence": speaker.licence, "rate": speaker.rate}
        return {"status": "ready", "tasks": len(speech.tasks), **about}

    @app.delete("/v1/tasks/{task}")
    async def cancel(task: str) -> Response:
        return Response(status_code=204 if speech.cancel(task) else 404)

    @app.post("/v1/audio/speech", response_model=None)
    async def speak(asked: Asked) -> Response:
        if asked.language not in speaker.languages:
            return problem(422, "unsupported_language", f"{speaker.name} does not speak '{asked.language}'.")
        if len(speech.tasks) > WAITING or asked.task in speech.tasks:
            return problem(503, "busy", f"{speaker.name} is busy.")
        task = asked.task or uuid.uuid4().hex
        samples = speech.pcm(asked, task)
        try:  # the answer begins with the first sound, so that every failure before it has its own status
            first = await anext(samples, b"")
        except Exception as error:
            message = str(error) if isinstance(error, EngineFailed) else f"{speaker.name} broke."
            return problem(500, "engine_failed", message)
        header = wav_header(speaker.rate) if asked.response_format == "wav" else b""
        kinds = {"wav": "audio/wav", "pcm": f"audio/pcm;rate={speaker.rate}"}
        return StreamingResponse(
            _with_first(header + first, samples), media_type=kinds[asked.response_format], headers={"X-Task": task}
        )

    return app


async def _with_first(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    """``first``, then ``rest``; an error in it breaks the connection, so that half an answer is known as such."""
    async with aclosing(rest):
        yield first
        async for more in rest:
            yield more
