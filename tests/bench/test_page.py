"""Delays read from what a page's microphone heard, what arrived and what was played."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.audio import Pcm, join, silence
from izwi.bench.page import FRAME, User, delays, levels
from izwi.bench.users import RATE


def noise(seconds: float, seed: int) -> Pcm:
    return Pcm(np.random.default_rng(seed).integers(-9000, 9000, round(seconds * RATE)).astype(np.int16), RATE)


@pytest.fixture
def user() -> User:
    """Two interruptions, at 3.0 s and 9.0 s, each after a question."""
    pieces = [silence(0.5, RATE), noise(0.8, 1), silence(1.7, RATE), noise(1.0, 2), silence(3.0, RATE)]
    pieces += [noise(0.7, 3), silence(1.3, RATE), noise(0.9, 4), silence(2.0, RATE)]
    return User(join(pieces), [3.0, 9.0])


def reply(user: User, *spans: tuple[float, float, float]) -> np.ndarray:
    """Levels of a voice in each span: from, to (seconds), dB."""
    sound = np.full(len(user.sound.samples) // FRAME, -120.0)
    for start, end, level in spans:
        sound[round(start * RATE / FRAME) : round(end * RATE / FRAME)] = level
    return sound


def test_the_time_to_the_duck_and_to_silence(user: User) -> None:
    mic = levels(user.sound.floats.astype(np.float64))
    arrived = reply(user, (2.0, 5.0, -20.0), (8.0, 11.0, -20.0))
    played = reply(user, (2.0, 3.05, -20.0), (3.05, 3.3, -40.0), (8.0, 9.08, -20.0), (9.08, 9.2, -39.0))
    ducked, stopped, missed = delays(user, RATE, mic, arrived, played)
    assert ducked == pytest.approx([0.05, 0.08], abs=0.006)
    assert stopped == pytest.approx([0.3, 0.2], abs=0.006)
    assert missed == 0


def test_a_pause_in_the_reply_is_no_duck_and_delays_none(user: User) -> None:
    mic = levels(user.sound.floats.astype(np.float64))
    arrived = reply(user, (2.0, 3.04, -20.0), (3.15, 5.0, -20.0), (8.0, 9.04, -20.0), (9.15, 11.0, -20.0))
    played = reply(user, (2.0, 3.04, -20.0), (3.15, 3.3, -40.0), (8.0, 9.04, -20.0), (9.15, 9.18, -20.0))
    ducked, _, _ = delays(user, RATE, mic, arrived, played)
    assert ducked == pytest.approx([0.04, 0.18], abs=0.006)


def test_a_recording_that_began_late_is_found(user: User) -> None:
    mic = levels(user.sound.floats.astype(np.float64)[RATE // 2 :])
    arrived = reply(user, (7.5, 10.5, -20.0))
    played = reply(user, (7.5, 8.6, -20.0))
    ducked, stopped, _ = delays(user, RATE, mic, arrived, played)
    assert ducked == stopped == pytest.approx([0.1], abs=0.006)


def test_a_reply_that_goes_on_is_counted_and_one_that_was_over_is_not(user: User) -> None:
    mic = levels(user.sound.floats.astype(np.float64))
    going = reply(user, (1.0, 2.5, -20.0), (8.0, 12.0, -20.0))
    assert delays(user, RATE, mic, going, going) == ([], [], 1)
