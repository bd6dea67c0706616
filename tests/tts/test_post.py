"""Post-processing: what it does to a phrase, that streaming changes nothing, and what it may cost."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from izwi.audio import Resampler, from_floats
from izwi.tts.post import CEILING, SILENCE, TARGET, Chain, Level, Limiter, Trim, crossfade, loudness
from izwi.tts.spectrum import CENTRES, MOST, Colour, design, ltas

RATE = 16_000


def speech(seconds: float, level: float = 0.1, pitch: float = 120.0, seed: int = 0) -> np.ndarray:
    """Harmonics under a 4 Hz syllable envelope, with a little breath noise."""
    t = np.arange(round(seconds * RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 40))
    breath = 0.05 * np.random.default_rng(seed).standard_normal(len(t))
    return (level * (tone * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * t)) + breath)).astype(np.float32)


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def through(step: Chain | Limiter | Trim, samples: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Push the samples in pieces of the given sizes (repeated), then the end."""
    out, start, turn = [], 0, 0
    while start < len(samples):
        out.append(step.push(samples[start : start + sizes[turn % len(sizes)]]))
        start += sizes[turn % len(sizes)]
        turn += 1
    out.append(step.push(samples[:0], last=True) if isinstance(step, Limiter) else step.flush())
    return np.concatenate(out)


def test_silence_around_speech_goes_and_silence_inside_stays() -> None:
    spoken = speech(0.5)
    trimmed = through(Trim(RATE), np.concatenate([silence(0.8), spoken, silence(0.5), spoken, silence(2.0)]), [700])
    assert abs(len(trimmed) / RATE - (0.5 + 0.5 + 0.5 + 0.12)) < 0.02
    assert np.flatnonzero(np.abs(trimmed) > SILENCE)[0] < 0.01 * RATE


def test_silence_alone_gives_nothing() -> None:
    assert not len(through(Trim(RATE), silence(3.0), [1000]))
    assert not len(through(Chain(RATE, Level()), silence(3.0), [1000]))


@pytest.mark.parametrize("level", [0.02, 0.1, 0.3])
def test_any_voice_comes_out_at_the_target(level: float) -> None:
    spoken = through(Chain(RATE, Level()), speech(3.0, level), [4000])
    assert abs(loudness(spoken, RATE) - TARGET) < 1.0
    assert np.abs(spoken).max() <= CEILING + 1e-6


def test_energy_moves_the_level() -> None:
    known = Level(loudness(speech(3.0), RATE))
    soft = loudness(through(Chain(RATE, known, -2.5), speech(3.0), [4000]), RATE)
    loud = loudness(through(Chain(RATE, known, 2.5), speech(3.0), [4000]), RATE)
    assert abs(loud - soft - 5.0) < 0.7


def test_known_voice_is_not_kept_waiting() -> None:
    """The first 20 ms of a voice whose level is known come out at once (less the limiter's 3 ms)."""
    chain = Chain(RATE, Level(-25.0))
    assert len(chain.push(speech(0.02))) >= 0.016 * RATE
    assert not len(Chain(RATE, Level()).push(speech(0.02)))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=8))
def test_pieces_make_no_difference(sizes: list[int]) -> None:
    source = np.concatenate([silence(0.3), speech(1.0, 0.5), silence(0.2), speech(0.4, 0.2), silence(0.3)])
    whole = through(Chain(RATE, Level(-15.0)), source, [len(source)])
    assert np.abs(through(Chain(RATE, Level(-15.0)), source, sizes) - whole).max() < 1e-5


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1.0, 50.0), st.lists(st.integers(1, 3000), min_size=1, max_size=5))
def test_nothing_passes_the_limiter(seed: int, factor: float, sizes: list[int]) -> None:
    wild = (factor * np.random.default_rng(seed).standard_normal(8000)).astype(np.float32)
    limited = through(Limiter(RATE), wild, sizes)
    assert len(limited) == len(wild)
    assert np.abs(limited).max() <= CEILING + 1e-5


