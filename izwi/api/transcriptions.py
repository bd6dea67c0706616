"""Listening: OpenAI's ``/v1/audio/transcriptions``, as JSON, text, subtitles or a stream."""

from __future__ import annotations

import asyncio
import math
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel, Field, ValidationError

from izwi import subtitles
from izwi.api.access import Room, TheEngines, TheRoom, needs, while_wanted
from izwi.api.names import check_model, language_code
from izwi.api.problems import RESPONSES, Problem, fault, problem_of
from izwi.api.speech import event
from izwi.api.upload import bytes_of, decoded, form
from izwi.audio import LISTENING_RATE, Pcm
from izwi.dub.hearing import MARGIN, excerpt, timed
from izwi.dub.spans import speech
from izwi.dub.timeline import Segment
from izwi.engines import ASR, TranscriptChunk
from izwi.languages import pack

router = APIRouter(tags=["transcription"], dependencies=[Depends(needs("asr"))], responses=RESPONSES)

#: Longer recordings are cut where nobody speaks, whatever the answer's form (seconds).
ONE_UTTERANCE = 15.0

Kind = Literal["json", "text", "srt", "verbose_json", "vtt"]


class Asked(BaseModel):
    """OpenAI's fields beside the file. ``prompt`` and ``temperature`` are accepted and not followed."""

    model: str = Field(default="", max_length=100)
    language: str | None = Field(default=None, max_length=20)
    response_format: Kind = "json"
    stream: bool = False
    words: bool = False


class Transcription(BaseModel):
    """The answer as ``json``: OpenAI's ``text``, and what Izwi knows beside it."""

    text: str
    language: str
    confidence: float
    unsure: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """All of a recording: its segments with words where they were asked for, and how sure the recogniser is."""

    segments: tuple[Segment, ...]
    seconds: float

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments if segment.text)

    @property
    def language(self) -> str:
        """The language most of it is in."""
        time: dict[str, float] = {}
        for segment in self.segments:
            time[segment.language] = time.get(segment.language, 0.0) + segment.seconds
        return max(time, key=lambda code: time[code]) if time else ""


class Listening:
    """A recording being transcribed, segment by segment."""

    def __init__(self, asr: ASR, room: Room, sound: Pcm, asked: Asked) -> None:
        self._asr, self._room, self._asked = asr, room, asked
        self._language = language_code(asked.language)
        self._sound, self._stopped = sound, False
        self.heard = Heard((), sound.seconds)

    def stop(self) -> None:
        """Nobody wants it any more."""
        self._stopped = True

    async def segments(self) -> AsyncGenerator[Segment]:
        """Each segment once its text is known."""
        try:
            async with self._room.enter():
                sound = await asyncio.to_thread(self._sound.resampled, LISTENING_RATE)
                for number, (start, end) in enumerate(await self._spans(sound), 1):
                    segment = await self._transcribed(Segment(number, round(start, 3), round(end, 3)), sound)
                    if segment.text:
                        self.heard = replace(self.heard, segments=(*self.heard.segments, segment))
                        yield segment
        finally:
            self._stopped = True

    async def all(self) -> Heard:
        async with aclosing(self.segments()) as segments:
            async for _ in segments:
                pass
        return self.heard

    async def _spans(self, sound: Pcm) -> list[tuple[float, float]]:
        if self._asked.response_format in ("json", "text") and not self._asked.words and sound.seconds <= ONE_UTTERANCE:
            return [(0.0, sound.seconds)]
        return await speech(sound.floats, _at_once)

    async def _transcribed(self, segment: Segment, sound: Pcm) -> Segment:
        last: TranscriptChunk | None = None
        speech = excerpt(sound, segment.start, segment.end, MARGIN)
        chunks: Any = self._asr.transcribe_stream(speech, self._language, lambda: self._stopped)
        async with aclosing(chunks):
            async for chunk in chunks:
                last = chunk
        if last is None:
            return segment
        text = " ".join(last.text.split())
        segment = replace(
            segment, text=text, language=last.language, confidence=round(last.confidence, 3), unsure=last.unsure
        )
        return await timed(segment, sound, self._asr) if self._asked.words and text else segment


async def _at_once() -> None:
    await asyncio.sleep(0)


