"""The cast of a scripted conversation: engines that do what a script says, and sounds that say whose they are.

A spoken text is carried in the samples themselves (each text has its own mean), so the scripted recogniser "hears"
exactly what has been fed so far. Izwi's scripted voice carries in its lowest bits which call of the voice it comes
from, so that every sample that leaves can be traced back to the answer it was made for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from izwi.audio import LISTENING_RATE, Floats, Pcm
from izwi.dialogue.speaker import Speaker
from izwi.engines import Cancelled, Cost, EngineFailed, Message, Style, TokenChunk, TranscriptChunk, never
from izwi.spent import METER

RATE = 16_000
#: Samples that share one mean; texts have means from ``FIRST_TEXT`` on, ``BETWEEN`` apart.
BLOCK, FIRST_TEXT, BETWEEN = 16, 3000, 20
#: The lowest bits of a sample of our voice say which call of the voice it comes from.
TAGS = 64
#: Amplitude above which the scripted voice activity takes a sound for speech.
AUDIBLE = 60


class ScriptedVad:
    """Certain of speech wherever most samples are loud; doubtful over noise."""

    def __call__(self, window: Floats) -> float:
        size = np.abs(window)
        if np.count_nonzero(size > AUDIBLE / 32768) > len(window) // 2:
            return 0.95
        return 0.3 if np.count_nonzero(size) > len(window) // 2 else 0.02


@dataclass
class Script:
    """How the scripted engines behave. Times are in seconds; ``token_seconds`` and ``voice_rate`` are per token and per
    second of speech. ``fail`` names what breaks (asr, llm or tts), after ``fail_after`` outputs, ``plainly`` or not.
    The model falls silent for ``stall`` seconds after ``stall_after`` tokens. ``language`` is what the ears detect.
    """

    asr_seconds: float = 0.02
    first_token: float = 0.05
    token_seconds: float = 0.01
    voice_first: float = 0.03
    voice_rate: float = 0.05
    unsure: bool = False
    language: str = "sn"
    hour: int = 10
    stall: float = 0.0
    stall_after: int = 3
    replies: dict[str, str] = field(default_factory=dict)
    default_reply: str = "Ndatenda. Ndingakubatsirei nei nhasi?"
    fail: str = ""
    fail_after: int = 0
    plainly: bool = False

    def break_if(self, part: str, outputs: int = 0) -> None:
        """Raise if ``part`` is to break now that it has given so many outputs."""
        if self.fail == part and outputs >= self.fail_after:
            raise EngineFailed("Scripted failure.") if self.plainly else RuntimeError("scripted failure")


async def work(seconds: float) -> None:
    """Take ``seconds``, and as many CPU seconds by the meter of whoever asked."""
    meter = METER.get()
    if meter is not None:
        meter.add(seconds)
    await asyncio.sleep(seconds)


class Texts:
    """Texts carried as the mean of every ``BLOCK`` samples."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def spoken(self, text: str, seconds: float) -> Pcm:
        """A sound of that length that holds ``text``: syllables of noise on the text's mean."""
        if text not in self._texts:
            self._texts.append(text)
        sound = noise(seconds, 1500)
        return Pcm(sound.samples + np.int16(FIRST_TEXT + BETWEEN * self._texts.index(text)), sound.rate)

    def read(self, speech: Pcm) -> str:
        blocks = speech.samples[: len(speech.samples) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(1)
        found = np.rint((blocks - FIRST_TEXT) / BETWEEN).astype(int)
        words = found[(found >= 0) & (found < len(self._texts))]
        changes = np.flatnonzero(np.diff(words)) + 1
        return " ".join(self._texts[words[at]] for at in (0, *changes.tolist())) if len(words) else ""


def noise(seconds: float, loudness: int) -> Pcm:
    """Noise in syllables of 120 ms, each louder or fainter; the mean of every block is zero."""
    random = np.random.default_rng(round(seconds * 1000) + loudness)
    blocks = round(seconds * LISTENING_RATE / BLOCK)
    syllables = np.repeat(random.uniform(0.3, 1.0, blocks // 120 + 1), 120)[:blocks, None]
    half = random.uniform(-loudness, loudness, (blocks, BLOCK // 2)) * syllables
    return Pcm(np.concatenate([half, -half], 1).astype(np.int16).reshape(-1), LISTENING_RATE)


def _word_sounds() -> list[Pcm]:
    """80 ms each of noise, coloured and as loud as chance will have it."""
    random = np.random.default_rng(1)
    sounds = []
    for _ in range(32):
        white = random.uniform(-1, 1, round(0.08 * RATE) + 1)
        coloured = white[1:] + random.uniform(-0.9, 0.9) * white[:-1]
        sounds.append(Pcm((coloured * random.uniform(300, 1000)).astype(np.int16), RATE))
    return sounds


WORD_SOUNDS = _word_sounds()


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
        await work(self.script.asr_seconds)
        self.script.break_if("asr")
        text, spoken = self.texts.read(speech), language or self.script.language
        yield TranscriptChunk(text, spoken, final=True, unsure=self.script.unsure)


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
        await work(self.script.first_token)
        for count, word in enumerate(self.script.replies.get(messages[-1].text, self.script.default_reply).split(" ")):
            self.script.break_if("llm", count)
            if self.script.stall and count == self.script.stall_after:
                await work(self.script.stall)
            yield TokenChunk(word + " ")
            await work(self.script.token_seconds)

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        await asyncio.sleep(0)


@dataclass
class ScriptedVoice:
    """80 ms of noise a word, tagged with the number of the call."""

    script: Script
    name: str = "scripted voice"
    languages: frozenset[str] = frozenset({"sn", "en"})
    licence: str = "none"
    cost: Cost = field(default_factory=Cost)
    calls: int = 0

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        self.calls += 1
        tag = np.int16(self.calls % TAGS)
        await work(self.script.voice_first)
        for count, word in enumerate(text.split()):
            self.script.break_if("tts", count)
            await work(0.08 * self.script.voice_rate)
            sound = WORD_SOUNDS[(len(word) + 7 * count + 5 * self.calls) % len(WORD_SOUNDS)].samples
            yield Pcm((sound & ~np.int16(TAGS - 1)) | tag, RATE)


class TracedSpeaker(Speaker):
    """Remembers for which generation each call of the voice was made."""

    def __init__(self) -> None:
        super().__init__(RATE)
        self.made_for: dict[int, int] = {}

    async def write(self, generation: int, audio: Pcm) -> bool:
        for tag in np.unique(audio.samples & (TAGS - 1)).tolist():
            self.made_for[tag] = generation
        return await super().write(generation, audio)
