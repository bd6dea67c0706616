"""Speaking: OpenAI's ``/v1/audio/speech``, and ``/v1/tts``, which sends each phrase with its sound."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from izwi.api.access import Room, TheEngines, TheRoom, needs
from izwi.api.containers import MEDIA, RATE, Encoder, Format, base64_of
from izwi.api.names import check_model, language_of, voice_of
from izwi.api.problems import RESPONSES, Problem, problem_of
from izwi.audio import Pcm
from izwi.engines import TTS, Emotion, Style
from izwi.tts.aloud import phrases

router = APIRouter(tags=["speech"], dependencies=[Depends(needs("tts"))], responses=RESPONSES)

#: Characters of the longest text, as OpenAI has it.
LONGEST_TEXT = 4096

Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class Speech(BaseModel):
    """OpenAI's request, with ``language`` and ``emotion`` beside it. ``instructions`` are accepted and not followed."""

    input: Text
    model: str = Field(default="", max_length=100)
    voice: str = Field(default="", max_length=100)
    response_format: Format = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    stream_format: Literal["audio", "sse"] = "audio"
    instructions: str = Field(default="", max_length=LONGEST_TEXT)
    language: str | None = Field(default=None, max_length=20)
    emotion: Emotion = "neutral"


class Say(BaseModel):
    """What ``/v1/tts`` speaks, how, and in which container its sound comes."""

    text: Text
    voice: str = Field(default="", max_length=100)
    language: str | None = Field(default=None, max_length=20)
    format: Format = "pcm"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)
    emotion: Emotion = "neutral"


def event(data: dict[str, Any], name: str = "") -> str:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data, ensure_ascii=False)}\n\n"


async def begun(stream: AsyncGenerator[Any]) -> AsyncGenerator[Any]:
    """``stream``, once its first item is there: what fails before that can still have a status of its own."""
    try:
        first = await anext(stream)
    except StopAsyncIteration:
        raise Problem(400, "nothing_to_say", "There is nothing in this text that can be spoken.", "input") from None

    async def whole() -> AsyncGenerator[Any]:
        async with aclosing(stream):
            yield first
            async for item in stream:
                yield item

    return whole()


async def _sound(room: Room, voice: TTS, asked: Speech, language: str) -> AsyncGenerator[bytes]:
    encoder = Encoder(asked.response_format)
    style = Style(emotion=asked.emotion, rate=asked.speed)
    heard = False
    async with room.enter(), aclosing(phrases(voice, asked.input, language, style)) as spoken:
        async for item in spoken:
            if isinstance(item, Pcm) and len(item.samples):
                heard = True
                if data := encoder.feed(item):
                    yield data
        if heard:
            yield encoder.finish()


async def _openai_events(sound: AsyncIterator[bytes]) -> AsyncGenerator[str]:
    async for data in sound:
        yield event({"type": "speech.audio.delta", "audio": base64_of(data)})
    yield event({"type": "speech.audio.done"})


@router.post(
    "/v1/audio/speech", response_class=Response, responses={200: {"content": {"audio/*": {}, "text/event-stream": {}}}}
)
async def speech(asked: Speech, engines: TheEngines, room: TheRoom) -> Response:
    """Speak a text. The sound is sent while it is being made; 24 kHz, mono."""
    check_model(engines, "tts", asked.model)
    voice, language = voice_of(engines, asked.voice), language_of(asked.input, asked.language)
    sound = await begun(_sound(room, voice, asked, language))
    if asked.stream_format == "sse":
        return StreamingResponse(_openai_events(sound), media_type="text/event-stream")
    return StreamingResponse(sound, media_type=MEDIA[asked.response_format], headers={"Content-Language": language})


async def _told(room: Room, voice: TTS, asked: Say, language: str) -> AsyncGenerator[str]:
    encoder, seconds = Encoder(asked.format), 0.0
    style = Style(emotion=asked.emotion, rate=asked.speed)
    async with room.enter(), aclosing(phrases(voice, asked.text, language, style)) as spoken:
        async for item in spoken:
            if isinstance(item, str):
                yield event({"text": item, "at": round(seconds, 3)}, "phrase")
                continue
            seconds += item.seconds
            if data := encoder.feed(item):
                yield event({"audio": base64_of(data)}, "audio")
        if data := encoder.finish():
            yield event({"audio": base64_of(data)}, "audio")
        yield event({"seconds": round(seconds, 3), "rate": RATE, "voice": voice.name, "language": language}, "done")


async def with_faults(events: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """``events``, and what breaks in their midst as one last event ``error``."""
    async with aclosing(events):
        try:
            async for one in events:
                yield one
        except Exception as error:
            said = problem_of(error)
            yield event({"code": said.code, "message": said.text}, "error")


@router.post("/v1/tts", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def tts(asked: Say, engines: TheEngines, room: TheRoom) -> Response:
    """Speak a text as server-sent events: ``phrase`` {text, at}, ``audio`` {audio: base64}, ``done`` or ``error``."""
    voice, language = voice_of(engines, asked.voice), language_of(asked.text, asked.language)
    events = await begun(_told(room, voice, asked, language))
    return StreamingResponse(with_faults(events), media_type="text/event-stream")
