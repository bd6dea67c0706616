"""Bring the long-term average spectrum (LTAS) of a voice towards a reference's: two voices, one room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from izwi.audio import Floats

Bands = npt.NDArray[np.float64]

#: Centres of the third-octave bands compared, in Hz (IEC 61260, base 2).
CENTRES: Bands = 1000.0 * 2.0 ** (np.arange(-10, 10) / 3.0)
#: The match is held within this many dB, and does only this part of the way: enough to blend, too little to colour.
MOST, STRENGTH = 6.0, 0.7
TAPS = 257
#: Seconds of speech before a voice's spectrum is trusted.
ENOUGH = 3.0


def levels(samples: Floats, rate: int) -> Bands:
    """Level of each band of ``CENTRES`` in dB (power density); NaN above rate/2."""
    from scipy.signal import welch

    frequencies, power = welch(samples, rate, nperseg=min(512, len(samples)))
    found = np.full(len(CENTRES), np.nan)
    for band, centre in enumerate(CENTRES):
        if centre * 2 ** (1 / 6) > rate / 2:
            continue
        low, high = np.searchsorted(frequencies, [centre * 2 ** (-1 / 6), centre * 2 ** (1 / 6)])
        inside = power[low:high] if high > low else power[[min(int(low), len(power) - 1)]]
        found[band] = 10 * np.log10(float(inside.mean()) + 1e-12)
    return found


def ltas(samples: Floats, rate: int) -> Bands:
    """The same relative to the mean from 200 to 4000 Hz: a louder voice is not a brighter one."""
    found = levels(samples, rate)
    middle = (CENTRES > 200) & (CENTRES < 4000) & ~np.isnan(found)
    return found - found[middle].mean()


def design(
    voice: Bands, reference: Bands, rate: int, strength: float = STRENGTH, most: float = MOST, length: int = TAPS
) -> Floats:
    """The minimum-phase FIR filter (no delay) that brings ``voice`` ``strength`` of the way to ``reference``.

    No band is changed by more than ``most`` dB. Bands narrower than rate / ``length`` are not told apart.
    """
    from scipy.signal import firwin2, minimum_phase

    known = ~np.isnan(voice) & ~np.isnan(reference)
    gains = np.clip(strength * (reference - voice)[known], -most, most)
    grid = np.linspace(0.0, rate / 2, length // 2 + 1)
    decibels = np.interp(np.log(np.maximum(grid, 1.0)), np.log(CENTRES[known]), gains)
    linear = firwin2(length, grid, 10 ** (decibels / 20), fs=rate)
    taps: Floats = minimum_phase(linear, half=False).astype(np.float32)
    return taps


class Colour:
    """The spectrum of a voice, learned as it speaks, and the filter that brings it to ``reference`` (from `ltas`)."""

    def __init__(self, reference: Bands) -> None:
        self._reference = reference
        self._spectrum: Bands | None = None
        self._heard = 0.0
        self._filters: dict[int, Floats] = {}

    def learn(self, samples: Floats, rate: int) -> None:
        """Fold one phrase into the voice's spectrum, weighted by its length."""
        seconds = len(samples) / rate
        if seconds < 0.2 or self._heard > 10 * ENOUGH:  # known well enough: a filter that moves on would be heard
            return
        measured = ltas(samples, rate)
        known = self._spectrum
        self._spectrum = measured if known is None else known + (measured - known) * seconds / (self._heard + seconds)
        self._heard += seconds
        self._filters.clear()

    def taps(self, rate: int) -> Floats | None:
        """The filter, or None while the voice is not known well enough."""
        if self._spectrum is None or self._heard < ENOUGH:
            return None
        if rate not in self._filters:
            self._filters[rate] = design(self._spectrum, self._reference, rate)
        return self._filters[rate]


class Filter:
    """A FIR filter over a stream."""

    def __init__(self, taps: Floats) -> None:
        self._taps = taps
        self._past = np.zeros(len(taps) - 1, np.float32)

    def push(self, samples: Floats) -> Floats:
        from scipy.signal import oaconvolve

        if not len(samples):
            return samples
        joined = np.concatenate([self._past, samples])
        self._past = joined[len(joined) - len(self._past) :]
        filtered: Floats = oaconvolve(joined, self._taps, mode="valid").astype(np.float32)
        return filtered
