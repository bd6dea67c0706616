"""A conversation on a stage: scripted user and engines, real listener and conversation, and a clock that only jumps."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from izwi.audio import LISTENING_RATE, Pcm, Samples, silence
from izwi.dialogue.conversation import Conversation
from izwi.dialogue.openers import Openers
from izwi.engines import Engines
from izwi.events import AudioStart, Command, Event
from izwi.settings import Settings
from izwi.turns.listener import Listener
from tests.dialogue.cast import (
    BLOCK,
    RATE,
    TAGS,
    Script,
    ScriptedAsr,
    ScriptedLlm,
    ScriptedVad,
    ScriptedVoice,
    Texts,
    TracedSpeaker,
    noise,
)

FRAME = 320
STEP = FRAME / LISTENING_RATE


class Stage:
    """The conversation, its user, and a record of everything that happened (times in virtual seconds).

    ``sound`` holds when each 20 ms of our voice left and for which generation it was made; ``stale`` those of them
    whose generation was over; ``broken`` what went wrong behind everyone's back.
    """

    def __init__(self, script: Script | None = None, settings: Settings | None = None) -> None:
        self.script = script or Script()
        self.texts = Texts()
        self.asr, self.llm = ScriptedAsr(self.script, self.texts), ScriptedLlm(self.script)
        self.speaker = TracedSpeaker()
        self.events: list[tuple[float, Event]] = []
        self.sound: list[tuple[float, int]] = []
        self.stale: list[tuple[float, int]] = []
        self.broken: list[dict[str, Any]] = []
        self._air: list[tuple[float, Samples]] = []
        engines = Engines(self.asr, self.llm, ScriptedVoice(self.script))
        self.settings = replace(settings or Settings(), greet=settings.greet if settings else False)
        self.conversation = Conversation(
            engines,
            self.settings,
            Listener(ScriptedVad()),
            self.speaker,
            self._event,
            now=lambda: datetime(2026, 1, 5, self.script.hour),
            openers=Openers(),
        )
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.broken.append(context))
        self._mouth = asyncio.create_task(self._play())
        self._acks: asyncio.Task[None] | None = None

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def state(self) -> str:
        return self.conversation.state.name

    def _event(self, event: Event) -> None:
        self.events.append((self.now, event))

    async def _play(self) -> None:
        """The loudspeaker: takes 20 ms every 20 ms."""
        while True:
            _, samples = await self.speaker.read(RATE // 50)
            made_for = self.speaker.made_for[int(samples[0]) & (TAGS - 1)]
            self.sound.append((self.now, made_for))
            if made_for != self.speaker.generation:
                self.stale.append((self.now, made_for))
            self._air.append((self.now, samples))
            await asyncio.sleep(len(samples) / RATE)

    async def hear(self, pcm: Pcm) -> None:
        for frame in pcm.frames(FRAME):
            self.conversation.hear(frame.samples)
            await asyncio.sleep(STEP)

    async def say(self, text: str, seconds: float = 0.8) -> None:
        await self.hear(self.texts.spoken(text, seconds))

    async def cough(self, seconds: float) -> None:
        """A sound like a voice, without words."""
        await self.hear(noise(seconds, 1500))

    async def noise(self, seconds: float) -> None:
        """Something is there, but it is no voice."""
        await self.hear(noise(seconds, 20))

    async def quiet(self, seconds: float) -> None:
        await self.hear(silence(seconds, LISTENING_RATE))

    async def echo(self, seconds: float, late: float = 0.18, db: float = -15.0, over: str = "") -> None:
        """Our own voice comes back through the microphone, ``late`` and fainter; the user may talk ``over`` it."""
        gain = 10 ** (db / 20)
        words = self.texts.spoken(over, seconds) if over else silence(seconds, LISTENING_RATE)
        for frame in words.frames(FRAME):
            heard = (self._sounding(self.now - late)[: len(frame.samples)] * gain).astype(np.int16)
            if over:  # the room's hum is filtered out, lest it change the words
                heard -= np.rint(heard.reshape(-1, BLOCK).mean(1).repeat(BLOCK)).astype(np.int16)
            self.conversation.hear(frame.samples + heard)
            await asyncio.sleep(STEP)

    def _sounding(self, at: float) -> Samples:
        """What we sounded like at that time, for ``FRAME`` samples."""
        found = np.zeros(FRAME, np.int16)
        for start, samples in self._air[-200:]:
            offset = round((start - at) * RATE)
            first, last = max(0, offset), min(FRAME, offset + len(samples))
            if first < last:
                found[first:last] = samples[first - offset : last - offset]
        return found

    def page_acknowledges(self, every: float = 0.2, lag: float = 0.15) -> None:
        """From now on the page says what it has played: ``lag`` seconds later than it left, ``every`` so often."""
        self.page_falls_silent()
        self._acks = asyncio.create_task(self._acknowledge(every, lag))

    def page_falls_silent(self) -> None:
        if self._acks:
            self._acks.cancel()
            self._acks = None

    async def _acknowledge(self, every: float, lag: float) -> None:
        while True:
            await asyncio.sleep(every)
            start = next(((t, e) for t, e in reversed(self.events) if isinstance(e, AudioStart)), None)
            if start is None:
                continue
            pieces = [len(samples) for at, samples in self._air if start[0] <= at <= self.now - lag]
            data = {"turn": start[1].turn, "seconds": sum(pieces) / RATE, "ended": not self.speaker.queued}
            self.conversation.obey(Command("playback", data))

    async def until(self, state: str, within: float = 30.0) -> None:
        """Feed silence until the conversation is in ``state``."""
        end = self.now + within
        while self.state != state:
            assert self.now < end, f"still {self.state}, not {state}, after {within} s"
            await self.quiet(STEP)

    async def close(self) -> None:
        await self.conversation.close()
        self.page_falls_silent()
        self._mouth.cancel()

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The events of one type, as the page gets them, with ``t``."""
        return [{"t": t, **event.wire()} for t, event in self.events if event.type == kind]

    def states(self) -> list[str]:
        return [event["state"] for event in self.all("state")]
