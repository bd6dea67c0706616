"""Cut a long recording into windows a model can hear at once, at its pauses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from izwi.audio import LISTENING_RATE, Floats, Pcm

HOP = LISTENING_RATE // 50  # 20 ms
PAUSE = 10  # hops: 200 ms
#: Louder than this for 40 ms somewhere, else nothing was said (dBFS).
FLOOR = -55.0


def windows(speech: Pcm, longest: float) -> Iterator[Floats]:
    """Pieces of at most ``longest`` seconds (float32, 16 kHz), each cut at the quietest 200 ms of its second half."""
    limit = int(longest * LISTENING_RATE)
    start = 0
    while len(speech.samples) - start > limit:
        end = _quietest(speech, start + limit // 2, start + limit)
        yield _floats(speech, start, end)
        start = end
    if start < len(speech.samples):
        yield _floats(speech, start, len(speech.samples))


def _floats(speech: Pcm, start: int, end: int) -> Floats:
    return speech.samples[start:end].astype(np.float32) / 32768.0


def _power(samples: Floats) -> Floats:
    """Mean square of every 20 ms, shape ``(len // 320,)``."""
    whole = len(samples) // HOP * HOP
    return np.asarray(np.mean(np.square(samples[:whole].reshape(-1, HOP)), axis=1), np.float32)


def _quietest(speech: Pcm, first: int, last: int) -> int:
    """Middle of the quietest 200 ms between two sample positions."""
    level = np.convolve(_power(_floats(speech, first, last)), np.ones(PAUSE), "valid")
    return first + (int(level.argmin()) + PAUSE // 2) * HOP


def is_silent(samples: Floats) -> bool:
    """True when no 40 ms reach ``FLOOR``: digital silence, a muted microphone, room hiss."""
    power = _power(samples)
    if len(power) < 2:
        return True
    return bool(10 * np.log10(np.max((power[1:] + power[:-1]) / 2) + 1e-12) < FLOOR)
