"""A caller: speaks recordings at the pace of a microphone, and notes when which sound and message arrived."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from itertools import pairwise
from typing import Any

import numpy as np

from izwi.audio import Floats, Samples
from izwi.bench.users import AUDIBLE, RATE, Recording
from izwi.faults import BadInput

FRAME = RATE // 50
#: What a microphone still gives in a quiet room, in dBFS.
ROOM = -70.0
#: Seconds without a frame taken from the microphone after which nobody listens any more.
HUNG_UP = 15.0


class Microphone:
    """Gives a quiet room, or what was queued, in frames of 20 ms; knows when each queued sound was spoken."""

    def __init__(self) -> None:
        self._queue: deque[tuple[Samples, asyncio.Future[float]]] = deque()
        self._at = 0
        self._frames = 0
        self._start = 0.0
        self._room = np.random.default_rng(0)

    def say(self, samples: Samples) -> asyncio.Future[float]:
        """Queue a sound; the future gives the moment (``time.perf_counter``) at which its first sample is spoken."""
        began: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._queue.append((samples, began))
        return began

    async def frame(self) -> Samples:
        """The next frame, when it is due. A microphone hands a frame over when it is full, spoken just before."""
        now = time.perf_counter()
        self._start = self._start or now
        await asyncio.sleep(max(0.0, self._start + self._frames * FRAME / RATE - now))
        self._frames += 1
        if not self._queue:
            return (10 ** (ROOM / 20) * 32768 * self._room.standard_normal(FRAME)).astype(np.int16)
        samples, began = self._queue[0]
        if not began.done():
            began.set_result(time.perf_counter() - FRAME / RATE)
        piece = samples[self._at : self._at + FRAME]
        self._at += FRAME
        if self._at >= len(samples):
            self._queue.popleft()
            self._at = 0
        return np.pad(piece, (0, FRAME - len(piece)))


class Caller(ABC):
    """One call. ``sounds`` holds (moment, audible) for every 5 ms received, ``messages`` (moment, message).

    A kind of line brings ``connect``, and tells ``received`` and ``told_us`` what arrives.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.microphone = Microphone()
        self.sounds: list[tuple[float, bool]] = []
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self.tasks: list[asyncio.Task[None]] = []

    @abstractmethod
    async def connect(self) -> None:
        """Raises ``RuntimeError`` when the server refuses or does not answer."""

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def received(self, sound: Floats, rate: int, at: float) -> None:
        """Sound (full scale 1) that arrived at ``at`` and is played from then on."""
        size = rate // 200
        frames = sound[: len(sound) // size * size].reshape(-1, size).astype(np.float64)
        for place, level in enumerate(10 * np.log10((frames**2).mean(1) + 1e-12)):
            self.sounds.append((at + place * size / rate, bool(level > AUDIBLE)))

    def told_us(self, message: dict[str, Any]) -> None:
        """A message of the server's has arrived now."""
        self.messages.append((time.perf_counter(), message))

    async def say(self, recording: Recording) -> tuple[float, float]:
        """Speak; returns the moments of its first and last audible sample."""
        return await self.play(recording.audio.samples, recording.first, recording.last)

    async def play(self, samples: Samples, first: int = 0, last: int | None = None) -> tuple[float, float]:
        """Let the microphone hear ``samples``; returns the moments of ``first`` and ``last``. Raises ``BadInput``."""
        try:
            began = await asyncio.wait_for(self.microphone.say(samples), HUNG_UP)
        except TimeoutError:
            raise BadInput("the server under test has hung up; its complaint stands above") from None
        end = began + (len(samples) if last is None else last) / RATE
        await asyncio.sleep(end - time.perf_counter())
        return began + first / RATE, end

    def heard_after(self, moment: float) -> float | None:
        """The moment of the first audible sound received after ``moment``."""
        return next((at for at, loud in self.sounds if loud and at > moment), None)

    async def wait_for_sound(self, moment: float, patience: float = 15.0) -> float | None:
        """As ``heard_after``, waiting for it."""
        while (heard := self.heard_after(moment)) is None:
            if time.perf_counter() > moment + patience:
                return None
            await asyncio.sleep(0.01)
        return heard

    async def wait_for_quiet(self, seconds: float = 1.2, patience: float = 60.0) -> float:
        """Wait until nothing has been audible for ``seconds``; returns the moment of the last sound."""
        end = time.perf_counter() + patience
        while True:
            last = next((at for at, loud in reversed(self.sounds) if loud), 0.0)
            if time.perf_counter() - last > seconds or time.perf_counter() > end:
                return last
            await asyncio.sleep(0.05)

    def sounded(self, start: float, end: float) -> bool:
        """Whether anything audible was received between two moments."""
        return any(loud and start < at < end for at, loud in self.sounds)

    def fell_silent(self, moment: float, gap: float = 0.25) -> float | None:
        """The moment of the last sound before the first silence of ``gap`` seconds that ends after ``moment``."""
        loud = [at for at, audible in self.sounds if audible and at > moment - gap]
        return next((at for at, after in pairwise([*loud, float("inf")]) if after - at > gap), None)

    def told(self, kind: str, after: float) -> list[tuple[float, dict[str, Any]]]:
        """The server's messages of one type after a moment."""
        return [(at, message) for at, message in self.messages if at > after and message.get("type") == kind]
