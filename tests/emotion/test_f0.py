"""The pitch tracker against voices whose pitch is known, clean and in noise, whole and as it arrives."""

import numpy as np
import pytest

from izwi import audio
from izwi.emotion.f0 import F0Tracker, track

HOP = 160


def _compare(found, spoken):
    """Share of gross errors (> 20 %) where both are voiced, and the F1 of voicing."""
    at = np.arange(len(found)) * HOP
    truly, silent = spoken.voiced[at] > 0.6, spoken.voiced[at] < 0.1
    said = found > 0
    ratio = found[truly & said] / spoken.hz[at][truly & said]
    right, wrong, missed = (truly & said).sum(), (silent & said).sum(), (truly & ~said).sum()
    return np.mean(np.abs(ratio - 1) > 0.2), 2 * right / (2 * right + wrong + missed)


@pytest.mark.parametrize("snr", [30, 10, 3])
@pytest.mark.parametrize(("low", "high"), [(80, 180), (150, 350)])
def test_pitch_is_right_down_to_3_db(voice, snr, low, high):
    results = [_compare(track(s.samples)[:, 0], s) for s in (voice(seed, snr, low, high) for seed in range(4))]
    gross, f1 = np.mean(results, axis=0)
    assert gross < 0.01
    assert f1 > 0.97


def test_pitch_is_fine_to_a_quarter_of_a_semitone(voice):
    spoken = voice(1, 20)
    found = track(spoken.samples)[:, 0]
    at = np.arange(len(found)) * HOP
    sure = (found > 0) & (spoken.voiced[at] > 0.9)
    assert np.median(np.abs(1200 * np.log2(found[sure] / spoken.hz[at][sure]))) < 25


@pytest.mark.parametrize("lag", [1, 3, 8])
def test_the_stream_tells_what_the_whole_tells(voice, lag):
    spoken = voice(3, 15)
    tracker = F0Tracker(lag)
    pieces = [tracker.push(spoken.samples[i : i + 512]) for i in range(0, len(spoken.samples), 512)]
    live, whole = np.concatenate([*pieces, tracker.flush()]), track(spoken.samples)
    assert live.shape == whole.shape
    np.testing.assert_allclose(live[:, 1], whole[:, 1], atol=1e-4)
    assert np.mean(np.isclose(live[:, 0], whole[:, 0], rtol=0.01)) > 0.97


def test_a_frame_is_told_within_the_promised_delay(voice):
    tracker, told = F0Tracker(lag=3), 0
    samples = voice(0, 20).samples
    for end in range(512, len(samples), 512):
        told += len(tracker.push(samples[end - 512 : end]))
        assert told >= (end - 512) // HOP + 1 - 3


def test_the_tracker_starts_anew_after_the_flush(voice):
    tracker, samples = F0Tracker(), voice(0, 20).samples
    first = np.concatenate((tracker.push(samples), tracker.flush()))
    again = np.concatenate((tracker.push(samples), tracker.flush()))
    np.testing.assert_array_equal(first, again)


def test_a_falling_voice_falls():
    t = np.arange(16_000) / 16_000
    hz = np.where(t < 0.6, 200.0, 200.0 * 2.0 ** (-(t - 0.6) / 0.4 * 0.5))
    phase = 2 * np.pi * np.cumsum(hz) / 16_000
    found = track(0.1 * sum(np.cos(k * phase) / k for k in range(1, 15)))[:, 0]
    assert found[40] == pytest.approx(200.0, rel=0.01)
    assert np.log2(found[90] / found[55]) == pytest.approx(-0.375, abs=0.08)


@pytest.mark.parametrize("level", [0.0, 1e-4, 0.1])
def test_noise_and_silence_have_no_pitch(level):
    noise = level * np.random.default_rng(0).standard_normal(32_000)
    assert np.mean(track(noise)[:, 0] > 0) < 0.05


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 161, 1000, 48_001])
def test_every_length_has_its_frames(samples):
    assert track(np.zeros(samples)).shape == (-(-samples // HOP), 2)


@pytest.mark.data
def test_real_voices_keep_their_pitch_in_3_db_of_noise(ser):
    """The reference is the same recording without the noise (which equals librosa's pyin wherever that is sure)."""
    rng, gross, kept = np.random.default_rng(0), [], []
    for name in ("emodb/03a01Fa", "emodb/16a01Fc", "ravdess/03-01-05-02-01-01-01", "ravdess/03-01-04-02-02-02-12"):
        x = audio.read(ser / f"{name}.flac").floats
        noise = rng.standard_normal(len(x)) * np.sqrt(np.mean(x * x)) * 10 ** (-3 / 20)
        truth, found = track(x)[:, 0], track(x + noise)[:, 0]
        both = (truth > 0) & (found > 0)
        gross += list(np.abs(found[both] / truth[both] - 1) > 0.2)
        kept.append(both.sum() / (truth > 0).sum())
    assert len(gross) > 300
    assert np.mean(gross) < 0.02
    assert min(kept) > 0.5
