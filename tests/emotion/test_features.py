"""The features' units, their shape, and that the stream equals the whole."""

import numpy as np
import pytest

from izwi.emotion.features import ENERGY, F0, F0_BASE, WIDTH, FeatureStream, features


def test_a_tone_lights_its_band_and_is_its_own_pitch():
    tone = 0.1 * np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000)
    frames = features(tone)[20:80]
    assert frames.shape == (60, WIDTH)
    bands = frames[:, :80].mean(axis=0)
    above = features(0.1 * np.sin(2 * np.pi * 3000 * np.arange(16_000) / 16_000))[20:80, :80].mean(axis=0)
    assert 5 < bands.argmax() < 15
    assert above.argmax() > 40
    assert np.median(F0_BASE * 2 ** frames[:, F0]) == pytest.approx(300, rel=0.005)
    assert np.median(frames[:, ENERGY] * 20) == pytest.approx(20 * np.log10(0.1 / np.sqrt(2)), abs=0.2)


def test_6_db_more_are_log_4_in_every_band(voice):
    samples = voice(0, 20).samples / 4
    soft, loud = features(samples), features(2 * samples)
    np.testing.assert_allclose((loud - soft)[:, :80], np.log(4), atol=0.01)
    np.testing.assert_allclose((loud - soft)[:, ENERGY] * 20, 20 * np.log10(2), atol=0.01)
    np.testing.assert_allclose(loud[:, F0], soft[:, F0], atol=1e-4)


@pytest.mark.parametrize("piece", [100, 512, 4000])
def test_the_stream_equals_the_whole(voice, piece):
    samples = voice(5, 20).samples
    stream = FeatureStream(lag=5)
    got = [stream.push(samples[i : i + piece]) for i in range(0, len(samples), piece)]
    live, whole = np.concatenate([*got, stream.flush()]), features(samples)
    assert live.shape == whole.shape == (300, WIDTH)
    assert live.dtype == np.float32
    other = np.delete(np.arange(WIDTH), F0)
    np.testing.assert_allclose(live[:, other], whole[:, other], atol=1e-3)
    assert np.mean(np.isclose(live[:, F0], whole[:, F0], atol=0.01)) > 0.97


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_no_numbers_are_a_clear_error(bad):
    samples = np.zeros(1000)
    samples[500] = bad
    with pytest.raises(ValueError, match="finite"):
        features(samples)


def test_two_channels_are_a_clear_error():
    with pytest.raises(ValueError, match="one row"):
        features(np.zeros((1000, 2)))
