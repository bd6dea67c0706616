"""A recogniser in this process that hears one window at a time: what every such engine has in common."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from izwi.asr.windows import is_silent, windows
from izwi.audio import LISTENING_RATE, Floats, Pcm
from izwi.engines import Cancelled, Cost, TranscriptChunk, never, require_language
from izwi.offload import stream

#: A text less sure than this asks to hear it again.
UNSURE = 0.4
#: Seconds of a window left free: resampling and padding may add a few samples.
SPARE = 0.2


@dataclass(frozen=True, slots=True)
class Heard:
    """One window's text: ``confidence`` in [0, 1]; ``score`` compares the same window heard in other languages."""

    text: str
    language: str
    confidence: float
    unsure: bool = False
    score: float = 0.0


class Windowed(ABC):
    """An ``ASR`` with a thread of its own. ``window``: the seconds of speech the model hears at once.

    ``respelled`` gives a final text (and its language) the spelling to hand on; without it, it stays as heard.
    """

    name = "windowed"
    respelled: Callable[[str, str], str] | None = None

    def __init__(self, languages: frozenset[str], window: float) -> None:
        self.languages, self.window = languages, window
        self.cost = Cost()
        self._worker = ThreadPoolExecutor(1, self.name)

    @abstractmethod
    def _hear(self, samples: Floats, language: str | None) -> Heard:
        """What one window (float32, 16 kHz) says, in the thread; the likeliest of our languages where none is given."""

    async def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        """See ``ASR``. A text grows window by window; each window is one partial chunk, the last chunk is final."""
        if language is not None:
            require_language(self.name, language, self.languages)
        speech = speech.resampled(LISTENING_RATE)
        async for chunk in stream(lambda gone: self._transcribe(speech, language, cancelled, gone), self._worker):
            yield chunk

    def _transcribe(
        self, speech: Pcm, language: str | None, cancelled: Cancelled, abandoned: Cancelled
    ) -> Iterator[TranscriptChunk]:
        started = time.perf_counter()
        first = 0.0
        heard: list[Heard] = []
        for samples in windows(speech, self.window - SPARE):
            if cancelled() or abandoned():
                return
            if is_silent(samples):
                continue
            heard.append(self._hear(samples, language or (heard[0].language if heard else None)))
            first = first or time.perf_counter() - started
            yield _joined(heard, final=False)
        if speech.seconds and first:
            self.cost.learn(first, (time.perf_counter() - started) / speech.seconds)
        if not cancelled():
            chunk = _joined(heard, final=True, fallback=language or min(self.languages))
            yield replace(chunk, text=self.respelled(chunk.text, chunk.language)) if self.respelled else chunk


def _joined(heard: Sequence[Heard], final: bool, fallback: str = "sn") -> TranscriptChunk:
    said = [window for window in heard if window.text]
    return TranscriptChunk(
        text=" ".join(window.text for window in said),
        language=heard[0].language if heard else fallback,
        final=final,
        confidence=min((window.confidence for window in said), default=1.0),
        unsure=any(window.unsure for window in said),
    )
