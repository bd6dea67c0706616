"""Voices whose pitch is known, and sounds that are no voice."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

RATE = 16_000
DATA = Path(__file__).parents[2].parent / "shared" / "data"


class Spoken(NamedTuple):
    samples: NDArray[np.float32]
    hz: NDArray[np.float64]  # the true F0 of each sample
    voiced: NDArray[np.float64]  # how much of each sample is voice, 0 to 1


def _resonance(x: NDArray[np.float64], hz: float, width: float) -> NDArray[np.float64]:
    """A formant, as a product in the frequency domain."""
    f = np.fft.rfftfreq(len(x), 1 / RATE)
    return np.fft.irfft(np.fft.rfft(x) / (1 - (f / hz) ** 2 + 1j * f * width / hz**2), len(x))


def speak(seed: int, snr: float, low: float = 80.0, high: float = 180.0, seconds: float = 3.0) -> Spoken:
    """Harmonics on a wandering pitch through four formants, with noisy gaps, in white noise at ``snr`` dB."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    hz = np.exp(np.interp(t, np.linspace(0, seconds, 8), np.log(rng.uniform(low, high, 8))))
    hz *= 1 + 0.01 * np.sin(2 * np.pi * 5 * t)
    phase = 2 * np.pi * np.cumsum(hz) / RATE
    x = sum(np.where(hz * k < 7600, np.cos(k * phase) / k, 0.0) for k in range(1, 40))
    for formant, width in ((rng.uniform(350, 750), 80), (rng.uniform(900, 2000), 100), (2600, 140), (3500, 200)):
        x = _resonance(x, formant, width)
    on = np.interp(t, np.linspace(0, seconds, 13), rng.random(13)) > 0.3
    voiced = np.convolve(on.astype(float), np.hanning(320) / 160, "same")
    x = x / np.sqrt(np.mean(x * x)) * voiced + rng.standard_normal(n) * 0.15 * (1 - voiced)
    x = x + rng.standard_normal(n) * np.sqrt(np.mean(x * x)) * 10 ** (-snr / 20)
    return Spoken((x / np.abs(x).max() * 0.6).astype(np.float32), hz, voiced)


@pytest.fixture(scope="session")
def voice() -> Callable[..., Spoken]:
    return speak


@pytest.fixture(scope="session")
def ser() -> Path:
    """The folder of RAVDESS and EmoDB."""
    folder = DATA / "ser"
    if not (folder / "MANIFEST.csv").exists():
        pytest.skip("needs ../shared/data/ser")
    return folder


@pytest.fixture(scope="session")
def noises() -> list[Path]:
    """Recorded noise of rooms and streets."""
    found = sorted((DATA / "speech").glob("*/noise?.wav")) + sorted((DATA / "speech").glob("noise/cafe*.wav"))
    if not found:
        pytest.skip("needs ../shared/data/speech")
    return found
