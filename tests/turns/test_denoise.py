"""The noise of the room goes, the voice stays, however the stream is cut."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.audio import Samples
from izwi.turns.denoise import STEP, Denoiser, denoiser


@pytest.fixture
def clean() -> Denoiser:
    pytest.importorskip("webrtc_noise_gain", reason="the suppressor has no build for this machine")
    made = denoiser()
    assert made is not None
    return made


def room(seconds: float, level: float = 400.0) -> Samples:
    noise = np.random.default_rng(2).standard_normal(round(16_000 * seconds))
    return (noise * level).astype(np.int16)


def decibels(samples: Samples) -> float:
    return float(10 * np.log10((samples.astype(np.float64) ** 2).mean() + 1e-9))


def test_steady_noise_is_lowered_and_a_voice_over_it_is_not(clean: Denoiser) -> None:
    noise = room(4.0)
    t = np.arange(16_000) / 16_000
    voice = sum(np.sin(2 * np.pi * 140 * k * t) / k for k in range(1, 20)) * np.abs(np.sin(2 * np.pi * 3 * t)) * 4000
    loud = noise.astype(np.float64)
    loud[-16_000:] += voice
    heard = clean(loud.astype(np.int16))
    quiet = slice(32_000, 47_000)
    assert decibels(heard[quiet]) < decibels(noise[quiet]) - 4
    assert abs(decibels(heard[-16_000:]) - decibels(loud[-16_000:])) < 2


@pytest.mark.parametrize("size", [1, 159, 160, 320, 1000])
def test_however_it_is_cut_the_same_comes_out_and_nothing_is_lost(clean: Denoiser, size: int) -> None:
    noise = room(0.5)
    whole = denoiser()
    assert whole is not None
    pieces = [clean(noise[at : at + size]) for at in range(0, len(noise), size)]
    out = np.concatenate(pieces)
    assert len(out) + len(clean.rest()) == len(noise)
    assert np.array_equal(out, whole(noise)[: len(out)])
    assert len(clean.rest()) == 0


def test_less_than_a_step_waits(clean: Denoiser) -> None:
    assert len(clean(room(1.0)[: STEP - 1])) == 0
    assert len(clean(room(1.0)[:1])) == STEP
