"""From a stream of samples to the moments of a turn: onset, pause, resumption, end.

Pure and synchronous: the same samples give the same events, however fast they are fed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from izwi.audio import LISTENING_RATE, Pcm, Samples
from izwi.turns.endpointing import Endpointer
from izwi.turns.vad import WINDOW, VoiceActivity


@dataclass(frozen=True, slots=True)
class Onset:
    """The user began to speak. ``at`` (here and below) is the clock in samples heard so far."""

    at: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The user fell silent, perhaps only to breathe. ``speech`` is all of the utterance so far."""

    at: int
    speech: Pcm


@dataclass(frozen=True, slots=True)
class Resumed:
    """The user went on after a ``Pause``; ``seconds`` of silence lay between."""

    at: int
    seconds: float


@dataclass(frozen=True, slots=True)
class EndOfTurn:
    """The user has finished. ``cut``: the utterance reached the longest we follow and was ended by us."""

    at: int
    speech: Pcm
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Dropped:
    """What had sounded like an onset was too short to be speech."""

    at: int


Moment = Onset | Pause | Resumed | EndOfTurn | Dropped


@dataclass(frozen=True)
class Hearing:
    """Thresholds of the listener. Counts are windows of 32 ms; probabilities are the voice activity model's."""

    loud: float = 0.5
    quiet: float = 0.35
    onset_windows: int = 3
    pause_windows: int = 4
    least_voiced: int = 4
    preroll: float = 0.4
    tail: float = 0.16
    longest: float = 60.0


@dataclass
class _Utterance:
    windows: list[Samples] = field(default_factory=list)
    voiced: int = 0
    silent: int = 0
    back: int = 0
    paused: bool = False


class Listener:
    """One connection's ear. Feed it samples at 16 kHz; it answers with the moments they bring."""

    def __init__(
        self, vad: VoiceActivity, endpointer: Endpointer | None = None, hearing: Hearing | None = None
    ) -> None:
        self.hearing = hearing or Hearing()
        self.endpointer = endpointer or Endpointer()
        self.clock = 0
        self.probability = 0.0
        self._vad = vad
        self._rest = np.zeros(0, np.int16)
        windows = round(self.hearing.preroll * LISTENING_RATE / WINDOW) + self.hearing.onset_windows
        self._recent: deque[Samples] = deque(maxlen=windows)
        self._latest: deque[Samples] = deque(maxlen=16)
        self._loud = 0
        self._utterance: _Utterance | None = None

    @property
    def hears_speech(self) -> bool:
        """Whether an utterance is open (a pause inside it counts as open)."""
        return self._utterance is not None

    def feed(self, samples: Samples) -> list[Moment]:
        """Hear ``samples`` (int16, shape ``(n,)``, 16 kHz, any n)."""
        data = np.concatenate([self._rest, samples]) if len(self._rest) else samples
        whole = len(data) - len(data) % WINDOW
        self._rest = data[whole:].copy()
        moments: list[Moment] = []
        for start in range(0, whole, WINDOW):
            moments += self._window(data[start : start + WINDOW].copy())
        return moments

    @property
    def length(self) -> float:
        """Seconds of the open utterance, pre-roll included."""
        return len(self._utterance.windows) * WINDOW / LISTENING_RATE if self._utterance else 0.0

    def speech(self) -> Pcm:
        """The open utterance so far, pre-roll included; empty when there is none."""
        windows = self._utterance.windows if self._utterance else []
        return Pcm(np.concatenate(windows) if windows else np.zeros(0, np.int16), LISTENING_RATE)

    def forget(self) -> None:
        """Close an open utterance without an event (the microphone was muted, or the turn was stopped)."""
        self._utterance, self._loud = None, 0
        self._rest = np.zeros_like(self._rest)  # nothing of it is heard again, and the clock loses nothing
        self._recent.clear()

    def latest(self) -> Samples:
        """The last half second heard, whatever has been forgotten since; int16, at most ``16 * WINDOW`` samples."""
        return np.concatenate(self._latest) if self._latest else np.zeros(0, np.int16)

    def _window(self, window: Samples) -> list[Moment]:
        self.clock += WINDOW
        self._latest.append(window)
        self.probability = self._vad(window.astype(np.float32) / 32768.0)
        if self._utterance is None:
            return self._while_silent(window)
        return self._while_speaking(window, self._utterance)

    def _while_silent(self, window: Samples) -> list[Moment]:
        self._recent.append(window)
        self._loud = self._loud + 1 if self.probability >= self.hearing.loud else 0
        if self._loud < self.hearing.onset_windows:
            return []
        self._utterance = _Utterance(list(self._recent), voiced=self._loud)
        self._recent.clear()
        self._loud = 0
        self.endpointer.begin()
        return [Onset(self.clock)]

    def _while_speaking(self, window: Samples, said: _Utterance) -> list[Moment]:
        hearing = self.hearing
        said.windows.append(window)
        if self.probability >= hearing.loud:
            said.back += 1
            said.voiced += 1
        else:
            said.back = 0
        if said.back >= 2 or (not said.paused and self.probability >= hearing.quiet):
            return self._went_on(said)  # inside a pause one loud window is a click, and a murmur is noise
        said.silent += 1
        if not said.paused and said.silent >= hearing.pause_windows:
            return self._fell_silent(said)
        if said.paused and self.silence >= self.endpointer.patience:
            self.endpointer.waited = self.silence
            self._utterance = None
            return [EndOfTurn(self.clock, self._trimmed(said))]
        return self._too_long(said)

    @property
    def voiced(self) -> float:
        """Seconds of the open utterance that held speech for certain."""
        return self._utterance.voiced * WINDOW / LISTENING_RATE if self._utterance else 0.0

    @property
    def silence(self) -> float:
        """Seconds since the open utterance last held speech."""
        return self._utterance.silent * WINDOW / LISTENING_RATE if self._utterance else 0.0

    def _went_on(self, said: _Utterance) -> list[Moment]:
        silence, was_paused = self.silence, said.paused
        said.silent, said.paused = 0, False
        if was_paused:
            self.endpointer.resumed(silence)
            return [Resumed(self.clock, silence)]
        return self._too_long(said)

    def _fell_silent(self, said: _Utterance) -> list[Moment]:
        if said.voiced < self.hearing.least_voiced:
            self._utterance = None
            return [Dropped(self.clock)]
        said.paused = True
        return [Pause(self.clock, self._trimmed(said))]

    def _too_long(self, said: _Utterance) -> list[Moment]:
        if len(said.windows) * WINDOW < self.hearing.longest * LISTENING_RATE:
            return []
        self._utterance = None
        return [EndOfTurn(self.clock, self._trimmed(said), cut=True)]

    def _trimmed(self, said: _Utterance) -> Pcm:
        """The utterance with no more than ``tail`` seconds of its closing silence."""
        surplus = max(0, said.silent - round(self.hearing.tail * LISTENING_RATE / WINDOW))
        windows = said.windows[: len(said.windows) - surplus]
        return Pcm(np.concatenate(windows), LISTENING_RATE)
