"""The figures of a voice that the page shows."""

import numpy as np
import pytest

from izwi.emotion.features import features
from izwi.emotion.prosody import prosody


def _syllables(rate: float, hz: tuple[float, float], seconds: float = 3.0) -> np.ndarray:
    """A buzz that glides from one pitch to another in ``rate`` syllables a second."""
    t = np.arange(round(seconds * 16_000)) / 16_000
    phase = 2 * np.pi * np.cumsum(np.geomspace(*hz, len(t))) / 16_000
    return 0.1 * sum(np.cos(k * phase) / k for k in range(1, 20)) * (0.55 - 0.45 * np.cos(2 * np.pi * rate * t))


@pytest.mark.parametrize("rate", [2, 4, 6])
def test_syllables_are_counted(rate):
    assert prosody(features(_syllables(rate, (150, 150)))).rate == pytest.approx(rate, rel=0.15)


def test_pitch_and_its_range():
    voice = prosody(features(_syllables(4, (100, 200))))
    assert voice.f0 == pytest.approx(141, rel=0.05)
    assert voice.f0_range == pytest.approx(0.8 * 12, abs=0.7)
    assert voice.voiced == pytest.approx(3.0, abs=0.2)
    assert voice.seconds == pytest.approx(3.0)


def test_half_the_amplitude_is_6_db_less():
    loud, soft = (prosody(features(g * _syllables(4, (150, 150)))) for g in (1.0, 0.5))
    assert loud.energy - soft.energy == pytest.approx(6.02, abs=0.05)


def test_silence_has_no_voice():
    voice = prosody(features(np.zeros(16_000)))
    assert (voice.f0, voice.rate, voice.voiced, voice.energy) == (0.0, 0.0, 0.0, -120.0)
