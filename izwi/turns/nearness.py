"""Is that the user, or somebody further away? Known by how loud this user usually is.

Voices at other tables are voices, and have words; only their level tells that they are not meant for us.
"""

from __future__ import annotations

import numpy as np

from izwi.audio import Samples
from izwi.turns.vad import WINDOW

#: dB below the user's usual level from which a voice is somebody else's.
FAR = 12.0
#: dBFS a user at the microphone may be supposed to have before any has been heard: what a browser's gain control makes.
SUPPOSED = -20.0
#: How much of the newest utterance is taken into the average.
WEIGHT = 0.3


def loudness(speech: Samples) -> float:
    """dBFS of the four loudest windows (0.13 s): what a few syllables have, however much silence is around them."""
    windows = speech[: len(speech) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.float64) / 32768
    power = np.sort((windows**2).mean(1))[-4:]
    return float(10 * np.log10(power.mean() + 1e-12)) if len(power) else -120.0


class Nearness:
    """One user's usual loudness; until it is known every voice is near."""

    def __init__(self) -> None:
        self.usual: float | None = None

    def learn(self, speech: Samples) -> None:
        """``speech`` was the user's."""
        heard = loudness(speech)
        self.usual = heard if self.usual is None else self.usual + WEIGHT * (heard - self.usual)

    def far(self, speech: Samples, supposed: float | None = None) -> bool:
        """Whether ``speech`` comes from further away than this user, whose level is ``supposed`` while not known."""
        usual = supposed if self.usual is None else self.usual
        return usual is not None and loudness(speech) < usual - FAR
