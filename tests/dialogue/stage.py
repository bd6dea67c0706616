"""A conversation on a stage: scripted user and engines, real listener and conversation, and a clock that only jumps.

A spoken text is carried in the samples themselves (each text has its own sample value), so the scripted recogniser
"hears" exactly what has been fed so far, and the scripted voice activity sees speech wherever samples are not zero.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from izwi.audio import LISTENING_RATE, Floats, Pcm, silence
from izwi.dialogue.conversation import Conversation
from izwi.dialogue.openers import Openers
from izwi.dialogue.speaker import Speaker
from izwi.engines import Cancelled, Cost, Engines, Message, Style, TokenChunk, TranscriptChunk, never
from izwi.events import Event
from izwi.settings import Settings
from izwi.turns.listener import Listener

T = TypeVar("T")
FRAME = 320
STEP = FRAME / LISTENING_RATE
RATE = 16_000


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: where a real selector would sleep, virtual time passes."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if not events:
            if timeout is None:
                raise RuntimeError("everything waits and nothing will ever happen")
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def in_virtual_time(scene: Callable[[], Awaitable[T]]) -> T:
    """Run ``scene`` to its end; seconds pass in no time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scene())  # type: ignore[arg-type]


class ScriptedVad:
    """Certain of speech wherever the samples are not silent."""

    def __call__(self, window: Floats) -> float:
        return 0.95 if np.count_nonzero(window) > len(window) // 2 else 0.02


@dataclass
class Script:
    """How the scripted engines behave. Times are in seconds."""

    asr_seconds: float = 0.02
    first_token: float = 0.05
    token_seconds: float = 0.01
    voice_first: float = 0.03
    voice_rate: float = 0.05
    unsure: bool = False
    replies: dict[str, str] = field(default_factory=dict)
    default_reply: str = "Ndatenda. Ndingakubatsirei nei nhasi?"
    fail: str = ""


class Texts:
    """Texts carried as sample values."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def value(self, text: str) -> int:
        if text not in self._texts:
            self._texts.append(text)
        return 1000 + self._texts.index(text)

    def read(self, speech: Pcm) -> str:
        spoken = speech.samples[speech.samples >= 1000]
        if not len(spoken):
            return ""
        changes = np.flatnonzero(np.diff(spoken)) + 1
        return " ".join(self._texts[spoken[at] - 1000] for at in (0, *changes.tolist()))


@dataclass
class ScriptedAsr:
    script: Script
    texts: Texts
    name: str = "scripted ears"
    languages: frozenset[str] = frozenset({"sn", "en"})
    cost: Cost = field(default_factory=Cost)
    calls: int = 0

    async def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        self.calls += 1
        await asyncio.sleep(self.script.asr_seconds)
        if self.script.fail == "asr":
            raise RuntimeError("scripted failure")
        yield TranscriptChunk(self.texts.read(speech), language or "sn", final=True, unsure=self.script.unsure)


@dataclass
class ScriptedLlm:
    script: Script
    name: str = "scripted mind"
    languages: frozenset[str] = frozenset({"sn", "en"})
    cost: Cost = field(default_factory=Cost)
    seen: list[Sequence[Message]] = field(default_factory=list)

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        self.seen.append(messages)
        await asyncio.sleep(self.script.first_token)
        if self.script.fail == "llm":
            raise RuntimeError("scripted failure")
        for word in self.script.replies.get(messages[-1].text, self.script.default_reply).split(" "):
            yield TokenChunk(word + " ")
            await asyncio.sleep(self.script.token_seconds)

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        await asyncio.sleep(0)


@dataclass
class ScriptedVoice:
    """80 ms of noise a word."""

    script: Script
    name: str = "scripted voice"
    languages: frozenset[str] = frozenset({"sn", "en"})
    licence: str = "none"
    cost: Cost = field(default_factory=Cost)
    noise: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        await asyncio.sleep(self.script.voice_first)
        if self.script.fail == "tts":
            raise RuntimeError("scripted failure")
        for _ in text.split():
            await asyncio.sleep(0.08 * self.script.voice_rate)
            yield Pcm(self.noise.integers(-500, 500, round(0.08 * RATE)).astype(np.int16), RATE)


class Stage:
    """The conversation, its user, and a record of everything that happened (times in virtual seconds)."""

    def __init__(self, script: Script | None = None, settings: Settings | None = None) -> None:
        self.script = script or Script()
        self.texts = Texts()
        self.asr, self.llm = ScriptedAsr(self.script, self.texts), ScriptedLlm(self.script)
        self.speaker = Speaker(RATE)
        self.events: list[tuple[float, Event]] = []
        self.sound: list[tuple[float, int]] = []
        engines = Engines(self.asr, self.llm, ScriptedVoice(self.script))
        self.settings = replace(settings or Settings(), greet=settings.greet if settings else False)
        self.conversation = Conversation(
            engines, self.settings, Listener(ScriptedVad()), self.speaker, self._event, openers=Openers()
        )
        self._mouth = asyncio.create_task(self._play())

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
            generation, samples = await self.speaker.read(RATE // 50)
            self.sound.append((self.now, generation))
            await asyncio.sleep(len(samples) / RATE)

    async def hear(self, pcm: Pcm) -> None:
        for frame in pcm.frames(FRAME):
            self.conversation.hear(frame.samples)
            await asyncio.sleep(STEP)

    async def say(self, text: str, seconds: float = 0.8) -> None:
        await self.hear(Pcm(np.full(round(seconds * LISTENING_RATE), self.texts.value(text), np.int16), LISTENING_RATE))

    async def quiet(self, seconds: float) -> None:
        await self.hear(silence(seconds, LISTENING_RATE))

    async def until(self, state: str, within: float = 30.0) -> None:
        """Feed silence until the conversation is in ``state``."""
        end = self.now + within
        while self.state != state:
            assert self.now < end, f"still {self.state}, not {state}, after {within} s"
            await self.quiet(STEP)

    async def close(self) -> None:
        await self.conversation.close()
        self._mouth.cancel()

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The events of one type, as the page gets them, with ``t``."""
        return [{"t": t, **event.wire()} for t, event in self.events if event.type == kind]

    def states(self) -> list[str]:
        return [event["state"] for event in self.all("state")]
