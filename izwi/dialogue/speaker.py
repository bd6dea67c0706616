"""The last door before the loudspeaker: one connection's outgoing voice, fenced by generation.

Audio enters with the generation it was made for; whatever is older than the current one is dropped here, so an
abandoned reply can never be heard, whatever its thread still does. What left is counted, so it is known what was heard.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from izwi.audio import Pcm, Resampler, Samples


@dataclass
class Heard:
    """The account of one generation: samples let in, samples sent out, and where each phrase ends."""

    let_in: int = 0
    sent: int = 0
    phrases: list[tuple[int, str]] = field(default_factory=list)

    def text(self, samples: int) -> str:
        """The words that fit into the first ``samples`` samples: whole phrases, and a proportional part of the last."""
        words: list[str] = []
        start = 0
        for end, phrase in self.phrases:
            share = min(1.0, max(0.0, (samples - start) / max(1, end - start)))
            spoken = phrase.split()
            words += spoken[: round(share * len(spoken))]
            start = end
        return " ".join(words)


class Speaker:
    """Bounded buffer of PCM at ``rate`` Hz. All methods are for the event loop's thread.

    ``started`` is called when the first sample of a generation leaves, ``cleared`` when a generation is cut off, and
    ``left`` with everything that leaves.
    """

    def __init__(self, rate: int, ahead: float = 20.0, started: Callable[[int], None] = lambda _: None) -> None:
        self.rate = rate
        self.generation = 0
        self.heard = Heard()
        self.started = started
        self.cleared: Callable[[], None] = lambda: None
        self.left: Callable[[Pcm], None] = lambda _: None
        self._ahead = round(ahead * rate)
        self._queue: deque[Samples] = deque()
        self._queued = 0
        self._held = False
        self._resampler: Resampler | None = None  # of the phrase under way
        self._change = asyncio.Event()

    @property
    def queued(self) -> float:
        """Seconds that wait to be sent."""
        return self._queued / self.rate

    def raise_generation(self) -> int:
        """Throw away everything queued and fence off its makers; returns the new generation."""
        self.generation += 1
        self._queue.clear()
        self._queued = 0
        self._held = False
        self._resampler = None
        self.heard = Heard()
        self._changed()
        self.cleared()
        return self.generation

    def hold(self, on: bool) -> None:
        """While held nothing leaves; a new generation is not held."""
        self._held = on
        self._changed()

    async def write(self, generation: int, audio: Pcm) -> bool:
        """Queue ``audio``, waiting while the buffer is full. False (and nothing queued) if ``generation`` is over."""
        await self._until(lambda: generation != self.generation or self._queued < self._ahead)
        if generation != self.generation:
            return False
        if self._resampler is None or self._resampler.source != audio.rate:
            self._end_of_stream()
            self._resampler = Resampler(audio.rate, self.rate)
        self._let_in(self._resampler.push(audio.samples))
        return True

    def end_phrase(self, generation: int, text: str) -> None:
        """Note that all of ``text`` has been written."""
        if generation == self.generation:
            self._end_of_stream()
            self.heard.phrases.append((self.heard.let_in, text))

    async def drained(self, generation: int) -> bool:
        """Wait until all that was written has been sent. False if the generation ended instead."""
        await self._until(lambda: generation != self.generation or not self._queued)
        return generation == self.generation

    async def read(self, most: int) -> tuple[int, Samples]:
        """The next at most ``most`` samples and their generation; waits while there is nothing to say."""
        await self._until(lambda: self._queued > 0 and not self._held)
        head = self._queue.popleft()
        if len(head) > most:
            self._queue.appendleft(head[most:])
            head = head[:most]
        self._queued -= len(head)
        first = self.heard.sent == 0
        self.heard.sent += len(head)
        self._changed()
        self.left(Pcm(head, self.rate))
        if first:
            self.started(self.generation)
        return self.generation, np.ascontiguousarray(head)

    def _let_in(self, samples: Samples) -> None:
        if len(samples):
            self._queue.append(samples)
            self._queued += len(samples)
            self.heard.let_in += len(samples)
            self._changed()

    def _end_of_stream(self) -> None:
        """What the resampler still holds of a phrase."""
        if self._resampler is not None:
            self._let_in(self._resampler.push(np.zeros(0, np.int16), last=True))
            self._resampler = None

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            await self._change.wait()

    def _changed(self) -> None:
        self._change.set()
        self._change = asyncio.Event()
