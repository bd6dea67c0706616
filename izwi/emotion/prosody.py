"""What a listener would note about a voice: pitch, its range, loudness and pace, from the features of an utterance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from izwi.emotion.features import ENERGY, F0, F0_BASE
from izwi.emotion.frames import FRAME_RATE, Floats

_PROMINENCE = 2.0  # dB an intensity peak must rise above the dip before it to count as a syllable
_QUIET = 25.0  # dB below the loud parts from which a peak is no syllable


@dataclass(frozen=True, slots=True)
class Prosody:
    """``f0`` median in Hz (0: no voice), ``f0_range`` in semitones from its 10th to its 90th percentile, ``energy`` of
    the voiced frames in dBFS (−120: none), ``rate`` in syllables a second, ``voiced`` seconds of ``seconds``."""

    f0: float
    f0_range: float
    energy: float
    rate: float
    voiced: float
    seconds: float


def prosody(frames: Floats) -> Prosody:
    """The figures of an utterance's features ``[T, 82]``."""
    seconds = len(frames) / FRAME_RATE
    octaves = frames[:, F0]
    spoken = octaves > 0
    if not spoken.any():
        return Prosody(0.0, 0.0, -120.0, 0.0, 0.0, seconds)
    voice = octaves[spoken]
    low, middle, high = np.percentile(voice, [10, 50, 90])
    energy = 10.0 * np.log10(np.mean(10.0 ** (frames[spoken, ENERGY] * 2.0)))
    span = np.flatnonzero(spoken)
    speaking = (span[-1] - span[0] + 1) / FRAME_RATE
    return Prosody(
        f0=float(F0_BASE * 2.0**middle),
        f0_range=float(12.0 * (high - low)),
        energy=float(energy),
        rate=syllables(frames[:, ENERGY] * 20.0, spoken) / max(speaking, 0.25),
        voiced=float(spoken.sum()) / FRAME_RATE,
        seconds=seconds,
    )


def syllables(level: Floats, spoken: npt.NDArray[np.bool_]) -> int:
    """Syllable nuclei: voiced peaks of intensity (dBFS a frame) that follow a dip of 2 dB.

    After de Jong and Wempe, "Praat script to detect syllable nuclei and measure speech rate automatically", 2009.
    """
    smooth = np.convolve(np.pad(level, 2, mode="edge"), np.full(5, 0.2), "valid")
    least = np.percentile(smooth, 98) - _QUIET
    count, dip, peak, voiced = 0, float(smooth[0]), -np.inf, False
    for now, voice in zip(smooth.tolist(), spoken.tolist(), strict=True):
        if peak > -np.inf and now < peak - _PROMINENCE:  # the peak is over
            count += voiced
            dip, peak = now, -np.inf
        elif peak > -np.inf:
            if now > peak:
                peak, voiced = now, voice
        elif now > max(dip + _PROMINENCE, least):
            peak, voiced = now, voice
        dip = min(dip, now)
    return count + int(peak > -np.inf and voiced)
