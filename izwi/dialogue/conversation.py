"""One user's conversation: hears samples, decides whose turn it is, has answers made, and says what happens.

Everything here runs on one event loop and waits for nothing but events, so a conversation of minutes can be tested in
milliseconds. The transport feeds ``hear`` and reads ``speaker``; the page's messages come in through ``obey``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from izwi.audio import Pcm, Samples, join
from izwi.dialogue.memory import Memory
from izwi.dialogue.reply import Answer, Limits, Question, Reply
from izwi.dialogue.speaker import Speaker
from izwi.dialogue.state import State
from izwi.engines import EngineFailed, Engines, UnsupportedLanguage
from izwi.events import AudioEnd, AudioStart, Command, Duck, Event, Failed, StateChanged
from izwi.languages import languages, pack
from izwi.settings import Settings
from izwi.turns.bargein import BargeIn
from izwi.turns.listener import Dropped, EndOfTurn, Listener, Moment, Onset, Pause, Resumed

log = logging.getLogger(__name__)

#: Longest text the page may send at once, in characters.
LONGEST_TEXT = 2000


@dataclass
class _Going:
    """An answer in the making and the task that makes it."""

    reply: Reply
    task: asyncio.Task[Answer]
    generation: int = -1


class Conversation:
    """One session. ``send`` receives every event; the language and voice may change from turn to turn."""

    def __init__(
        self,
        engines: Engines,
        settings: Settings,
        listener: Listener,
        speaker: Speaker,
        send: Callable[[Event], None],
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        self.engines, self.settings, self.listener, self.speaker = engines, settings, listener, speaker
        self.language = settings.language
        self.muted = False
        self.turn = 0
        self.memory = Memory()
        self.state = State(lambda name: self._send(StateChanged(name, self.turn)))
        self.bargein = BargeIn()
        self._send, self._now = send, now
        self._going: _Going | None = None
        self._earlier: Pcm | None = None  # what was said before we took the turn too early
        self._closing: set[asyncio.Task[object]] = set()
        self._usual_language = settings.language if settings.language in languages() else "sn"
        speaker.started = self._first_sample_left

    # What the user does

    def hear(self, samples: Samples) -> None:
        """Samples from the microphone (int16, 16 kHz)."""
        if self.muted:
            return
        for moment in self.listener.feed(samples):
            self._react(moment)
        if self.bargein.pending and self.bargein.confirmed(self.listener.voiced):
            self._break_in()

    def obey(self, command: Command) -> None:
        """A message from the page."""
        match command.type:
            case "text":
                self.type(str(command.data["text"]))
            case "stop":
                self.stop()
            case "mute":
                self.mute(bool(command.data["on"]))
            case "language":
                self.choose_language(str(command.data["language"]))
            case "onset":
                pass  # the page has ducked the reply by itself; our own ear decides what follows

    def type(self, text: str) -> None:
        """A typed question gets the same spoken answer as a spoken one."""
        text = text.strip()
        if not text:
            return self._send(Failed("empty", "Please type something first."))
        if len(text) > LONGEST_TEXT:
            return self._send(
                Failed("too_long", f"That is {len(text):,} characters; please send at most {LONGEST_TEXT:,} at once.")
            )
        self.stop()
        self.turn += 1
        self.state.move("thinking")
        self._start(self._question(text=text))
        self._commit()

    def stop(self) -> None:
        """Be silent at once and forget the turn in progress."""
        self._interrupt()
        self._drop()
        self.listener.forget()
        self.state.move("idle")

    def mute(self, on: bool) -> None:
        """While muted nothing from the microphone is heard; what Izwi is saying goes on."""
        self.muted = on
        self.listener.forget()
        if self.state.name == "listening":
            self._drop()
            self.state.move("idle")

    def choose_language(self, language: str) -> None:
        """Answer in ``language`` from the next turn on ("auto": in the user's own)."""
        if language != "auto" and language not in languages():
            return self._send(Failed("language", f"Izwi does not know the language '{language}'."))
        self.language = language
        if language != "auto":
            self._usual_language = language

    def greet(self) -> None:
        """Speak first: a greeting fitting the hour."""
        if not self.settings.greet or self.state.name != "idle":
            return
        hour = self._now().hour
        part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
        line = pack(self._usual_language).lines[f"greeting_{part}"][0]
        self._start(Question(self.turn, line=line, language=self._usual_language))
        self._commit()

    async def close(self) -> None:
        """End the session and wait until nothing of it runs any more."""
        self.speaker.raise_generation()
        self._drop()
        await asyncio.gather(*self._closing, return_exceptions=True)

    # Whose turn it is

    def _react(self, moment: Moment) -> None:
        match moment:
            case Onset():
                self._onset()
            case Dropped():
                self._dropped()
            case Pause(speech=speech):
                self._pause(speech)
            case Resumed():
                self._resumed()
            case EndOfTurn(speech=speech):
                self._end_of_turn(speech)

    def _onset(self) -> None:
        if self.state.name == "speaking":
            self.bargein.begin()
            self._send(Duck(self.turn, -18.0))
        elif self.state.name == "thinking":
            self._take_back()
        else:
            self._listen()

    def _listen(self) -> None:
        self.turn += 1
        self._earlier = None
        self.state.move("listening")

    def _take_back(self) -> None:
        """The user went on after we had taken the turn, before a sound of ours: it is still theirs."""
        self._earlier = self._going.reply.question.speech if self._going else None
        self.speaker.raise_generation()
        self._drop()
        self.state.move("listening")

    def _dropped(self) -> None:
        if self.bargein.pending:
            self._restore()
        elif self.state.name == "listening":
            self._drop()
            self.state.move("idle")

    def _pause(self, speech: Pcm) -> None:
        if self.bargein.pending:  # too short to have broken in: a cough, a backchannel
            self._restore()
            self.listener.forget()
        elif self.state.name == "listening" and self.settings.speculate:
            self._drop()
            self._start(self._question(speech))

    def _resumed(self) -> None:
        if self.state.name == "listening":
            self._drop()

    def _end_of_turn(self, speech: Pcm) -> None:
        if self.state.name != "listening":
            return
        self.state.move("thinking")
        if self._going is None:
            self._start(self._question(speech))
        self._commit()

    def _break_in(self) -> None:
        self.bargein.end()
        self._interrupt()
        self._drop()
        self._listen()

    def _restore(self) -> None:
        self.bargein.end()
        self._send(Duck(self.turn, 0.0))

    def _interrupt(self) -> None:
        """Cut our own voice off, if it is sounding, and note what was heard of it."""
        self.bargein.end()
        heard, sounding, going = self.speaker.heard, self.state.name == "speaking", self._going
        self.speaker.raise_generation()
        if not sounding:
            return
        if going and going.reply.answer.heard:
            self.memory.add(going.reply.answer.heard, heard.text(heard.sent))
        self._send(AudioEnd(self.turn, heard.sent / self.speaker.rate, interrupted=True))
        self.state.move("interrupted")

    def _first_sample_left(self, generation: int) -> None:
        if self._going and self._going.generation == generation:
            self._send(AudioStart(self._going.reply.question.turn, self.engines.tts.name))
            self.state.move("speaking")

    # Making answers

    def _question(self, speech: Pcm | None = None, text: str = "") -> Question:
        if speech is not None and self._earlier is not None:
            speech = join([self._earlier, speech])
        language = None if self.language == "auto" else self.language
        return Question(
            self.turn,
            speech,
            text,
            language=language,
            usual_language=self._usual_language,
            history=self.memory.messages,
        )

    def _start(self, question: Question) -> None:
        limits = Limits(self.settings.first_token_limit, self.settings.reply_tokens)
        reply = Reply(question, self.engines, self.speaker, self._send, limits=limits, now=self._now)
        self._going = _Going(reply, asyncio.create_task(reply.run()))

    def _commit(self) -> None:
        going = self._going
        assert going is not None
        going.generation = self.speaker.raise_generation()
        going.reply.commit(going.generation)
        self._keep(asyncio.create_task(self._finish(going)))

    def _drop(self) -> None:
        going, self._going = self._going, None
        if going is not None:
            going.reply.drop()
            going.task.cancel()
            self._keep(asyncio.create_task(_quietly(going.task)))

    def _keep(self, task: asyncio.Task[object]) -> None:
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _finish(self, going: _Going) -> None:
        """Wait for a committed answer to be made and spoken, then give the turn back."""
        failure: Failed | None = None
        try:
            await asyncio.shield(going.task)
        except asyncio.CancelledError:
            return
        except (UnsupportedLanguage, EngineFailed) as error:
            failure = Failed("engine", str(error))
        except Exception:
            log.exception("turn %d failed", going.reply.question.turn)
            failure = Failed("internal", "Something went wrong while answering. Please try again.")
        if self._going is not going:
            return
        if failure:
            self._send(failure)
        await self._spoken(going)

    async def _spoken(self, going: _Going) -> None:
        if not await self.speaker.drained(going.generation):
            return
        self._going = None
        heard = self.speaker.heard
        answer = going.reply.answer
        if answer.language:
            self._usual_language = answer.language
        if answer.heard:
            self.memory.add(answer.heard, " ".join(answer.phrases))
        if heard.sent:
            self._send(AudioEnd(going.reply.question.turn, heard.sent / self.speaker.rate))
        if self.bargein.pending:
            self._restore()
        self.state.move("idle")
        if self.listener.hears_speech:  # they had begun while our last words still sounded
            self._listen()


async def _quietly(task: asyncio.Task[Answer]) -> None:
    """Wait for a dropped answer to wind down; whatever it raises concerns nobody any more."""
    await asyncio.gather(task, return_exceptions=True)
