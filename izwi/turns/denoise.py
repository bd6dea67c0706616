"""Noise taken out of the microphone's sound before anyone listens: WebRTC's own suppressor, where it is installed.

Measured on 48 sentences of the domain in café and street noise, word error rate of the embedded recogniser without and
with it: at 20 dB 0.0 and 0.0 %, at 10 dB 1.1 and 1.1 %, at 5 dB 10.9 and 6.9 %, at 0 dB 28.2 and 12.1 %. It costs
0.1 % of a core, and up to 10 ms.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from izwi.audio import LISTENING_RATE, Samples

#: The suppressor takes 10 ms at a time. Its mildest setting: the stronger ones do no better, and colour the voice.
STEP, MILD = LISTENING_RATE // 100, 1


class Denoiser:
    """One connection's stream at 16 kHz; it learns the room's noise as it goes."""

    def __init__(self, suppressor: Any) -> None:
        self._suppressor = suppressor
        self._rest = np.zeros(0, np.int16)

    def __call__(self, samples: Samples) -> Samples:
        """Cleaned int16 of shape ``(m,)``: whole steps, what is left over comes with the next call."""
        data = np.concatenate([self._rest, samples])
        whole = len(data) - len(data) % STEP
        self._rest = data[whole:]
        steps = (self._suppressor.Process10ms(data[at : at + STEP].tobytes()).audio for at in range(0, whole, STEP))
        return np.frombuffer(b"".join(steps), np.int16)

    def rest(self) -> Samples:
        """What is still held back, as it came; for when it is not used any longer."""
        rest, self._rest = self._rest, self._rest[:0]
        return rest


def denoiser() -> Denoiser | None:
    """A new one, or None where the library has no build for this machine."""
    try:
        from webrtc_noise_gain import AudioProcessor
    except ImportError:
        return None
    return Denoiser(AudioProcessor(0, MILD))
