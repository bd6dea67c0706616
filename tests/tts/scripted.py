"""A voice that does what a script says, for the ladder's logic in virtual time."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from izwi.audio import Pcm
from izwi.engines import TTS, Cancelled, Cost, EngineFailed, Style, never
from izwi.tts.attempt import Rung
from izwi.tts.breaker import Breaker

RATE = 16_000
TEXT = "Mangwanani, marara here shamwari yangu?"


def tone(seconds: float, pitch: int, rate: int = RATE) -> Pcm:
    """A harmonic sound; its pitch tells the voice."""
    t = np.arange(round(seconds * rate)) / rate
    wave = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in (1, 2, 3))
    return Pcm((6000 * wave).astype(np.int16), rate)


@dataclass
class Scripted:
    """Waits ``first`` seconds, then gives ``pieces`` of 0.25 s every ``gap`` seconds; ``breaks`` after so many of them.

    ``deaf`` voices go on although they were told to stop, and though their task is cancelled.
    """

    name: str
    pitch: int
    first: float = 0.1
    gap: float = 0.01
    pieces: int = 4
    breaks: int | None = None
    hangs: int | None = None
    deaf: bool = False
    languages: frozenset[str] = frozenset({"sn", "en"})
    licence: str = "none"
    cost: Cost = field(default_factory=Cost)
    calls: int = 0
    speaking: int = 0
    most: int = 0

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        self.calls += 1
        self.speaking += 1
        self.most = max(self.most, self.speaking)
        try:
            await self._sleep(self.first)
            for number in range(self.pieces):
                if number == self.hangs:
                    await self._sleep(1e6)
                if number == self.breaks:
                    raise EngineFailed("scripted to break")
                if cancelled() and not self.deaf:
                    return
                yield tone(0.25, self.pitch)
                await self._sleep(self.gap)
            if self.breaks == self.pieces:
                raise EngineFailed("scripted to break")
        finally:
            self.speaking -= 1

    async def _sleep(self, seconds: float) -> None:
        end = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                await asyncio.sleep(max(0.0, end - asyncio.get_running_loop().time()))
                return
            except asyncio.CancelledError:
                if not self.deaf:
                    raise


def who(pieces: Iterable[Pcm]) -> list[int]:
    """The pitch of every piece: which voice spoke it."""
    found = []
    for piece in pieces:
        spectrum = np.abs(np.fft.rfft(piece.floats))
        found.append(round(float(np.argmax(spectrum)) * piece.rate / len(piece.samples)))
    return found


def now() -> float:
    return asyncio.get_running_loop().time()


def rungs(voices: Sequence[Scripted], trusted: bool = True) -> list[Rung]:
    return [Rung(voice, trusted, "1", Breaker(asyncio.get_running_loop().time)) for voice in voices]


async def say(ladder: TTS, text: str = TEXT, language: str = "sn", style: Style = Style()) -> tuple[list[int], float]:
    """Who spoke each piece, and the seconds until the first."""
    started, first, pieces = now(), 0.0, []
    async for piece in ladder.synthesize_stream(text, language, style):
        first = first or now() - started
        pieces.append(piece)
    return who(pieces), first
