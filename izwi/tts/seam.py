"""Where one voice broke in the middle of a phrase, another goes on: nothing is said twice, nothing left out.

Nobody can take back what was heard, and a voice does not tell how far in its text it is. But both voices say the same
words: the next one says the whole phrase unheard, what was heard is found in it by dynamic time warping (Sakoe and
Chiba 1978; open end), and it is heard from there on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from izwi.audio import Floats, Pcm, from_floats, join
from izwi.tts.finish import in_pieces
from izwi.tts.post import crossfade

Bands = npt.NDArray[np.float64]

#: Seconds at most that are kept back, so that a voice that breaks leaves by a quiet moment and not inside a syllable.
KEPT = 0.3
#: A moment this far below the loudest is quiet (a factor; −20 dB).
QUIET = 0.1
#: Voices are compared at this rate (Hz), in steps of 10 ms, in this many bands.
RATE, STEP, COUNT = 16_000, 160, 24
#: Power this far below the strongest band's greatest is silence (a factor; −50 dB).
FLOOR = 1e-5
#: What the level of a frame weighs beside its shape.
LEVEL = 4.0
#: What it costs the path, per step, to hurry or to wait (a frame differs from a wrong one by about 1).
UNEVEN = 0.2
#: The other voice goes on at a quiet moment within so many steps of the place found; a step away counts as this much
#: of its loudest.
SNAP, FAR = 6, 0.01
#: Steps of speech that can be found again in another voice.
LEAST = 15
#: Seconds in which the one fades out and the other in.
FADE = 0.01


class Seam:
    """The way out for one phrase. `push` what the voice gives; `broke` when it breaks; `flush` at the end."""

    def __init__(self) -> None:
        self._out: list[Pcm] = []
        self._back: list[Pcm] = []
        #: Sound of the voice that goes on, and what was kept back when the one before it broke.
        self._other: list[Pcm] = []
        self._fading: Floats = np.zeros(0, np.float32)
        self.broken = False
        #: Seconds that may be kept back: none of a voice that is hardly ahead of the listener.
        self.kept = KEPT

    def push(self, piece: Pcm) -> Iterator[Pcm]:
        """What may be heard now. The first piece leaves whole; after a break nothing does before `flush`."""
        if self.broken:
            self._other.append(piece)
            return
        held = join([*self._back, piece])
        end = len(held.samples) if not self._out else quiet_end(held, self.kept)
        yield from self._let(Pcm(held.samples[:end], held.rate))
        self._back = [Pcm(held.samples[end:], held.rate)]

    def broke(self) -> None:
        """The voice is gone. What it kept back is not heard, but for its fading."""
        if not self.broken and self._out:
            self._fading = join(self._back).floats
            self.broken = True
        self._back, self._other = [], []

    def flush(self) -> Iterator[Pcm]:
        """The end of the phrase, from where it was heard to."""
        if not self.broken:
            yield from self._let(join(self._back)) if self._back else ()
            return
        heard, whole = join(self._out), join(self._other)
        goes_on = whole.resampled(heard.rate).floats[round(whereabouts(heard, whole) * heard.rate) :]
        fade = round(FADE * heard.rate)
        fading = np.pad(self._fading[:fade], (0, max(0, fade - len(self._fading))))
        yield from in_pieces(from_floats(crossfade(fading, goes_on, heard.rate, FADE), heard.rate))

    def _let(self, piece: Pcm) -> Iterator[Pcm]:
        if len(piece.samples):
            self._out.append(piece)
            yield piece


def quiet_end(speech: Pcm, kept: float = KEPT) -> int:
    """The sample of the last quiet moment in the last ``kept`` seconds; the end of ``speech`` where there is none."""
    step = speech.rate // 100
    level = _levels(speech.floats, step)
    if not len(level):
        return len(speech.samples)
    quiet = np.flatnonzero(level < QUIET * level.max())
    if not len(quiet) or len(level) - quiet[-1] > 100 * kept:
        return len(speech.samples)
    return int(quiet[-1] + 1) * step


def whereabouts(heard: Pcm, whole: Pcm) -> float:
    """Seconds into ``whole`` at which it has said what ``heard`` said: the same words in another voice and pace."""
    ours, theirs = bands(heard), bands(whole)
    if not len(theirs):
        return 0.0
    level = _levels(whole.resampled(RATE).floats, STEP)
    last = round(heard.seconds * RATE / STEP) - 1  # of too little to be recognised by: as long into either
    if len(ours) >= LEAST:
        last = _open_ended(ours, theirs) + 2  # the last step of the window that ends where ``heard`` does
    last = min(last, len(level) - 1)
    steps = np.arange(max(0, last - SNAP), min(len(level), last + SNAP + 1))
    loud = level[steps] / (level.max() + 1e-9)
    return float((steps[np.argmin(loud + FAR * np.abs(steps - last))] + 1) * STEP / RATE)


def bands(speech: Pcm) -> Bands:
    """Log energy in bands evenly spaced in mel beside the level of them all: shape ``(n, COUNT + 1)``, 10 ms a row."""
    samples = speech.resampled(RATE).floats
    count = len(samples) // STEP - 2
    if count < 2:
        return np.zeros((0, COUNT + 1))
    windows = np.lib.stride_tricks.sliding_window_view(samples, 3 * STEP)[::STEP][:count] * np.hanning(3 * STEP)
    power = np.abs(np.fft.rfft(windows, 512)) ** 2
    mels = np.linspace(np.log1p(150 / 700), np.log1p(6500 / 700), COUNT + 1)
    edges = np.round(np.expm1(mels) * 700 * 512 / RATE).astype(int)
    found = np.stack([power[:, low : max(high, low + 1)].mean(1) for low, high in pairwise(edges)], 1)
    logs = np.log(found + FLOOR * found.max() + 1e-12)
    level, spread = logs.mean(1, keepdims=True), logs.std() + 1e-6
    shape: Bands = np.hstack([logs - level, LEVEL * (level - level.max())]) / spread
    return shape


def _open_ended(ours: Bands, theirs: Bands) -> int:
    """The row of ``theirs`` at which all of ``ours`` has been said.

    A step of ``ours`` takes none, one or two of ``theirs``; every path has as many steps, so their costs compare.
    """
    costs = np.sqrt(np.mean((ours[:, None, :] - theirs[None, :, :]) ** 2, axis=2))
    total = np.full(len(theirs) + 2, np.inf)
    total[2] = costs[0, 0]
    for row in costs[1:]:
        stay, step, leap = total[2:] + UNEVEN, total[1:-1], total[:-2] + UNEVEN
        total[2:] = row + np.minimum(np.minimum(stay, step), leap)
    return int(np.argmin(total[2:]))


def _levels(samples: Floats, step: int) -> Floats:
    """Root mean square of every ``step`` samples."""
    whole = samples[: len(samples) // step * step].reshape(-1, step)
    levels: Floats = np.sqrt(np.mean(whole**2, axis=1))
    return levels
