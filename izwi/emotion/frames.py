"""Cutting sound into overlapping frames, whole or as it arrives; every feature of this room shares this clock.

Frames are ``HOP`` = 160 samples (10 ms) apart at 16 kHz. Frame ``t`` is centred at sample ``160 t``; before the
beginning and after the end the sound counts as zeros. ``n`` samples have ``ceil(n / 160)`` frames.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]

#: Samples a second, samples from frame to frame, and frames a second.
RATE = 16_000
HOP = 160
FRAME_RATE = RATE // HOP


class Framer:
    """Frames of ``length`` samples out of pieces of sound of any size."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._half = length // 2
        self._samples = np.zeros(self._half, np.float32)

    def push(self, samples: Floats) -> Floats:
        """The frames complete by now: ``[n, length]``, a view."""
        held = np.concatenate((self._samples, np.asarray(samples, np.float32)))
        if len(held) < self.length:
            self._samples = held
            return np.zeros((0, self.length), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(held, self.length)[::HOP]
        self._samples = held[len(frames) * HOP :]
        return frames

    def flush(self) -> Floats:
        """The sound has ended: its last frames, filled up with zeros. The framer then starts anew."""
        left = len(self._samples) - self._half  # samples from the next frame's centre to the end
        frames = self.push(np.zeros(self._half, np.float32))[: max(0, -(-left // HOP))]
        self._samples = np.zeros(self._half, np.float32)
        return frames
