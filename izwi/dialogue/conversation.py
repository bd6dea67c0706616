"""One user's conversation: hears samples, decides whose turn it is, has answers made, and says what happens.

Everything here runs on one event loop and waits for nothing but events, so a conversation of minutes can be tested in
milliseconds. The transport feeds ``hear`` and reads ``speaker``; the page's messages come in through ``obey``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from izwi.audio import Pcm, Samples, join
from izwi.dialogue.answering import Answering, Going
from izwi.dialogue.empathy import Empathy
from izwi.dialogue.interruption import Interruption
from izwi.dialogue.manner import Manner
from izwi.dialogue.memory import Memory
from izwi.dialogue.openers import Openers
from izwi.dialogue.partials import Partials
from izwi.dialogue.reply import Answer, Question, Reply
from izwi.dialogue.speaker import Speaker
from izwi.dialogue.state import State
from izwi.emotion.melody import hanging
from izwi.engines import Engines, TranscriptChunk
from izwi.events import AudioEnd, AudioStart, Command, Duck, Event, Failed, Partial, StateChanged, Timings
from izwi.languages import languages, pack
from izwi.settings import Settings
from izwi.turns.completeness import Completeness, embedded
from izwi.turns.listener import Dropped, EndOfTurn, Listener, Moment, Onset, Pause, Resumed

#: Longest text the page may send at once, in characters.
LONGEST_TEXT = 2000
#: How far the reply is lowered while we decide whether the user is breaking in, in dB.
DUCKED = -18.0


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
        completeness: Completeness | None = None,
        openers: Openers | None = None,
    ) -> None:
        self.engines, self.settings, self.listener, self.speaker = engines, settings, listener, speaker
        self.language, self.voice = settings.language, settings.voice
        self.manner = Manner()
        self.muted = False
        self.turn = 0
        self.memory = Memory()
        self.state = State(lambda name: send(StateChanged(name, self.turn)))
        self.interruption = Interruption(lambda: engines.asr, listener, speaker, self._decided)
        self.answering = Answering(engines, settings, speaker, send, self._understood, self._finished, now, openers)
        self.empathy = Empathy(engines, settings, listener.endpointer)
        self._partials = Partials(engines.asr, engines.llm, self.answering.ledger, self._partial)
        self._completeness = completeness or embedded()
        self._send, self._now = send, now
        self.last_opener = ""
        self._greeting_owed = False
        self._earlier: Pcm | None = None  # what was said before we took the turn too early
        self._last_sound = 0.0  # when the user's last sound was heard, on the event loop's clock
        self._acked = (-1, 0.0, 0.0)  # turn and seconds of it the page has played, and when it said so
        self.usual_language = settings.language if settings.language in languages() else "sn"
        speaker.started = self._first_sample_left

    # What the user does

    def hear(self, samples: Samples) -> None:
        """Samples from the microphone (int16, 16 kHz)."""
        if self.muted:
            return
        for moment in self.listener.feed(samples):
            self.interruption.at(self.listener.clock)
            self._react(moment)
        self.interruption.at(self.listener.clock)  # what leaves now is heard from now on
        if self.interruption.pending:
            self.interruption.grown(aloud=self.state.name == "speaking")
        elif self._reads_along and self.state.name == "listening" and not self.listener.silence:
            speech = self.listener.speech
            self._partials.grown(self.listener.length, speech, self._spoken_language, list(self.memory.messages))

    @property
    def _reads_along(self) -> bool:
        return self.settings.partials and not self.engines.thrift.without("partials")

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
            case "voice":
                self.choose_voice(str(command.data["voice"]))
            case "playback":
                self._acked = (int(command.data["turn"]), float(command.data["seconds"]), _now())

    def type(self, text: str) -> None:
        """A typed question gets the same spoken answer as a spoken one."""
        text = text.strip()
        if not text:
            return self._send(Failed("empty", "Please type something first."))
        if len(text) > LONGEST_TEXT:
            sentence = f"That is {len(text):,} characters; please send at most {LONGEST_TEXT:,} at once."
            return self._send(Failed("too_long", sentence))
        self.stop()
        self.turn += 1
        self._last_sound = _now()
        self.state.move("thinking")
        self._start(self._question(text=text))
        self.answering.commit()

    def stop(self) -> None:
        """Be silent at once and forget the turn in progress."""
        self._interrupt()
        self.answering.drop()
        self._partials.stop()
        self.listener.forget()
        self._greeting_owed = False
        self.state.move("idle")

    def mute(self, on: bool) -> None:
        """While muted nothing from the microphone is heard; what Izwi is saying goes on."""
        self.muted = on
        self.listener.forget()
        self._partials.stop()
        self._fell_away()

    def choose_language(self, language: str) -> None:
        """Answer in ``language`` from the next turn on ("auto": in the user's own)."""
        if language != "auto" and language not in languages():
            return self._send(Failed("language", f"Izwi does not know the language '{language}'."))
        self.language = language
        if language != "auto":
            self.usual_language = language

    def choose_voice(self, voice: str) -> None:
        """Speak with ``voice`` from the next turn on ("auto": the profile's own)."""
        if voice != "auto" and voice not in self.engines.voices:
            return self._send(Failed("voice", f"There is no voice called '{voice}' here."))
        self.voice = voice

    def greet(self) -> None:
        """Speak first: a greeting fitting the hour, if one is wanted and nobody has said anything yet.

        A noise only puts it off.
        """
        self._greeting_owed = self.settings.greet and not self.memory.messages
        if not self._greeting_owed:
            self.answering.expect(self.usual_language, self.voice, self.manner.style)
        elif self.state.name == "idle":
            self._greet()

    async def close(self) -> None:
        """End the session and wait until nothing of it runs any more."""
        self.speaker.raise_generation()
        self._partials.stop()
        self.interruption.end()
        await self.answering.close()
        await self.empathy.close()

    # Whose turn it is

    def _react(self, moment: Moment) -> None:
        match moment:
            case Onset():
                self._onset()
            case Dropped():
                self._fell_away()
            case Pause(speech=speech):
                self._pause(speech)
            case Resumed(seconds=silence):
                self._resumed(silence)
            case EndOfTurn(speech=speech):
                self._end_of_turn(speech)

    def _onset(self) -> None:
        if self.state.name == "speaking" and self.interruption.echoing():
            self.listener.forget()  # our echo goes on: no reason to fall silent before it
        elif self.state.name == "speaking":
            self.interruption.begin(self._spoken_language)
            self._send(Duck(self.turn, DUCKED))
        elif self.state.name == "thinking":
            self.interruption.begin(self._spoken_language)
            self.speaker.hold(True)
        else:
            self._listen()

    def _greet(self) -> None:
        self._greeting_owed = False
        line = pack(self.usual_language).greeting(self._now())[0]
        self._start(Question(self.turn, line=line, language=self.usual_language))
        self.answering.commit()

    def _rest(self) -> None:
        """Nobody has anything to say just now."""
        self.state.move("idle")
        if self._greeting_owed and not self.memory.messages:
            self._greet()

    def _listen(self) -> None:
        if self.answering.going:  # a greeting that was still to come
            self.speaker.raise_generation()
            self.answering.drop()
            self._greeting_owed = True
        self.turn += 1
        self._earlier = None
        self._partials.begin()
        self.empathy.began(self.listener.length)
        self.state.move("listening")

    def _take_back(self) -> None:
        """The user went on after we had taken the turn, before a sound of ours: it is still theirs."""
        going = self.answering.going
        self._earlier = going.reply.question.speech if going else None
        self.interruption.end()
        self.speaker.raise_generation()
        self.answering.drop()
        self._partials.begin()
        self.empathy.began(self.listener.length, self._earlier)
        self.state.move("listening")

    def _fell_away(self) -> None:
        if self.interruption.pending:
            self._restore()
        elif self.state.name == "listening":
            self.answering.drop()
            self._rest()

    def _pause(self, speech: Pcm) -> None:
        if self.interruption.pending:
            self.interruption.ended(speech, aloud=self.state.name == "speaking")
        elif self.interruption.own(speech):  # the end of our last reply, come back through the room
            self.listener.forget()
            self._fell_away()
        elif self.state.name == "listening" and self.settings.speculate:
            self._start(self._question(speech))
            self.listener.endpointer.tune(hanging(speech.samples))

    def _resumed(self, silence: float) -> None:
        if self.state.name == "listening":
            self.answering.set_aside()
            self.empathy.resumed(silence, self.listener.length)

    def _end_of_turn(self, speech: Pcm) -> None:
        self.interruption.overdue()
        if self.state.name != "listening":
            return
        self._partials.stop()
        answer = self.answering.going.reply.answer if self.answering.going else Answer()
        if answer.heard and self.interruption.nothing(speech, answer.heard, answer.unsure):
            return self._fell_away()
        if not answer.unsure:
            self.interruption.nearness.learn(speech.samples)
        self._last_sound = _now() - self.listener.endpointer.waited
        self.state.move("thinking")
        if self.answering.going is None:
            self._start(self._question(speech))
        self.answering.commit()

    def _decided(self, real: bool, ended: Pcm | None) -> None:
        """What had set in over our answer: the user taking the word, or nothing to stop for."""
        if not real:
            self._restore()
        elif self.state.name == "thinking":
            self._take_back()
        else:
            self._break_in()
            if ended is not None:
                self._pause(ended)

    def _break_in(self) -> None:
        self.empathy.barge_ins += 1
        self._interrupt()
        self.answering.drop()
        self._listen()

    def _restore(self) -> None:
        self.interruption.end()
        self.speaker.hold(False)
        if self.state.name == "speaking":
            self._send(Duck(self.turn, 0.0))

    def _interrupt(self) -> None:
        """Cut our own voice off, if it is sounding, and remember what was heard of it."""
        self.interruption.end()
        heard, sounding, going = self.speaker.heard, self.state.name == "speaking", self.answering.going
        self.speaker.raise_generation()
        if not sounding:
            return
        played = self._played(heard.sent)
        if going and going.reply.answer.heard:
            self.memory.add(going.reply.answer.heard, heard.text(played))
        self._send(AudioEnd(self.turn, round(played / self.speaker.rate, 3), interrupted=True))
        self.state.move("interrupted")

    def _played(self, sent: int) -> int:
        """Samples the user has heard: what the page acknowledged and has played since, else what was sent."""
        turn, seconds, at = self._acked
        return min(sent, round((seconds + _now() - at) * self.speaker.rate)) if turn == self.turn else sent

    # What becomes of the answers

    def _start(self, question: Question) -> None:
        reply = self.answering.start(question, self.voice, self.manner.style)
        self.empathy.hear(reply, self._now().hour)

    @property
    def _spoken_language(self) -> str | None:
        return None if self.language == "auto" else self.language

    def _question(self, speech: Pcm | None = None, text: str = "") -> Question:
        if speech is not None and self._earlier is not None:
            speech = join([self._earlier, speech])
        return Question(
            self.turn,
            speech,
            text,
            language=self._spoken_language,
            usual_language=self.usual_language,
            history=self.memory.messages,
            last_opener=self.last_opener,
            last_reply=self.memory.last_reply,
            name=self.manner.name,
            familiar=self.manner.familiar,
        )

    def _partial(self, chunk: TranscriptChunk) -> None:
        if self.state.name == "listening":
            self._send(Partial(self.turn, chunk.text, chunk.language))

    def _understood(self, reply: Reply) -> None:
        """The words are known while the silence still grows: they say how long to wait."""
        answer = reply.answer
        if self.state.name == "listening" and self._completeness and answer.heard:
            finished = self._completeness(answer.heard, answer.language)
            if answer.unsure or answer.puzzled:  # perhaps because the sentence is not over yet
                finished = min(finished, 0.5)
            self.listener.endpointer.words(finished)

    def _first_sample_left(self, generation: int) -> None:
        going = self.answering.going
        if going and going.generation == generation:
            going.reply.mark("heard")
            self.empathy.sounded(going.reply, going.reply.marks["heard"] - self._last_sound)
            self._send(AudioStart(going.reply.question.turn, going.reply.voice.name))
            self.state.move("speaking")

    def _timings(self, reply: Reply) -> Timings:
        ledger = self.answering.ledger
        marks = reply.marks
        if "content" in marks and "heard" in marks:  # it waited until the opener had been said
            opener = self.speaker.heard.phrases[0][0] / self.speaker.rate if reply.answer.opener else 0.0
            marks["content"] = max(marks["content"], marks["heard"] + opener)
        marks = {name: round(at - self._last_sound, 4) for name, at in marks.items()}
        return Timings(reply.question.turn, marks, round(ledger.total, 4), round(ledger.wasted, 4))

    def _finished(self, going: Going) -> None:
        heard, answer = self.speaker.heard, going.reply.answer
        if answer.language:
            self.usual_language = answer.language
        self.last_opener = answer.opener or self.last_opener
        if answer.heard:
            self.memory.add(answer.heard, " ".join(answer.phrases))
        self.manner.listen(answer.heard, answer.language)
        if answer.instant:
            self.manner.heed(answer.instant)
            if answer.instant.action == "language":
                self.usual_language = answer.instant.value
        if heard.sent:
            self._send(AudioEnd(going.reply.question.turn, round(heard.sent / self.speaker.rate, 3)))
        if self.interruption.pending:
            self._restore()
        self._send(self._timings(going.reply))
        self._rest()
        if self.listener.hears_speech:  # they had begun while our last words still sounded
            self._listen()


def _now() -> float:
    """The event loop's clock, in seconds."""
    return asyncio.get_running_loop().time()
