"""What the recogniser hears: 80 log-mel bands, F0 and energy, ``[T, 82]``, whole or as the sound arrives.

Frames are those of ``frames.py``: 10 ms apart at 16 kHz, centred, zeros outside the sound.

| column | what | window | unit |
|---|---|---|---|
| 0–79 | power in mel bands, 20 Hz to 8 kHz | Hann of 400 samples (25 ms), FFT of 512 | natural log of power + 1e-8 |
| 80 | F0 | 1024 samples (64 ms), see ``f0.py`` | octaves above 50 Hz; 0 where unvoiced |
| 81 | energy | 1024 samples, mean removed | dBFS / 20 |

Nothing is normalised here: the network takes the utterance's own level away itself and keeps its statistics beside.
The mel scale and the area of the bands are Slaney's ("Auditory Toolbox", 1998): linear to 1 kHz, then logarithmic.
"""

from __future__ import annotations

import numpy as np

from izwi.emotion.f0 import F0Tracker
from izwi.emotion.frames import RATE, Floats, Framer

BANDS = 80
WIDTH = BANDS + 2
F0, ENERGY = BANDS, BANDS + 1  # columns
#: What column 80 is measured from, in Hz: below any F0 found, so that 0 means unvoiced and nothing else.
F0_BASE = 50.0

_WINDOW, _FFT = 400, 512
_LINEAR_TOP = 1000.0  # Hz; below it a mel is 200/3 Hz, above it 27 mels are a factor of 6.4
_MELS_AT_TOP = 15.0


def _mel(hz: Floats) -> Floats:
    above = _MELS_AT_TOP + np.log(np.maximum(hz, 1.0) / _LINEAR_TOP) * 27.0 / np.log(6.4)
    return np.where(hz < _LINEAR_TOP, hz * 3.0 / 200.0, above)


def _hertz(mel: Floats) -> Floats:
    above = _LINEAR_TOP * np.exp((mel - _MELS_AT_TOP) * np.log(6.4) / 27.0)
    return np.where(mel < _MELS_AT_TOP, mel * 200.0 / 3.0, above)


def _filters() -> Floats:
    """Triangles of area 1 from power spectrum to bands: ``[257, 80]``."""
    edges = _hertz(np.linspace(_mel(np.array(20.0)), _mel(np.array(RATE / 2)), BANDS + 2))
    hz = np.linspace(0.0, RATE / 2, _FFT // 2 + 1)[:, None]
    rise = (hz - edges[:-2]) / np.diff(edges)[:-1]
    fall = (edges[2:] - hz) / np.diff(edges)[1:]
    return (np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (edges[2:] - edges[:-2])).astype(np.float32)


_HANN = np.zeros(_FFT, np.float32)
_HANN[(_FFT - _WINDOW) // 2 : (_FFT + _WINDOW) // 2] = np.hanning(_WINDOW + 1)[:-1]
_FILTERS = _filters()


def log_mel(frames: Floats) -> Floats:
    """Log-mel bands of frames ``[n, 512]`` in [−1, 1]: ``[n, 80]``."""
    spectrum = np.fft.rfft(frames * _HANN)
    return np.log((spectrum.real**2 + spectrum.imag**2) @ _FILTERS + 1e-8)


class FeatureStream:
    """Features as samples arrive. ``lag`` frames of hindsight are taken for F0 (see ``F0Tracker``)."""

    def __init__(self, lag: int | None = 3) -> None:
        self._framer, self._tracker = Framer(_FFT), F0Tracker(lag)
        self._mel = np.zeros((0, BANDS), np.float32)

    def push(self, samples: Floats) -> Floats:
        """Take samples (16 kHz, [−1, 1], shape ``(n,)``); returns the frames complete by now, ``[m, 82]`` float32.

        Raises ``ValueError`` for values that are not finite.
        """
        if np.ndim(samples) != 1 or not np.all(np.isfinite(samples)):
            raise ValueError("the sound must be one row of finite numbers")
        return self._joined(self._framer.push(samples), self._tracker.push(samples))

    def flush(self) -> Floats:
        """The sound has ended: the frames that remain. The stream then starts anew."""
        return self._joined(self._framer.flush(), self._tracker.flush())

    def _joined(self, frames: Floats, tracked: Floats) -> Floats:
        mel = np.concatenate((self._mel, log_mel(frames)))
        self._mel = mel[len(tracked) :]
        hz, level = tracked[:, 0], tracked[:, 1]
        octaves = np.log2(np.maximum(hz, F0_BASE) / F0_BASE)
        return np.column_stack((mel[: len(tracked)], octaves, level / 20.0)).astype(np.float32)


def features(samples: Floats) -> Floats:
    """Features of a whole sound at 16 kHz, ``[ceil(n / 160), 82]`` float32. Raises ``ValueError`` if not finite."""
    stream = FeatureStream(lag=None)
    stream.push(samples)
    return stream.flush()
