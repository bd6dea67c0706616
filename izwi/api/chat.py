"""Writing: OpenAI's ``/v1/chat/completions``, and ``/v1/chat``, which answers as a conversation would, and aloud."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from izwi.api.access import Room, TheEngines, TheRoom, needs, while_wanted
from izwi.api.containers import RATE, Encoder, base64_of
from izwi.api.names import check_model, language_of, voice_of
from izwi.api.problems import RESPONSES, Problem, fault, problem_of
from izwi.api.speech import begun, event, with_faults
from izwi.audio import Pcm
from izwi.dialogue import intents
from izwi.engines import LLM, Engines, Message, Style, TokenChunk
from izwi.languages import pack
from izwi.security.talker import Talker
from izwi.tts.aloud import phrases

_TALKER = Depends(needs("chat"))
router = APIRouter(tags=["chat"], dependencies=[_TALKER], responses=RESPONSES)

#: Characters of one message and messages of one request; more than any model here can read.
LONGEST_TEXT, MOST_MESSAGES = 16_000, 200
#: Words of the longest reply.
LONGEST_REPLY = 400
_PIECE = re.compile(r"\w+|[^\w\s]")


class Part(BaseModel):
    """A part of a message; only text can be read."""

    type: Literal["text"]
    text: str = Field(max_length=LONGEST_TEXT)


class Said(BaseModel):
    """One message of the conversation so far."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, Field(max_length=LONGEST_TEXT)] | Annotated[list[Part], Field(max_length=50)]

    @property
    def message(self) -> Message:
        text = self.content if isinstance(self.content, str) else "\n".join(part.text for part in self.content)
        return Message("system" if self.role == "developer" else self.role, text)


class StreamOptions(BaseModel):
    """``include_usage``: a last chunk, without a choice, tells the usage."""

    include_usage: bool = False


class Usage(BaseModel):
    """How much was read and written, in words and marks: models differ in their tokens, and we count for all alike."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, prompt: Sequence[Message], completion: str) -> Usage:
        read, wrote = sum(len(_PIECE.findall(message.text)) for message in prompt), len(_PIECE.findall(completion))
        return cls(prompt_tokens=read, completion_tokens=wrote, total_tokens=read + wrote)


class Completion(BaseModel):
    """OpenAI's request, with ``language`` beside it.

    Sampling is the model's own: ``temperature`` and its like, and what is not named here, are accepted and not
    followed; ``n`` above 1, ``tools`` and ``stop`` are refused rather than ignored.
    """

    messages: Annotated[list[Said], Field(min_length=1, max_length=MOST_MESSAGES)]
    model: str = Field(default="", max_length=100)
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: Literal[1] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    stop: Annotated[list[str], Field(max_length=0)] | None = None
    language: str | None = Field(default=None, max_length=20)

    @property
    def longest(self) -> int:
        return min(LONGEST_REPLY, self.max_completion_tokens or LONGEST_REPLY, self.max_tokens or LONGEST_REPLY)


class Choice(BaseModel):
    """The one answer there is."""

    index: int = 0
    message: dict[str, Any]
    finish_reason: Literal["stop", "length"]


class Completed(BaseModel):
    """OpenAI's answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage


async def written(llm: LLM, messages: Sequence[Message], language: str) -> AsyncGenerator[TokenChunk]:
    """The model's reply, with {time} and its like filled in; a reader that stops reading stops the model."""
    stopped, clock = False, pack(language).clock(datetime.now())
    tokens: Any = llm.generate_stream(messages, language, lambda: stopped)
    try:
        async with aclosing(tokens):
            async for token in tokens:
                text = token.text
                for name, value in clock.items():
                    text = text.replace(f"{{{name}}}", value)
                yield TokenChunk(text, token.understood)
    finally:
        stopped = True


class _Answer:
    """A reply under way, and how it ended."""

    def __init__(self, asked: Completion, llm: LLM, room: Room) -> None:
        messages = [said.message for said in asked.messages]
        if messages[-1].role != "user" or not messages[-1].text.strip():
            raise Problem(400, "no_question", "The last message must be the user's, with some text.", "messages")
        self._language = language_of(messages[-1].text, asked.language)
        self._messages, self._longest, self._llm, self._room = messages, asked.longest, llm, room
        self._said: list[str] = []
        self.finish: Literal["stop", "length"] = "stop"

    async def tokens(self) -> AsyncGenerator[TokenChunk]:
        async with self._room.enter(), aclosing(written(self._llm, self._messages, self._language)) as tokens:
            count = 0
            async for token in tokens:
                if count == self._longest:
                    self.finish = "length"
                    return
                count += 1
                self._said.append(token.text)
                yield token

    @property
    def usage(self) -> Usage:
        """So far."""
        return Usage.of(self._messages, "".join(self._said))


