"""A conversation in virtual time: real listening, real turn-taking, the real recogniser and voice; a scripted mind.

It is the server's part of a conversation, without network and browser: what it decides here it decides there, because
turn-taking counts samples. An engine takes as long on the virtual clock as its CPU time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from izwi.audio import LISTENING_RATE, Pcm, Samples, silence
from izwi.bench.users import speak
from izwi.bench.virtual_time import timed
from izwi.dialogue.conversation import Conversation
from izwi.dialogue.speaker import Speaker
from izwi.engines import (
    ASR,
    TTS,
    Cancelled,
    Cost,
    Engines,
    Message,
    Style,
    TokenChunk,
    TranscriptChunk,
    never,
)
from izwi.events import Event
from izwi.settings import Settings
from izwi.turns.denoise import denoiser
from izwi.turns.listener import Listener
from izwi.turns.vad import SileroVad

#: 20 ms, what a connection hands over at once.
FRAME = LISTENING_RATE // 50
STEP = FRAME / LISTENING_RATE
#: A reply of some fifteen seconds.
STORY = (
    "Long ago the hare and the baboon were friends. They had one field, and they worked in it together. When the "
    "rain came the hare said: let us sleep now, and work tomorrow. The baboon worked alone, day after day, until the "
    "maize was ripe. Then the hare came with a big basket, and the baboon laughed."
)
#: What a quiet room still gives, in dBFS.
ROOM = -70.0

#: What the microphone hears for the next ``FRAME`` samples of all (second, samples) that left.
Echo = Callable[[list[tuple[float, Samples]], float], npt.NDArray[np.float64]]


class Ears:
    """A real recogniser; ``heard`` keeps every piece of speech it was given."""

    def __init__(self, asr: ASR) -> None:
        self._asr = asr
        self.name, self.languages, self.cost = asr.name, asr.languages, asr.cost
        self.heard: list[Samples] = []

    def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        self.heard.append(speech.samples)
        return timed(lambda: self._asr.transcribe_stream(speech, language, cancelled))


class Mouth:
    """A real voice, or a recording in its place."""

    def __init__(self, tts: TTS, recording: Pcm | None = None) -> None:
        self._tts, self._recording = tts, recording
        self.name, self.languages, self.licence, self.cost = tts.name, tts.languages, tts.licence, tts.cost

    def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        if self._recording is not None:
            return _played(self._recording)
        return timed(lambda: self._tts.synthesize_stream(text, language, style, cancelled))


async def _played(recording: Pcm) -> AsyncIterator[Pcm]:
    yield recording


class Teller:
    """A mind that always says the same."""

    name = "teller"
    languages = frozenset({"sn", "en"})

    def __init__(self, text: str) -> None:
        self.text, self.cost = text, Cost()

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        for word in self.text.split():
            await asyncio.sleep(0.005)
            yield TokenChunk(word + " ")

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        await asyncio.sleep(0)


class Rehearsal:
    """One connection. ``events`` holds (second, event), ``voice`` (second, samples) of ours, ``microphone`` what the
    conversation heard, the room's noise taken out.

    ``echo`` turns all that has left so far, with its seconds, into what the microphone hears of it for ``FRAME``
    samples from now on.
    """

    def __init__(
        self,
        engines: Engines,
        says: str = STORY,
        recording: Pcm | None = None,
        echo: Echo | None = None,
        language: str = "auto",
    ) -> None:
        self.ears = Ears(engines.asr)
        self.events: list[tuple[float, Event]] = []
        self.voice: list[tuple[float, Samples]] = []
        self.microphone: list[Samples] = []
        self._echo, self._noise = echo, np.random.default_rng(0)
        self._denoise = denoiser()
        speaker = Speaker(LISTENING_RATE)
        voice = Mouth(engines.tts, recording)
        cast = replace(engines, asr=self.ears, llm=Teller(says), tts=voice, voices={}, emotion=None)
        settings = Settings(profile="embedded", greet=False, openers=False)
        self.conversation = Conversation(cast, settings, Listener(SileroVad()), speaker, self._event)
        self._speaker, self._mouth = speaker, asyncio.create_task(self._play())

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def heard(self) -> int:
        """Samples the microphone has heard so far."""
        return sum(map(len, self.microphone))

    async def hear(self, sound: Pcm) -> None:
        """The microphone hears ``sound`` (16 kHz), the room, and what the room makes of our voice."""
        for frame in sound.frames(FRAME):
            mixed = 10 ** (ROOM / 20) * 32768 * self._noise.standard_normal(FRAME)
            mixed[: len(frame.samples)] += frame.samples
            if self._echo is not None:
                mixed += self._echo(self.voice, self.now)
            samples = np.clip(mixed, -32768, 32767).astype(np.int16)
            if self._denoise is not None:
                samples = self._denoise(samples)
            self.microphone.append(samples)
            self.conversation.hear(samples)
            await asyncio.sleep(STEP)

    async def quiet(self, seconds: float) -> None:
        await self.hear(silence(seconds, LISTENING_RATE))

    async def until(self, kind: str, patience: float = 20.0) -> bool:
        """Wait in a quiet room for an event of that type after now; False if none comes."""
        seen, end = len(self.events), self.now + patience
        while not any(event.type == kind for _, event in self.events[seen:]):
            if self.now > end:
                return False
            await self.quiet(STEP)
        return True

    async def ask(self) -> bool:
        """Let a user ask aloud, and wait until the answer sounds."""
        await self.quiet(0.3)
        seen = len(self.events)
        await self.hear(speak("tell me a story", "en-us+f5").resampled(LISTENING_RATE))
        return any(e.type == "audio_start" for _, e in self.events[seen:]) or await self.until("audio_start")

    def told(self, kind: str, after: float, before: float = float("inf")) -> list[dict[str, Any]]:
        """The events of one type between two moments, as the page gets them."""
        return [event.wire() for at, event in self.events if event.type == kind and after <= at < before]

    async def close(self) -> None:
        await self.conversation.close()
        self._mouth.cancel()

    def _event(self, event: Event) -> None:
        self.events.append((self.now, event))

    async def _play(self) -> None:
        while True:
            _, samples = await self._speaker.read(FRAME)
            self.voice.append((self.now, samples))
            await asyncio.sleep(len(samples) / LISTENING_RATE)
