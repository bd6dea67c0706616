"""A voice much fainter than the user's is somebody else's."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.audio import Samples
from izwi.turns.nearness import SUPPOSED, Nearness, loudness


def voice(db: float, seconds: float = 1.0, seed: int = 0) -> Samples:
    sound = np.random.default_rng(seed).standard_normal(round(16_000 * seconds)) * 10 ** (db / 20) * 32768
    return sound.astype(np.int16)


def test_loudness_is_that_of_the_sound_whatever_silence_is_around_it() -> None:
    quiet = np.zeros(16_000, np.int16)
    assert loudness(np.concatenate([quiet, voice(-20, 0.3), quiet])) == pytest.approx(-20, abs=0.5)
    assert loudness(quiet[:100]) == loudness(quiet) == -120.0


def test_until_the_user_is_known_every_voice_is_near() -> None:
    assert not Nearness().far(voice(-60))


def test_a_voice_from_another_table_is_far_and_the_user_is_near() -> None:
    ear = Nearness()
    for seed, db in enumerate((-20, -23, -18)):
        ear.learn(voice(db, seed=seed))
    assert ear.far(voice(-36))
    assert not ear.far(voice(-28))


def test_a_user_who_speaks_lower_from_now_on_is_learnt() -> None:
    ear = Nearness()
    ear.learn(voice(-15))
    assert ear.far(voice(-30))
    for seed in range(4):
        ear.learn(voice(-30, seed=seed))
    assert not ear.far(voice(-30))


def test_before_anybody_was_heard_a_level_can_be_supposed() -> None:
    ear = Nearness()
    assert ear.far(voice(-36), SUPPOSED)
    assert not ear.far(voice(-26), SUPPOSED)
    ear.learn(voice(-40))
    assert not ear.far(voice(-36), SUPPOSED), "this user is quiet"