_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "Up to 25 MB, up to 10 minutes."},
                        "model": {"type": "string", "maxLength": 100},
                        "language": {"type": "string", "maxLength": 20},
                        "response_format": {"type": "string", "enum": ["json", "text", "srt", "verbose_json", "vtt"]},
                        "stream": {"type": "boolean", "default": False},
                        "timestamp_granularities[]": {
                            "type": "array",
                            "items": {"type": "string", "enum": ["word", "segment"]},
                        },
                    },
                }
            }
        },
    }
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"model": Transcription, "content": {"text/plain": {}, "text/vtt": {}, "text/event-stream": {}}}
}


@router.post("/v1/audio/transcriptions", response_class=Response, openapi_extra=_FORM, responses=_ANSWERS)
async def transcriptions(request: Request, engines: TheEngines, room: TheRoom) -> Response:
    """Write down what is said in a file (wav, mp3, m4a, ogg, webm, flac)."""
    asked, data = await _asked(request)
    check_model(engines, "asr", asked.model)
    language_code(asked.language)
    sound = await asyncio.to_thread(decoded, data)
    listening = Listening(engines.asr, room, sound, asked)
    if asked.stream:
        return StreamingResponse(_events(listening), media_type="text/event-stream")
    heard = await while_wanted(request, listening.all(), listening.stop)
    return _answer(heard, asked)


async def _asked(request: Request) -> tuple[Asked, bytes]:
    """The checked fields and the file. Raises ``Problem``."""
    fields = await form(request)
    try:
        words = "word" in fields.getlist("timestamp_granularities[]")
        given = {name: value for name in Asked.model_fields if isinstance(value := fields.get(name), str)}
        return Asked.model_validate({**given, "words": words}), await bytes_of(fields)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise Problem(400, "invalid_request", f"{name}: {error.errors()[0]['msg']}", name) from None
    finally:
        await fields.close()


async def _events(listening: Listening) -> AsyncGenerator[str]:
    try:
        async with aclosing(listening.segments()) as segments:
            async for number, segment in _numbered(segments):
                space = " " if number else ""
                yield event({"type": "transcript.text.delta", "delta": space + segment.text})
        heard = listening.heard
        yield event({"type": "transcript.text.done", **_plain(heard).model_dump()})
    except Exception as error:
        said = problem_of(error)
        yield event({"type": "error", "error": fault(said.status, said.code, said.text).model_dump()})


async def _numbered(segments: AsyncGenerator[Segment]) -> AsyncGenerator[tuple[int, Segment]]:
    number = 0
    async for segment in segments:
        yield number, segment
        number += 1


def _plain(heard: Heard) -> Transcription:
    sure = [segment.confidence for segment in heard.segments]
    unsure = any(segment.unsure for segment in heard.segments)
    return Transcription(text=heard.text, language=heard.language, confidence=min(sure, default=1.0), unsure=unsure)


def _answer(heard: Heard, asked: Asked) -> Response:
    lines = [subtitles.Line(segment.start, segment.end, segment.text) for segment in heard.segments]
    match asked.response_format:
        case "text":
            return PlainTextResponse(heard.text + "\n")
        case "srt":
            return PlainTextResponse(subtitles.srt(lines))
        case "vtt":
            return PlainTextResponse(subtitles.vtt(lines), media_type="text/vtt")
        case "verbose_json":
            return JSONResponse(_verbose(heard, asked.words))
    return JSONResponse(_plain(heard).model_dump())


def _verbose(heard: Heard, words: bool) -> dict[str, Any]:
    """OpenAI's fields as far as they are known here; the language by its name, as OpenAI writes it."""
    answer = {
        **_plain(heard).model_dump(),
        "task": "transcribe",
        "language": pack(heard.language).name.lower() if heard.language else "",
        "duration": round(heard.seconds, 3),
        "segments": [
            {
                "id": segment.number,
                "start": segment.start,
                "end": segment.end,
                "text": segment.text,
                "language": segment.language,
                "avg_logprob": round(math.log(max(segment.confidence, 1e-6)), 4),
                "compression_ratio": round(_compression(segment.text), 3),
                "unsure": segment.unsure,
            }
            for segment in heard.segments
        ],
    }
    if words:
        answer["words"] = [
            {"word": word.text, "start": word.start, "end": word.end}
            for segment in heard.segments
            for word in segment.words
        ]
    return answer


def _compression(text: str) -> float:
    """How well a text can be compressed: above about 2.4 a recogniser has repeated itself (Radford et al. 2022)."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) if data else 0.0
