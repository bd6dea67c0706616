"""How an utterance ends, heard window by window."""

import numpy as np
import pytest

from izwi.emotion.melody import Ending, Melody, hanging

RATE = 16_000


def spoken(hz: np.ndarray, gaps: tuple[tuple[float, float], ...] = ()) -> np.ndarray:
    t = np.arange(len(hz)) / RATE
    x = 0.1 * sum(np.cos(2 * np.pi * k * np.cumsum(hz) / RATE) / k for k in range(1, 15))
    for start, end in gaps:
        x[(t >= start) & (t < end)] = 0.0
    return np.concatenate((x, np.zeros(RATE // 5)))


def heard(samples: np.ndarray) -> Ending | None:
    melody = Melody()
    for i in range(0, len(samples) - 511, 512):
        melody.push(samples[i : i + 512])
    return melody.ending()


def glide(semitones: float) -> np.ndarray:
    """1.5 s at 150 Hz, the last 0.4 s of it gliding."""
    t = np.arange(int(1.5 * RATE)) / RATE
    return 150.0 * 2.0 ** (np.interp(t, (0, 1.1, 1.5), (0, 0, semitones)) / 12.0)


def test_a_fallen_voice_is_answered_sooner_than_one_that_hangs():
    fallen, level, risen = (heard(spoken(glide(s))) for s in (-6, 0, 4))
    assert fallen is not None
    assert level is not None
    assert risen is not None
    assert fallen.change < -4 < -0.3 < level.change < 0.3 < 2 < risen.change
    assert fallen.factor < 0.95 < 1.0 < level.factor <= risen.factor <= 1.35


def test_a_drawn_out_level_sound_hangs_more():
    short = heard(spoken(glide(0), gaps=((0.3, 0.4), (0.7, 0.8), (1.2, 1.3))))
    long = heard(spoken(glide(0), gaps=((0.3, 0.4), (0.7, 0.8))))
    assert short is not None
    assert long is not None
    assert short.last == pytest.approx(0.2, abs=0.06)
    assert long.last == pytest.approx(0.7, abs=0.06)
    assert long.factor > short.factor


def test_nothing_is_said_of_silence_or_a_scrap():
    assert heard(np.zeros(RATE)) is None
    assert heard(spoken(np.full(RATE // 5, 150.0))) is None


def test_a_new_utterance_forgets_the_old_one():
    melody = Melody()
    melody.push(spoken(glide(-6)))
    assert melody.ending() is not None
    melody.begin()
    assert melody.ending() is None


def test_the_whole_of_an_utterance_says_how_it_ends():
    fallen, level = (hanging((spoken(glide(s)) * 20_000).astype(np.int16)) for s in (-6, 0))
    assert fallen < 1.0 < level
    assert hanging(np.zeros(RATE, np.int16)) == 1.0
