"""One answer, streaming: utterance → transcript → words → phrases → audio.

An answer may be started before it is certain that the user has finished. Until ``commit`` gives it a generation it
works ahead (at most ``QUEUE`` items a stage) and nobody hears or sees it; ``drop`` throws it away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from izwi.audio import Pcm
from izwi.dialogue import intents
from izwi.dialogue.openers import Openers
from izwi.dialogue.speaker import Speaker
from izwi.dialogue.tone import Tone
from izwi.emotion.style import style_for
from izwi.engines import QUEUE, SPEAKING, Citation, EngineFailed, Engines, Message, Style
from izwi.events import Emotions, Event, ReplyText, Source, Transcript
from izwi.languages import LanguagePack, detect, languages, pack
from izwi.spent import METER, Ledger, Meter

T = TypeVar("T")
SENTENCE_ENDS = (".", "?", "!", "…")


@dataclass(frozen=True)
class Question:
    """What is to be answered: speech (16 kHz) or text, in a language (None: find out), after ``history``.

    With ``line`` nothing is asked: that line is said.
    """

    turn: int
    speech: Pcm | None = None
    text: str = ""
    line: str = ""
    language: str | None = None
    usual_language: str = "sn"
    last_opener: str = ""
    last_reply: str = ""
    name: str = ""
    familiar: bool = False
    history: Sequence[Message] = ()


@dataclass
class Answer:
    """How far the answer has come; complete once ``Reply.run`` has returned.

    ``unsure``: the recogniser would rather hear it again. ``puzzled``: the model does not understand what was heard.
    ``instant``: the answer that needed no model. ``source``: the document the answer was taken from.
    """

    heard: str = ""
    language: str = ""
    unsure: bool = False
    puzzled: bool = False
    instant: intents.Answer | None = None
    source: Citation | None = None
    opener: str = ""
    phrases: list[str] = field(default_factory=list)

    @property
    def spoken_in(self) -> str:
        """The language of the reply: that of the question, unless the question was to change it."""
        return self.instant.language if self.instant else self.language


@dataclass(frozen=True)
class Limits:
    """Bounds of one answer: seconds to the model's first token, tokens in all; after ``whole_sentences`` tokens (0: no
    such bound) the end of a sentence is the end of the answer."""

    first_token: float = 20.0
    tokens: int = 160
    whole_sentences: int = 0


class Reply:
    """The making of one answer; ``run`` it once, as a task."""

    def __init__(
        self,
        question: Question,
        engines: Engines,
        speaker: Speaker,
        ledger: Ledger,
        send: Callable[[Event], None],
        limits: Limits | None = None,
        now: Callable[[], datetime] = datetime.now,
        understood: Callable[[Reply], None] = lambda _: None,
        openers: Openers | None = None,
        reading: str = "standard",
    ) -> None:
        self.question = question
        self.answer = Answer()
        self.meter = Meter(ledger)
        self.style = Style()
        self.tone = Tone()
        self.voice = engines.tts
        self.session = ""
        self.marks: dict[str, float] = {}
        self._engines, self._speaker, self._send = engines, speaker, send
        self._limits, self._now, self._understood, self._openers = limits or Limits(), now, understood, openers
        self._reading = reading
        self._dropped = self._cited = False
        self._styled = self._transcribed = self._tone_told = False
        self._committed = asyncio.Event()
        self._generation = -1
        self._phrases: asyncio.Queue[str | Exception | None] = asyncio.Queue(QUEUE)
        self._audio: asyncio.Queue[Pcm | str | Exception | None] = asyncio.Queue(QUEUE)

    def commit(self, generation: int) -> None:
        """Let the answer out, under this generation of the speaker."""
        self._generation = generation
        self._committed.set()
        self.mark("committed")

    def mark(self, name: str) -> None:
        """Note when something happened for the first time (seconds of the event loop's clock)."""
        self.marks.setdefault(name, asyncio.get_running_loop().time())

    def feel(self, tone: Tone) -> None:
        """What was heard in the voice that asked; it comes too late to change how a reply sounds that has begun to."""
        if tone.heard:
            self.mark("felt")
        self.tone = replace(tone, emotion=self.tone.emotion) if self._styled else tone
        self._tell_tone()

    def drop(self) -> None:
        """Ask the engines to stop. The task that runs ``run`` is to be cancelled as well."""
        self._dropped = True
        if not self._committed.is_set():
            self.meter.waste()

    def cancelled(self) -> bool:
        """Whether nobody wants this answer any more; engines ask this from their threads."""
        return self._dropped or (self._committed.is_set() and self._generation != self._speaker.generation)

    async def run(self) -> Answer:
        """Answer, until all audio has been handed to the speaker. Raises what the engines raise."""
        METER.set(self.meter)
        SPEAKING.set((self.session, self.question.turn))
        self.mark("started")
        await self._understand()
        if self._dropped or (not self.answer.heard and not self.question.line):
            return self.answer
        stages = [
            asyncio.create_task(_guarded(self._think(), self._phrases)),
            asyncio.create_task(_guarded(self._voice(), self._audio)),
        ]
        try:
            await self._release()
            self._learn()
        finally:
            for stage in stages:
                stage.cancel()
            await asyncio.gather(*stages, return_exceptions=True)
        return self.answer

    def _learn(self) -> None:
        """How long the first sound took from the moment the question was understood."""
        if self._openers is not None and not self.answer.instant and "first sound" in self.marks:
            self._openers.reply.learn(self.marks["first sound"] - self.marks["understood"], 0.0)

    async def _understand(self) -> None:
        """Find out what was said and in which language."""
        question, answer = self.question, self.answer
        if question.speech is None:
            answer.heard, answer.language = question.text, question.language or language_of(question)
        else:
            async for chunk in self._engines.asr.transcribe_stream(question.speech, question.language, self.cancelled):
                answer.heard, answer.language, answer.unsure = chunk.text.strip(), chunk.language, chunk.unsure
        if answer.heard and not answer.unsure:
            known = intents.Context(self._now(), question.last_reply, question.name, question.familiar)
            answer.instant = intents.answer(answer.heard, answer.language, known)
        self.mark("understood")
        self._understood(self)

    async def _think(self) -> None:
        language = pack(self.answer.spoken_in)
        splitter, clock = language.phrases(), language.clock(self._now())
        async for text in self._words(language):
            for phrase in splitter.feed(text):
                await self._phrases.put(_filled(phrase, clock))
        for phrase in splitter.flush():
            await self._phrases.put(_filled(phrase, clock))
        await self._phrases.put(None)

    async def _words(self, language: LanguagePack) -> AsyncIterator[str]:
        """The reply's text as it comes; the request to say it again when the recogniser was unsure."""
        if self.question.line:
            yield self.question.line
            return
        if self.answer.instant is not None:
            yield self.answer.instant.text
            return
        if self.answer.unsure:
            lines = language.lines["say_again_familiar" if self.question.familiar else "say_again"]
            yield lines[self.question.turn % len(lines)]
            return
        messages = [*self.question.history, Message("user", self.answer.heard, self.tone.guidance)]
        tokens = self._engines.llm.generate_stream(messages, language.code, self.cancelled)
        for count in range(self._limits.tokens):
            try:
                async with asyncio.timeout(self._limits.first_token if count == 0 else None):
                    token = await anext(tokens)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise EngineFailed("The model is too slow just now. Please try again in a moment.") from None
            self.mark("first word")
            self.answer.source = token.source or self.answer.source
            if not token.understood and not self.answer.puzzled:
                self.answer.puzzled = True
                self._understood(self)
            yield token.text
            if 0 < self._limits.whole_sentences <= count + 1 and token.text.rstrip().endswith(SENTENCE_ENDS):
                return

    async def _voice(self) -> None:
        language = pack(self.answer.spoken_in)
        while (phrase := _sound(await self._phrases.get())) is not None:
            await self._audio.put(phrase)
            words = language.normalise(phrase, self._reading)
            if not words.strip():
                continue
            style = self._settled(language.code)
            async for audio in self.voice.synthesize_stream(words, language.code, style, self.cancelled):
                self.mark("first sound")
                await self._audio.put(audio)
        await self._audio.put(None)

    async def _release(self) -> None:
        """Pass text to the page and audio to the speaker, from the moment of commitment."""
        await self._committed.wait()
        turn, language = self.question.turn, self.answer.language
        if self.answer.heard:
            self._send(Transcript(turn, self.answer.heard, language, self.answer.unsure))
            self._transcribed = True
            self._tell_tone()
            await self._open()
        while (item := _sound(await self._audio.get())) is not None:
            if isinstance(item, str):
                self._end_phrase()
                self.answer.phrases.append(item)
                self._send(ReplyText(turn, item, self.answer.spoken_in))
                self._cite()
                continue
            self.mark("content")
            if not await self._speaker.write(self._generation, item):
                return
        self._end_phrase()
        self._cite()
        self._send(ReplyText(turn, "", self.answer.spoken_in, final=True))

    def _cite(self) -> None:
        """Name the document the answer comes from, once, as soon as it is known."""
        if (source := self.answer.source) is not None and not self._cited:
            self._cited = True
            self._send(Source(self.question.turn, source.source, source.passage))

    async def _open(self) -> None:
        """Bridge a long wait with an opener; otherwise learn how long the wait is."""
        if self._openers is None or self.answer.unsure or self.answer.instant:
            return
        thinking = asyncio.get_running_loop().time() - self.marks["understood"]
        if "first sound" in self.marks or not self._openers.late(thinking):
            return
        style = self._settled(self.answer.language)
        chosen = self._openers.choose(
            self.answer.heard, self.answer.language, self.voice, style, self.question.last_opener
        )
        if chosen is not None:
            self.answer.opener, sound = chosen
            self._send(ReplyText(self.question.turn, self.answer.opener, self.answer.language))
            await self._speaker.write(self._generation, sound)
            self._speaker.end_phrase(self._generation, self.answer.opener)

    def _settled(self, language: str) -> Style:
        """How the reply sounds from its first word to its last."""
        if not self._styled:
            self.style, self._styled = style_for(self.tone.emotion, language, self.style), True
            self._tell_tone()
        return self.style

    def _tell_tone(self) -> None:
        """Tell the page once, as soon as the words are there, the feeling is known and the voice has been chosen."""
        if self.tone.heard and self._transcribed and self._styled and not self._tone_told:
            self._tone_told = True
            self._send(Emotions(self.question.turn, self.tone.heard, self.tone.emotion))

    def _end_phrase(self) -> None:
        if self.answer.phrases:
            self._speaker.end_phrase(self._generation, self.answer.phrases[-1])


def language_of(question: Question) -> str:
    """The language to answer a typed question in: its own, or the session's usual one when it cannot be told."""
    found = detect(question.text).language
    return found if found in languages() else question.usual_language


def _filled(phrase: str, values: dict[str, str]) -> str:
    """``phrase`` with {time}, {day} … replaced; an unknown name in braces is left out."""
    for name, value in values.items():
        phrase = phrase.replace(f"{{{name}}}", value)
    return phrase


def _sound(item: T | Exception) -> T:
    """``item``, unless it is the exception of the stage before: then that is raised."""
    if isinstance(item, Exception):
        raise item
    return item


async def _guarded(stage: Coroutine[Any, Any, None], queue: asyncio.Queue[Any]) -> None:
    """Run a stage; if it breaks, its exception travels down the queue to whoever waits at the end."""
    try:
        await stage
    except Exception as error:
        await queue.put(error)
