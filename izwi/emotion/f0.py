"""Fundamental frequency (F0) and level, whole or as the sound arrives: autocorrelation candidates, Viterbi path.

Frames are those of ``frames.py``: 10 ms apart at 16 kHz, here of 1024 samples (64 ms). F0 is in Hz, 0 where unvoiced;
level is the root mean square of the frame in dBFS (mean removed).

The autocorrelation is divided by the window's own, as in Boersma, "Accurate short-term analysis of the fundamental
frequency and the harmonics-to-noise ratio of a sampled sound", 1993. It is computed from the power spectrum below 4 kHz
only, which costs a quarter and leaves most noise out. The path costs octave jumps and changes of voicing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from izwi.emotion.frames import RATE, Floats, Framer

Indices = npt.NDArray[np.intp]

WINDOW = 1024
#: Search range in Hz.
LOWEST, HIGHEST = 65.0, 500.0

_FFT = 1280  # lags up to _FFT − WINDOW = 256 samples (62.5 Hz) are free of circular overlap
_LAG_RATE = 8_000  # the autocorrelation is sampled at this rate
_SHORTEST, _LONGEST = int(_LAG_RATE / HIGHEST), int(_LAG_RATE / LOWEST)
_CANDIDATES = 4
_VOICED = 0.45  # periodicity from which a frame counts as voiced
_OCTAVE = 0.02  # cost of a lag, per octave above the shortest: prefers the fundamental to its subharmonics
_JUMP = 0.35  # cost of an F0 change, per octave
_SWITCH = 0.14  # cost of beginning or ending voice
_FADE = 0.05  # dB a frame by which the loudest level so far is forgotten
_BELOW_PEAK, _FLOOR = 35.0, -75.0  # quieter than this below the peak, or than this in dBFS: unvoiced

_HANN = np.hanning(WINDOW + 1)[:-1].astype(np.float32)


def _band() -> Floats:
    """Weights of the power spectrum from 0 to 4 kHz: whole from 60 Hz to 1.5 kHz, falling to nothing at 4 kHz."""
    hz = np.arange(_FFT // 4 + 1) * RATE / _FFT
    fall = 0.5 + 0.5 * np.cos(np.pi * np.clip((hz - 1500.0) / 2500.0, 0.0, 1.0))
    return (fall * (hz >= 60.0)).astype(np.float32)


def _window_autocorrelation() -> Floats:
    power = np.abs(np.fft.rfft(_HANN, 2 * WINDOW)) ** 2
    lags = np.fft.irfft(power)[: 2 * (_LONGEST + 2) : RATE // _LAG_RATE]
    return (lags / lags[0]).astype(np.float32)


_BAND = _band()
_WINDOW_LAGS = _window_autocorrelation()


class Candidates(NamedTuple):
    """The likeliest pitches of each of ``n`` frames: ``hz``, ``score`` are ``[n, 4]``, ``level`` (dBFS) is ``[n]``."""

    hz: Floats
    score: Floats
    level: Floats


def candidates(frames: Floats) -> Candidates:
    """The four most periodic lags of each frame; ``frames`` is ``[n, 1024]`` in [−1, 1]."""
    frames = frames - frames.mean(axis=1, keepdims=True)
    level = 10.0 * np.log10(np.mean(frames * frames, axis=1) + 1e-12)
    spectrum = np.fft.rfft(frames * _HANN, _FFT)[:, : _FFT // 4 + 1]
    lags = np.fft.irfft((spectrum.real**2 + spectrum.imag**2) * _BAND)[:, : _LONGEST + 2]
    lags = lags / np.maximum(lags[:, :1], 1e-12) / _WINDOW_LAGS
    inner = lags[:, _SHORTEST : _LONGEST + 1]
    peak = (inner > lags[:, _SHORTEST - 1 : _LONGEST]) & (inner >= lags[:, _SHORTEST + 1 : _LONGEST + 2])
    cost = _OCTAVE * np.log2(np.arange(_SHORTEST, _LONGEST + 1) / _SHORTEST)
    merit = np.where(peak, inner - cost, -1.0)
    best = np.argpartition(-merit, _CANDIDATES, axis=1)[:, :_CANDIDATES]
    row = np.arange(len(frames))[:, None]
    lag = best + _SHORTEST
    before, here, after = lags[row, lag - 1], lags[row, lag], lags[row, lag + 1]
    curve = before - 2.0 * here + after
    shift = np.clip(0.5 * (before - after) / np.where(np.abs(curve) < 1e-9, 1e-9, curve), -0.5, 0.5)
    return Candidates(_LAG_RATE / (lag + shift), merit[row, best], level)


class F0Tracker:
    """Follows pitch and level as samples arrive; give it windows of any length.

    ``lag`` frames of hindsight are taken before a frame is decided (None: all of them, at ``flush``), so frame ``t``
    comes out with sample ``160 (t + lag) + 512``: 62 ms late by default.
    """

    def __init__(self, lag: int | None = 3) -> None:
        self.lag = lag
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self._framer = Framer(WINDOW)
        self._best = np.zeros(_CANDIDATES + 1)
        self._hz: list[Floats] = []
        self._back: list[Indices] = []
        self._level: list[float] = []
        self._last: Floats | None = None
        self._peak = _FLOOR

    def push(self, samples: Floats) -> Floats:
        """Take samples (16 kHz, [−1, 1]); returns the frames decided by now, ``[n, 2]``: F0 in Hz, level in dBFS."""
        self._follow(self._framer.push(samples))
        return self._decide(0 if self.lag is None else len(self._hz) - self.lag)

    def flush(self) -> Floats:
        """The sound has ended: the frames that remain, ``[n, 2]``. The tracker then starts anew."""
        self._follow(self._framer.flush())
        rest = self._decide(len(self._hz))
        self.reset()
        return rest

    def _follow(self, frames: Floats) -> None:
        """Advance the best path over new frames; state 4 is unvoiced."""
        if not len(frames):
            return
        found = candidates(frames)
        fading = _FADE * np.arange(1, len(found.level) + 1)
        peak = np.maximum(np.maximum.accumulate(found.level + fading), self._peak) - fading
        self._peak = float(peak[-1])
        quiet = found.level < np.maximum(peak - _BELOW_PEAK, _FLOOR)
        score = np.concatenate((found.score - quiet[:, None], np.where(quiet, 1.0, _VOICED)[:, None]), axis=1)
        before = np.concatenate((found.hz[:1] if self._last is None else self._last[None], found.hz[:-1]))
        self._last = found.hz[-1]
        step = np.full((len(score), _CANDIDATES + 1, _CANDIDATES + 1), -_SWITCH)
        step[:, :-1, :-1] = -_JUMP * np.abs(np.log2(before[:, :, None] / found.hz[:, None, :]))
        step[:, -1, -1] = 0.0
        state = np.arange(_CANDIDATES + 1)
        for hz, level, gain, move in zip(found.hz, found.level, score, step, strict=True):
            paths = self._best[:, None] + move
            back = paths.argmax(axis=0)
            self._best = paths[back, state] + gain
            self._hz.append(hz)
            self._back.append(back)
            self._level.append(float(level))
        self._best -= self._best.max()

    def _decide(self, count: int) -> Floats:
        """Trace the best path back and hand out its first ``count`` frames."""
        if count <= 0:
            return np.zeros((0, 2))
        out = np.zeros((count, 2))
        state = int(self._best.argmax())
        for t in range(len(self._hz) - 1, -1, -1):
            if t < count:
                out[t] = (0.0 if state == _CANDIDATES else self._hz[t][state], self._level[t])
            state = int(self._back[t][state])
        self._hz, self._back, self._level = self._hz[count:], self._back[count:], self._level[count:]
        return out


def track(samples: Floats) -> Floats:
    """F0 in Hz (0: unvoiced) and level in dBFS of a whole sound at 16 kHz: ``[ceil(n / 160), 2]``."""
    tracker = F0Tracker(lag=None)
    tracker.push(samples)
    return tracker.flush()
