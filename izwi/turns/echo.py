"""Is that the user, or our own voice coming back through their microphone? We know what we sent.

Both are reduced to log energies in ``BANDS`` bands per 32 ms window. An echo is our own pattern, late by the way out
and back (unknown, up to ``REACH`` windows) and coloured by the room (a constant a band, which the means take out): the
correlation of the two patterns at the best delay tells it from another voice, however loud either is.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from izwi.audio import LISTENING_RATE, Samples
from izwi.turns.vad import WINDOW

#: Bands (edges in Hz), windows of possible delay (1.0 s), and windows remembered (6 s).
EDGES = np.geomspace(150.0, 6000.0, 13)
BANDS = len(EDGES) - 1
REACH, KEPT = 32, 192
#: Correlation above which a sound is our own. Measured over 7 to 16 windows in made rooms (direct sound 0 to 6 dB over
#: the reverberant): echo 0.74 to 0.96 (5th and 95th percentile); other voices, even the very same one saying something
#: else, at most 0.58; a user as loud as the echo 0.42 to 0.70, 6 dB louder 0.28 to 0.60.
OWN = 0.68
#: With fewer windows of sound than this chance plays a part: our own is what is above ``SURELY``, and what lies between
#: ``PERHAPS`` and that cannot be told yet.
SETTLED, SURELY, PERHAPS = 10, 0.78, 0.6
#: Parts of a window by which the two patterns are shifted: an echo is late by no whole number of windows.
PHASES = 2
#: dB below the loudest window: beyond ``DEEP`` all is silence; a window beyond ``QUIET`` is silent.
DEEP, QUIET = 40.0, 35.0

_BIN = np.digitize(np.fft.rfftfreq(WINDOW, 1 / LISTENING_RATE), EDGES) - 1
_SHAPE = np.hanning(WINDOW).astype(np.float32)


def pattern(samples: Samples) -> npt.NDArray[np.float64]:
    """Log band energies (natural log) of whole windows of int16 samples at 16 kHz: shape ``(windows, BANDS)``.

    What lies more than ``DEEP`` dB below the loudest counts as silence, lest the silence outweigh all else.
    """
    count = len(samples) // WINDOW
    frames = samples[: count * WINDOW].reshape(count, WINDOW).astype(np.float32) / 32768.0 * _SHAPE
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    bands = np.stack([power[:, band == _BIN].sum(1) for band in range(BANDS)], 1)
    energy = np.log(bands.astype(np.float64) + 1e-7)
    return np.maximum(energy, energy.max(initial=-16.0) - DEEP / 4.343)


def likeness(heard: npt.NDArray[np.float64], sent: npt.NDArray[np.float64]) -> float:
    """The best correlation of ``heard`` with ``sent`` at any delay; ``sent`` ends with it and reaches further back.

    Windows in which both are silent do not count: a voice that sets in after ours has the same step out of silence.
    """
    heard_sounds, sent_sounds = _sounds(heard), _sounds(sent)
    best = 0.0
    for start in range(len(sent) - len(heard) + 1):
        part = slice(start, start + len(heard))
        counts = heard_sounds | sent_sounds[part]
        best = max(best, _correlation(heard[counts], sent[part][counts]))
    return best


def _sounds(pattern: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    loudness = pattern.max(1, initial=-16.0)
    return loudness > loudness.max(initial=-16.0) - QUIET / 4.343


def _correlation(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    a, b = a - a.mean(0), b - b.mean(0)
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / scale if scale > 1e-6 else 0.0


class EchoEar:
    """Remembers what was sent, on the clock of the samples heard."""

    def __init__(self) -> None:
        self._sent = np.zeros((KEPT + REACH) * WINDOW, np.int16)
        self._clock = 0
        self._end = 0

    def at(self, clock: int) -> None:
        """The microphone's clock (samples heard so far) has come to ``clock``."""
        self._clock = clock

    def sent(self, samples: Samples) -> None:
        """``samples`` (16 kHz) leave now, or after what has left before is over."""
        start = max(self._clock, self._end)
        place = (start + np.arange(len(samples))) % len(self._sent)
        if start > self._end:
            gap = (self._end + np.arange(min(start - self._end, len(self._sent)))) % len(self._sent)
            self._sent[gap] = 0
        self._sent[place] = samples
        self._end = start + len(samples)

    def own(self, speech: Samples, settled: bool = False) -> bool | None:
        """Whether ``speech``, which ended just now, is our own voice; None while there is too little to tell.

        ``settled``: what chance might have to do with is not told either.
        """
        windows = min(len(speech) // WINDOW, KEPT)
        if windows < 4 or self._clock - self._end > REACH * WINDOW + len(speech):
            return False
        heard = pattern(speech[-windows * WINDOW :])
        alike: float = max(likeness(heard, pattern(self._past(windows + REACH, shift))) for shift in range(PHASES))
        if np.count_nonzero(_sounds(heard)) >= SETTLED:
            return alike >= OWN
        if settled:
            return None
        return alike >= SURELY or (None if alike >= PERHAPS else False)

    def _past(self, windows: int, shift: int) -> Samples:
        """What was sent in the windows up to now, less ``shift`` parts of a window."""
        length = windows * WINDOW
        past = self._clock - shift * WINDOW // PHASES - length + np.arange(length)
        return np.where((past >= 0) & (past < self._end), self._sent[past % len(self._sent)], 0).astype(np.int16)