@router.post("/v1/chat/completions", response_model=Completed, responses={200: {"content": {"text/event-stream": {}}}})
async def completions(asked: Completion, request: Request, engines: TheEngines, room: TheRoom) -> Response:
    """Reply to a conversation; with ``stream``, as OpenAI's chunks."""
    name = check_model(engines, "llm", asked.model)
    answer = _Answer(asked, engines.llm, room)
    head: dict[str, Any] = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": name}
    if asked.stream:
        counted = asked.stream_options is not None and asked.stream_options.include_usage
        chunks = await begun(_chunks(head, answer, counted))
        return StreamingResponse(chunks, media_type="text/event-stream")

    async def whole() -> str:
        return "".join([token.text async for token in answer.tokens()]).strip()

    text = await while_wanted(request, whole(), lambda: None)
    choice = Choice(message={"role": "assistant", "content": text}, finish_reason=answer.finish)
    return JSONResponse(Completed(**head, choices=[choice], usage=answer.usage).model_dump())


async def _chunks(head: dict[str, Any], answer: _Answer, counted: bool) -> AsyncGenerator[str]:
    """OpenAI's chunks; a choice that the model did not understand says so beside its text. ``counted``: with usage."""
    head = {**head, "object": "chat.completion.chunk"}

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
        return event({**head, "choices": [choice]})

    first = {"role": "assistant"}
    try:
        async with aclosing(answer.tokens()) as tokens:
            async for token in tokens:
                puzzled: dict[str, Any] = {} if token.understood else {"understood": False}
                yield chunk({**first, "content": token.text}, **puzzled)
                first = {}
        yield chunk({**first, "content": ""} if first else {}, answer.finish)
        if counted:
            yield event({**head, "choices": [], "usage": answer.usage.model_dump()})
        yield "data: [DONE]\n\n"
    except Exception as error:
        if first:
            raise
        said = problem_of(error)
        yield event({"error": fault(said.status, said.code, said.text).model_dump()})


class Turn(BaseModel):
    """One message of the history."""

    role: Literal["user", "assistant"]
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]


class Ask(BaseModel):
    """A question to Izwi, what was said before, and whether the answer is to be spoken (24 kHz PCM)."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    language: str | None = Field(default=None, max_length=20)
    history: Annotated[list[Turn], Field(max_length=MOST_MESSAGES)] = []
    speak: bool = False
    voice: str = Field(default="", max_length=100)


def _instant(asked: Ask, language: str) -> intents.Answer | None:
    """As in a conversation: what needs no model is answered at once."""
    last = next((turn.text for turn in reversed(asked.history) if turn.role == "assistant"), "")
    return intents.answer(asked.text, language, intents.Context(datetime.now(), last))


async def _words(
    engines: Engines, asked: Ask, language: str, instant: intents.Answer | None
) -> AsyncGenerator[TokenChunk]:
    if instant is not None:
        yield TokenChunk(instant.text)
        return
    messages = [*(Message(turn.role, turn.text) for turn in asked.history), Message("user", asked.text)]
    async with aclosing(written(engines.llm, messages, language)) as tokens:
        async for token in tokens:
            yield token


async def _told(engines: Engines, room: Room, asked: Ask, language: str) -> AsyncGenerator[str]:
    voice, encoder = voice_of(engines, asked.voice), Encoder("pcm")
    instant = _instant(asked, language)
    language = instant.language if instant else language
    splitter, understood = pack(language).phrases(), True
    said: list[str] = []

    async def spoken(ready: list[str]) -> AsyncIterator[str]:
        for phrase in ready:
            yield event({"text": phrase}, "phrase")
            async with aclosing(phrases(voice, phrase, language, Style())) as sound:
                async for piece in sound:
                    if isinstance(piece, Pcm) and (data := encoder.feed(piece)):
                        yield event({"audio": base64_of(data)}, "audio")

    async with room.enter(), aclosing(_words(engines, asked, language, instant)) as words:
        async for word in words:
            understood &= word.understood
            said.append(word.text)
            yield event({"text": word.text}, "text")
            if asked.speak:
                async for one in spoken(splitter.feed(word.text)):
                    yield one
        if asked.speak:
            async for one in spoken(splitter.flush()):
                yield one
            if data := encoder.finish():
                yield event({"audio": base64_of(data)}, "audio")
        text = "".join(said).strip()
        yield event({"text": text, "language": language, "understood": understood, "rate": RATE}, "done")


@router.post("/v1/chat", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def chat(asked: Ask, talker: Annotated[Talker, _TALKER], engines: TheEngines, room: TheRoom) -> Response:
    """Ask Izwi: server-sent events ``text`` {text}, with ``speak`` also ``phrase`` and ``audio``, then ``done``."""
    if not asked.text.strip():
        raise Problem(400, "no_question", "Please ask something.", "text")
    if asked.speak and "tts" not in talker.scopes:
        raise Problem(403, "no_scope", "This key does not have the scope 'tts', so it cannot be spoken.", "speak")
    voice_of(engines, asked.voice)
    events = await begun(_told(engines, room, asked, language_of(asked.text, asked.language)))
    return StreamingResponse(with_faults(events), media_type="text/event-stream")
