"""What is done to speech after any voice: trimmed, levelled, blended, limited, resampled; streaming.

Levels are in LUFS (ITU-R BS.1770, by pyloudnorm), lengths in seconds, samples float32 in [−1, 1] of shape ``(n,)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from izwi.audio import Floats
from izwi.tts.spectrum import Bands, Colour, Filter

#: Loudness a phrase is brought to; a reply has to lie between −23 and −16 LUFS whatever its emotion's energy.
TARGET = -19.5
#: No sample is louder than this (−1 dBFS).
CEILING = 10 ** (-1 / 20)
#: Quieter than this is silence (−46 dBFS).
SILENCE = 0.005
#: Largest correction, in dB: more would be amplifying a fault.
MOST_GAIN = 24.0

EMPTY: Floats = np.zeros(0, np.float32)


def warm() -> None:
    """Import the filters now (0.7 s), so that the first phrase does not wait for them."""
    import pyloudnorm  # noqa: F401
    import scipy.ndimage  # noqa: F401


def loudness(samples: Floats, rate: int) -> float:
    """Integrated loudness in LUFS; −70 for silence. Speech under 0.4 s, too short for the standard, is repeated."""
    import pyloudnorm

    if not len(samples) or float(np.abs(samples).max()) < 1e-5:
        return -70.0
    block = int(0.4 * rate) + 1
    measured = pyloudnorm.Meter(rate).integrated_loudness(
        samples if len(samples) >= block else np.resize(samples, block)
    )
    return max(-70.0, float(measured))


class Trim:
    """Leave out silence before the first sound and after the last; ``lead`` and ``tail`` seconds stay."""

    def __init__(self, rate: int, lead: float = 0.005, tail: float = 0.12) -> None:
        self._lead, self._tail = round(lead * rate), round(tail * rate)
        self._started = False
        self._quiet = EMPTY

    def push(self, samples: Floats) -> Floats:
        """The part of ``samples`` (and of the silence kept back) that is known to lie between two sounds."""
        together = np.concatenate([self._quiet, samples])
        loud = np.flatnonzero(np.abs(together) > SILENCE)
        if not len(loud):
            self._quiet = together if self._started else together[len(together) - min(len(together), self._lead) :]
            return EMPTY
        first = 0 if self._started else max(0, int(loud[0]) - self._lead)
        end = int(loud[-1]) + 1
        self._started, self._quiet = True, together[end:]
        return together[first:end]

    def flush(self) -> Floats:
        return self._quiet[: self._tail] if self._started else EMPTY


class Limiter:
    """A look-ahead limiter: the gain falls smoothly before a peak, so that no sample passes ``CEILING``.

    The gain at a sample is the mean over ±h of the minimum over ±2h of ``CEILING / |x|`` (h = 1 ms); every term of that
    mean has seen the sample itself, hence the mean cannot exceed what the sample needs. Delays by 3 ms.
    """

    def __init__(self, rate: int) -> None:
        self._half = max(1, rate // 1000)
        self._reach = 3 * self._half
        self._held = np.zeros(self._reach, np.float32)

    def push(self, samples: Floats, last: bool = False) -> Floats:
        joined = np.concatenate([self._held, samples, np.zeros(self._reach if last else 0, np.float32)])
        if len(joined) <= 2 * self._reach:
            self._held = joined
            return EMPTY
        self._held = joined[len(joined) - 2 * self._reach :]
        return (joined * self._gain(joined))[self._reach : len(joined) - self._reach]

    def _gain(self, joined: Floats) -> Floats:
        peak = np.abs(joined)
        if float(peak.max()) <= CEILING:
            return np.ones_like(joined)
        from scipy.ndimage import minimum_filter1d, uniform_filter1d

        need = np.minimum(1.0, CEILING / np.maximum(peak, 1e-9)).astype(np.float32)
        gain: Floats = uniform_filter1d(minimum_filter1d(need, 4 * self._half + 1), 2 * self._half + 1)
        return gain


@dataclass
class Level:
    """The loudness of a voice before levelling, in LUFS, learned as it speaks; None until it has spoken.

    With a ``colour`` its spectrum is learned too, and blended into the reference.
    """

    lufs: float | None = None
    colour: Colour | None = None

    @classmethod
    def towards(cls, reference: Bands | None) -> Level:
        """A level whose voice is to blend into ``reference`` (from `spectrum.ltas`); None leaves its spectrum alone."""
        return cls(colour=None if reference is None else Colour(reference))

    def learn(self, measured: float) -> None:
        """Fold in one phrase's loudness; a nearly silent one teaches nothing."""
        if measured > -60.0:
            self.lufs = measured if self.lufs is None else self.lufs + 0.1 * (measured - self.lufs)

    def gain(self, energy: float = 0.0) -> float:
        """The factor that brings the voice to ``TARGET`` plus ``energy`` dB."""
        decibels = 0.0 if self.lufs is None else TARGET + energy - self.lufs
        return float(10 ** (min(MOST_GAIN, max(-MOST_GAIN, decibels)) / 20))


class Chain:
    """Trim, blend, level and limit one phrase as it streams.

    The gain of a known voice is applied at once; one never heard before waits until ``first`` seconds are measured.
    """

    def __init__(self, rate: int, level: Level, energy: float = 0.0, first: float = 0.4) -> None:
        taps = None if level.colour is None else level.colour.taps(rate)
        self._filter = None if taps is None else Filter(taps)
        self._rate, self._level, self._energy = rate, level, energy
        self._first = round(first * rate)
        self._trim, self._limiter = Trim(rate), Limiter(rate)
        self._heard: list[Floats] = []
        self._waiting = level.lufs is None
        self._gain = level.gain(energy)

    def push(self, samples: Floats) -> Floats:
        trimmed = self._trim.push(samples)
        if self._filter is not None:
            trimmed = self._filter.push(trimmed)
        self._heard.append(trimmed)
        if self._waiting:
            if sum(map(len, self._heard)) < self._first:
                return EMPTY
            trimmed = self._measure()
        return self._limiter.push(trimmed * np.float32(self._gain))

    def flush(self) -> Floats:
        """The end of the phrase; the voice's loudness is learned from the whole of it."""
        rest = self._trim.flush()
        spoken = np.concatenate([*self._heard, EMPTY])
        if self._waiting:
            rest = np.concatenate([self._measure(), rest])
        if len(spoken) > 0.2 * self._rate:
            self._level.learn(loudness(spoken, self._rate))
            if self._level.colour is not None and self._filter is None:
                self._level.colour.learn(spoken, self._rate)
        return self._limiter.push(rest * np.float32(self._gain), last=True)

    def _measure(self) -> Floats:
        """Take the gain from what has been heard so far, and let that go."""
        heard = np.concatenate([*self._heard, EMPTY])
        self._waiting = False
        self._gain = Level(loudness(heard, self._rate)).gain(self._energy) if len(heard) else 1.0
        return heard


def crossfade(before: Floats, after: Floats, rate: int, seconds: float = 0.01) -> Floats:
    """The two joined with an overlap whose weights (sin² and cos²) sum to one: no click where speech is spliced."""
    overlap = min(round(seconds * rate), len(before), len(after))
    if not overlap:
        return np.concatenate([before, after])
    rising = np.sin(np.linspace(0, np.pi / 2, overlap, dtype=np.float32)) ** 2
    mixed = before[len(before) - overlap :] * (1 - rising) + after[:overlap] * rising
    return np.concatenate([before[: len(before) - overlap], mixed, after[overlap:]])
