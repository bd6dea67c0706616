"""Pitch and tempo for voices that cannot change theirs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import numpy as np

from izwi.audio import Floats, Pcm, from_floats, join

#: A change smaller than this is not heard.
LEAST = 0.02


class PitchShift:
    """Raise the pitch by ``factor`` by playing faster (speech synthesised that much longer keeps its tempo).

    A stream, at no delay; the timbre moves with the pitch, which small factors bear.
    """

    def __init__(self, rate: int, factor: float) -> None:
        self._stream: Any = None
        if abs(factor - 1.0) > 1e-3:
            import soxr

            self._stream = soxr.ResampleStream(rate * factor, rate, 1, dtype="float32")

    def push(self, samples: Floats, last: bool = False) -> Floats:
        if self._stream is None:
            return samples
        shifted: Floats = self._stream.resample_chunk(samples, last=last)
        return shifted


async def reshaped(raw: AsyncGenerator[Pcm], tempo: float, pitch: float) -> AsyncGenerator[Pcm]:
    """``raw`` spoken ``tempo`` times as fast and ``pitch`` times as high, by python-stretch (Signalsmith Stretch).

    That library wants a phrase whole, so where there is something to change the first sound waits for the last.
    """
    async with aclosing(raw):
        if max(abs(tempo - 1), abs(pitch - 1)) < LEAST:
            async for piece in raw:
                yield piece
            return
        pieces = [piece async for piece in raw]
    if not pieces:
        return
    from python_stretch.Signalsmith import Stretch

    whole = join(pieces)
    stretch = Stretch(1)  # seeded: the same sound each time
    stretch.preset(1, whole.rate)
    stretch.timeFactor = tempo
    stretch.setTransposeFactor(pitch)
    yield from_floats(np.asarray(stretch.process(whole.floats[None]), np.float32)[0], whole.rate)
