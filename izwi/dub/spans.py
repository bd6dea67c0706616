"""Where somebody speaks in a clip: silero-vad's probabilities, cut into segments, edges drawn to where sound begins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np

from izwi.audio import LISTENING_RATE, Floats
from izwi.turns.vad import WINDOW, SileroVad

#: Speech begins above, and ends below, these probabilities.
BEGINS, ENDS = 0.5, 0.35
#: Seconds: a pause that parts segments, the least speech worth a segment, and the longest segment (the embedded
#: recogniser hears 8 s at once).
PAUSE, LEAST, LONGEST = 0.3, 0.2, 7.0
#: Edges are looked for this many seconds around silero's, in frames of ``FRAME`` seconds, ``ABOVE`` dB over the noise.
AROUND, FRAME, ABOVE = 0.16, 0.01, 6.0
#: Windows heard before somebody else may have the machine (about 10 s of sound).
BLOCK = 312

Span = tuple[float, float]


async def speech(sound: Floats, give_way: Callable[[], Awaitable[None]]) -> list[Span]:
    """Start and end (seconds) of every segment of ``sound`` (16 kHz, [−1, 1]), in order; none when nobody speaks."""
    vad = SileroVad()
    windows = np.pad(sound, (0, -len(sound) % WINDOW)).reshape(-1, WINDOW).astype(np.float32)
    chances: list[float] = []
    for first in range(0, len(windows), BLOCK):
        await give_way()
        block = windows[first : first + BLOCK]
        chances += await asyncio.to_thread(_heard, vad, block)
    return await asyncio.to_thread(cut, sound, np.array(chances, np.float32))


def _heard(vad: SileroVad, windows: Floats) -> list[float]:
    return [vad(window) for window in windows]


def cut(sound: Floats, chances: Floats) -> list[Span]:
    """Segments from the probability of speech in each window of ``WINDOW`` samples."""
    level = _level(sound)
    floor = _floor(level, chances)
    total = len(sound) / LISTENING_RATE
    spans: list[Span] = []
    for start, end in _joined(_runs(chances)):
        if end - start < LEAST:
            continue
        pieces = _pieces(level, start, end)
        drawn = [(_onset(level, floor, pieces[0][0]), pieces[0][1]), *pieces[1:]]
        drawn[-1] = (drawn[-1][0], min(total, _offset(level, floor, drawn[-1][1])))
        before = spans[-1][1] if spans else 0.0
        spans += [(max(start, before), end) for start, end in drawn if end > max(start, before)]
    return spans


def _runs(chances: Floats) -> list[Span]:
    runs: list[Span] = []
    start, seconds = -1, WINDOW / LISTENING_RATE
    for at, chance in enumerate(chances.tolist()):
        if start < 0 and chance >= BEGINS:
            start = at
        elif start >= 0 and chance < ENDS:
            runs.append((start * seconds, at * seconds))
            start = -1
    if start >= 0:
        runs.append((start * seconds, len(chances) * seconds))
    return runs


def _joined(runs: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in runs:
        if joined and start - joined[-1][1] < PAUSE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _level(sound: Floats) -> Floats:
    """Level in dB of every ``FRAME``, above 100 Hz or so (a difference takes the rumble away)."""
    clear = np.diff(sound, prepend=sound[:1])
    size = round(FRAME * LISTENING_RATE)
    frames = clear[: len(clear) // size * size].reshape(-1, size)
    return np.asarray(10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-10), np.float32)


def _floor(level: Floats, chances: Floats) -> float:
    """The level where nobody speaks: the median there, else the quietest tenth of all."""
    frames = np.minimum((np.arange(len(level)) * FRAME * LISTENING_RATE / WINDOW).astype(int), len(chances) - 1)
    quiet = level[chances[frames] < 0.1]
    return float(np.median(quiet)) if len(quiet) > 10 else float(np.quantile(level, 0.1)) if len(level) else -100.0


def _onset(level: Floats, floor: float, start: float) -> float:
    """The first of three frames in a row above the noise, near ``start``; ``start`` when there are none."""
    first = max(0, round((start - AROUND) / FRAME))
    loud = level[first : round((start + AROUND) / FRAME)] > floor + ABOVE
    lasting = np.flatnonzero(loud[:-2] & loud[1:-1] & loud[2:])
    return float((first + lasting[0]) * FRAME) if len(lasting) else start


def _offset(level: Floats, floor: float, end: float) -> float:
    first = max(0, round((end - AROUND) / FRAME))
    loud = np.flatnonzero(level[first : round((end + AROUND) / FRAME)] > floor + ABOVE)
    return float((first + loud[-1] + 1) * FRAME) if len(loud) else end


def _pieces(level: Floats, start: float, end: float) -> list[Span]:
    """``start`` to ``end`` in pieces of at most ``LONGEST``, cut at the quietest 200 ms of each second half."""
    pieces = []
    while end - start > LONGEST:
        first, last = round((start + LONGEST / 2) / FRAME), round((start + LONGEST) / FRAME)
        smooth = np.convolve(level[first:last], np.ones(20) / 20, "valid")
        middle = float((first + int(smooth.argmin()) + 10) * FRAME)
        pieces.append((start, middle))
        start = middle
    return [*pieces, (start, end)]
