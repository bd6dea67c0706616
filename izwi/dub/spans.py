"""Where somebody speaks in a clip: silero-vad's probabilities, cut into segments, edges drawn to where sound begins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from izwi.audio import LISTENING_RATE, Floats
from izwi.turns.vad import WINDOW, SileroVad

#: Speech begins above, and ends below, these probabilities.
BEGINS, ENDS = 0.5, 0.35
#: Seconds: a pause that parts segments, the least speech worth a segment, and the longest segment (the embedded
#: recogniser hears 8 s at once).
PAUSE, LEAST, LONGEST = 0.3, 0.2, 7.0
#: Edges are looked for this many seconds around silero's, in frames ``WIDTH`` seconds long and ``FRAME`` apart, in
#: bands between these frequencies (Hz): ``ABOVE`` dB and ``DEVIATIONS`` standard deviations over the noise.
AROUND, FRAME, WIDTH = 0.16, 0.01, 0.03
BANDS = (80, 250, 700, 1800, 4000, 8000)
ABOVE, DEVIATIONS = 5.0, 2.5
#: Samples heard before somebody else may have the machine (10 s of sound).
BLOCK = 312 * WINDOW

Span = tuple[float, float]


async def speech(sound: Floats, give_way: Callable[[], Awaitable[None]]) -> list[Span]:
    """Start and end (seconds) of every segment of ``sound`` (16 kHz, [−1, 1]), in order; none when nobody speaks.

    It gives way before each block of ``BLOCK`` samples.
    """
    vad = SileroVad()
    windows = np.pad(sound, (0, -len(sound) % WINDOW)).reshape(-1, WINDOW).astype(np.float32)
    chances: list[float] = []
    for first in range(0, len(windows), BLOCK // WINDOW):
        await give_way()
        block = windows[first : first + BLOCK // WINDOW]
        chances += await asyncio.to_thread(_heard, vad, block)
    return await asyncio.to_thread(cut, sound, np.array(chances, np.float32))


def _heard(vad: SileroVad, windows: Floats) -> list[float]:
    return [vad(window) for window in windows]


def cut(sound: Floats, chances: Floats) -> list[Span]:
    """Segments from the probability of speech in each window of ``WINDOW`` samples."""
    levels = _levels(sound)
    audible, level = _audible(levels, chances), levels.mean(axis=1)
    total = len(sound) / LISTENING_RATE
    spans: list[Span] = []
    for start, end in _joined(_runs(chances)):
        if end - start < LEAST:
            continue
        pieces = _pieces(level, start, end)
        drawn = [(_onset(audible, pieces[0][0]), pieces[0][1]), *pieces[1:]]
        drawn[-1] = (drawn[-1][0], min(total, _offset(audible, drawn[-1][1])))
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


def _levels(sound: Floats) -> Floats:
    """Level in dB of each frame in each band, ``(frames, bands)``; frames are ``FRAME`` apart, ``WIDTH`` long."""
    hop, size = round(FRAME * LISTENING_RATE), round(WIDTH * LISTENING_RATE)
    padded = np.pad(sound, (size // 2, size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][: len(sound) // hop]
    edges = np.searchsorted(np.fft.rfftfreq(size, 1 / LISTENING_RATE), BANDS)
    window = np.hanning(size).astype(np.float32)
    found = np.zeros((len(frames), len(BANDS) - 1), np.float32)
    for first in range(0, len(frames), 1000):  # ten minutes at once would take a gigabyte
        power = np.abs(np.fft.rfft(frames[first : first + 1000] * window)) ** 2
        for band, (low, high) in enumerate(pairwise(edges)):
            found[first : first + 1000, band] = power[:, low:high].mean(axis=1)
    return np.asarray(10 * np.log10(found + 1e-9), np.float32)


def _audible(levels: Floats, chances: Floats) -> npt.NDArray[np.bool_]:
    """Frames where some band stands out of what is heard where nobody speaks (or in the quietest tenth of all)."""
    frames = np.minimum((np.arange(len(levels)) * FRAME * LISTENING_RATE / WINDOW).astype(int), len(chances) - 1)
    quiet = levels[chances[frames] < 0.1]
    if len(quiet) < 20:
        quiet = levels[levels.mean(axis=1) <= np.quantile(levels.mean(axis=1), 0.1)]
    limit = quiet.mean(axis=0) + np.maximum(ABOVE, DEVIATIONS * quiet.std(axis=0))
    return np.asarray((levels > limit).any(axis=1))


def _onset(audible: npt.NDArray[np.bool_], start: float) -> float:
    """The frame before the first two audible ones near ``start`` (the softest sounds drown), or ``start``."""
    first = max(0, round((start - AROUND) / FRAME))
    near = audible[first : round((start + AROUND) / FRAME)]
    lasting = np.flatnonzero(near[:-1] & near[1:])
    return float(max(0, first + lasting[0] - 1) * FRAME) if len(lasting) else start


def _offset(audible: npt.NDArray[np.bool_], end: float) -> float:
    """The end of the last two audible frames near ``end``, or ``end``."""
    first = max(0, round((end - AROUND) / FRAME))
    near = audible[first : round((end + AROUND) / FRAME)]
    lasting = np.flatnonzero(near[:-1] & near[1:])
    return float((first + lasting[-1] + 2) * FRAME) if len(lasting) else end


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
