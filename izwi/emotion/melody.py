"""How an utterance is ending, from its melody as it arrives: has the pitch fallen, is the last sound drawn out?"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from izwi.audio import LISTENING_RATE, Samples
from izwi.emotion.f0 import F0Tracker
from izwi.emotion.frames import FRAME_RATE, Floats

_KEPT = 4 * FRAME_RATE  # frames looked back
_END, _BODY = FRAME_RATE // 10, FRAME_RATE  # voiced frames that are the end (0.1 s), and the body before it (1 s)
_HEARD = 2 * LISTENING_RATE  # samples of an utterance that tell how it ends
_QUIET = np.zeros(LISTENING_RATE // 10, np.int16)  # lets the tracker, which looks ahead, come to the end
_DRAWN_OUT = 0.35  # seconds of unbroken voice that are a long last sound
#: Pitch of the end over the body's median, in semitones → factor on the wait for the end of the turn.
_CHANGE = (-5.0, -2.0, 0.0, 3.0)
_FACTOR = (0.85, 0.95, 1.1, 1.2)


@dataclass(frozen=True, slots=True)
class Ending:
    """``change``: semitones from the body's median pitch to the end's; ``last``: seconds of the last unbroken voice."""

    change: float
    last: float

    @property
    def factor(self) -> float:
        """What to multiply the wait by: below 1 for a fallen voice, above 1 for one that hangs (level, drawn out)."""
        factor = float(np.interp(self.change, _CHANGE, _FACTOR))
        return factor * 1.1 if self.last >= _DRAWN_OUT and self.change > _CHANGE[1] else factor


class Melody:
    """Follows one utterance in windows of any length (the listener's are 512 samples, 32 ms)."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new utterance."""
        self._tracker = F0Tracker(lag=2)
        self._hz: deque[float] = deque(maxlen=_KEPT)

    def push(self, window: Floats) -> None:
        """Take samples at 16 kHz in [−1, 1]."""
        self._hz.extend(self._tracker.push(window)[:, 0].tolist())

    def ending(self) -> Ending | None:
        """How it ends so far; None while there is less than 0.4 s of voice."""
        hz = np.array(self._hz)
        spoken = np.flatnonzero(hz > 0)
        if len(spoken) < 4 * _END:
            return None
        voice = 12.0 * np.log2(hz[spoken])
        change = np.median(voice[-_END:]) - np.median(voice[-_END - _BODY : -_END])
        breaks = np.flatnonzero(np.diff(spoken) > 3)  # up to 30 ms unvoiced is no break
        first = spoken[breaks[-1] + 1] if len(breaks) else spoken[0]
        return Ending(float(change), float(spoken[-1] - first + 1) / FRAME_RATE)


def hanging(samples: Samples) -> float:
    """The factor on the wait after an utterance (int16, 16 kHz) that has just paused; 1 if its melody says nothing."""
    melody = Melody()
    melody.push(np.concatenate([samples[-_HEARD:], _QUIET]).astype(np.float32) / 32768.0)
    ending = melody.ending()
    return ending.factor if ending else 1.0
