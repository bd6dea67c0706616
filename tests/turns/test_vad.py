"""Voice activity: the model rests while there is nothing to hear, and misses nothing by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from izwi.audio import LISTENING_RATE, Floats
from izwi.bench.users import speak
from izwi.turns import vad
from izwi.turns.vad import SETTLED, WINDOW, SileroVad

pytestmark = pytest.mark.engine


def heard(seconds: float, level: float) -> Floats:
    """A faint room, a sentence, the room, the sentence again."""
    voice = speak("what is the time please", "en-us+f5").resampled(LISTENING_RATE).floats
    room = np.random.default_rng(2).uniform(-level, level, round(seconds * LISTENING_RATE)).astype(np.float32)
    whole = np.concatenate([room, voice, room, voice, room])
    return whole[: len(whole) // WINDOW * WINDOW].reshape(-1, WINDOW)


def probabilities(windows: Floats) -> list[float]:
    ear = SileroVad()
    return [ear(window) for window in windows]


def test_resting_changes_nothing_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    windows = heard(3.0, 0.0005)
    rested = np.array(probabilities(windows))
    monkeypatch.setattr(vad, "NOTHING", 0.0)
    awake = np.array(probabilities(windows))
    assert awake.max() > 0.9
    np.testing.assert_array_equal(rested > 0.5, awake > 0.5)


def test_the_model_rests_in_silence_and_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = 0
    real = vad.session()

    class Counted:
        def run(self, *arguments: Any) -> Any:
            nonlocal runs
            runs += 1
            return real.run(*arguments)

    monkeypatch.setattr(vad, "session", Counted)
    probabilities(np.zeros((100, WINDOW), np.float32))
    assert runs == SETTLED
    runs = 0
    probabilities(np.random.default_rng(1).uniform(-0.01, 0.01, (100, WINDOW)).astype(np.float32))
    assert runs == 100
