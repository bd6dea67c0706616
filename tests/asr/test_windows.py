"""Long recordings are cut at pauses; silence is told from speech."""

import numpy as np
import pytest

from izwi.asr.windows import is_silent, windows
from izwi.audio import LISTENING_RATE, Pcm


def talk(seconds: float, pauses: tuple[float, ...] = ()) -> Pcm:
    """Loud noise with 300 ms of silence centred at each of ``pauses``."""
    samples = np.random.default_rng(0).integers(-8000, 8000, int(seconds * LISTENING_RATE)).astype(np.int16)
    for middle in pauses:
        at = int(middle * LISTENING_RATE)
        samples[at - 2400 : at + 2400] = 0
    return Pcm(samples, LISTENING_RATE)


def test_short_speech_is_one_window() -> None:
    speech = talk(3)
    (only,) = windows(speech, 9.8)
    np.testing.assert_array_equal(only, speech.floats)


def test_nothing_gives_no_window() -> None:
    assert list(windows(talk(0), 9.8)) == []


@pytest.mark.parametrize("pause", [5.5, 7.0, 9.0])
def test_a_cut_falls_into_the_pause(pause: float) -> None:
    first, *_ = windows(talk(14, (pause,)), 9.8)
    assert abs(len(first) / LISTENING_RATE - pause) < 0.15


def test_windows_lose_nothing_and_stay_short() -> None:
    speech = talk(61.3)
    pieces = list(windows(speech, 9.8))
    assert max(map(len, pieces)) <= 9.8 * LISTENING_RATE
    np.testing.assert_array_equal(np.concatenate(pieces), speech.floats)


@pytest.mark.parametrize("level", [0.0, 1e-4, 1e-3])
def test_hiss_is_silence(level: float) -> None:
    assert is_silent(np.random.default_rng(0).normal(0, level, 16_000).astype(np.float32))


def test_one_short_word_is_not_silence() -> None:
    samples = np.zeros(32_000, np.float32)
    samples[8_000:10_000] = 0.02 * np.sin(np.arange(2_000) / 8)
    assert not is_silent(samples)


def test_a_few_samples_are_silence() -> None:
    assert is_silent(np.ones(100, np.float32))