def test_quiet_speech_passes_the_limiter_untouched() -> None:
    assert np.array_equal(through(Limiter(RATE), speech(0.5), [333]), speech(0.5))


def test_very_short_speech_is_levelled_too() -> None:
    assert abs(loudness(through(Chain(RATE, Level()), speech(0.15), [500]), RATE) - TARGET) < 2.0


def test_crossfade_joins_without_a_click() -> None:
    t = np.arange(RATE) / RATE
    steady = np.sin(2 * np.pi * 200 * t).astype(np.float32)
    joined = crossfade(steady[:8000], -steady[8000:], RATE)
    assert len(joined) == RATE - 160
    assert np.abs(np.diff(joined)).max() < 2 * np.abs(np.diff(steady)).max()
    assert np.array_equal(crossfade(steady[:0], steady, RATE), steady)


def test_spectrum_moves_towards_the_reference_within_bounds() -> None:
    dull = np.cumsum(np.random.default_rng(1).standard_normal(4 * RATE)).astype(np.float32) * 0.001
    bright = speech(4.0)
    reference = ltas(bright, RATE)
    colour = Colour(reference)
    assert colour.taps(RATE) is None, "an unknown voice is left alone"
    colour.learn(dull, RATE)
    taps = colour.taps(RATE)
    assert taps is not None
    known = ~np.isnan(reference) & (CENTRES > 150)

    def distance(samples: np.ndarray) -> float:
        return float(np.sqrt(np.mean((ltas(samples, RATE) - reference)[known] ** 2)))

    assert distance(np.convolve(dull, taps)[: len(dull)].astype(np.float32)) < 0.85 * distance(dull)
    response = 20 * np.log10(np.abs(np.fft.rfft(taps, 4096)) + 1e-9)
    assert np.abs(response).max() < MOST + 1.5
    assert np.argmax(np.abs(taps)) < 8, "the filter must not delay speech"


def test_equal_spectra_are_left_alone() -> None:
    bands = ltas(speech(3.0), RATE)
    assert np.abs(20 * np.log10(np.abs(np.fft.rfft(design(bands, bands, RATE), 512)))).max() < 0.1


def test_chain_with_colour_streams_too() -> None:
    level = Level(-20.0, Colour(ltas(speech(3.0, pitch=90.0), RATE)))
    for _ in range(2):
        through(Chain(RATE, level), speech(2.0), [4000])
    whole = through(Chain(RATE, Level(level.lufs, level.colour)), speech(1.0), [16_000])
    pieces = through(Chain(RATE, Level(level.lufs, level.colour)), speech(1.0), [123, 4567])
    assert np.abs(whole - pieces).max() < 1e-4


def test_all_of_it_costs_little_beside_one_fft_of_the_same_length() -> None:
    """Relative to work of known size on this machine: ≤ 3 ms a second where 30 FFTs of a second take ≥ 3 ms."""
    level = Level(-20.0, Colour(ltas(speech(3.0, pitch=90.0), RATE)))
    source = speech(3.0)

    def everything() -> None:
        chain, resampler = Chain(RATE, level), Resampler(RATE, 24_000)
        for start in range(0, len(source), 4000):
            resampler.push(from_floats(chain.push(source[start : start + 4000]), RATE).samples)
        resampler.push(from_floats(chain.flush(), RATE).samples, last=True)

    def yardstick() -> None:
        for _ in range(90):
            np.fft.fft(source[:RATE].astype(np.float64))

    everything()
    assert _cpu(everything) < 3 * _cpu(yardstick)


def _cpu(work: object) -> float:
    """The least CPU time of five runs, in seconds."""
    times = []
    for _ in range(5):
        start = time.thread_time()
        work()  # type: ignore[operator]
        times.append(time.thread_time() - start)
    return min(times)
