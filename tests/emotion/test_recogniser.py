"""The embedded recogniser: what it must not claim, what it must not hear, and what it may cost."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from izwi import audio
from izwi.audio import Pcm, from_floats, silence
from izwi.emotion.features import ENERGY, F0, WIDTH
from izwi.emotion.recogniser import EMBEDDED, EMOTIONS, LONGEST, EmbeddedEmotion, heard_part

pytestmark = pytest.mark.engine
RATE = 16_000


@pytest.fixture(scope="module")
def recogniser() -> EmbeddedEmotion:
    return EmbeddedEmotion()


def _fm_music(seed: int, seconds: float = 3.0) -> np.ndarray:
    """Bells and bass by frequency modulation (unlike anything in the training)."""
    rng, t = np.random.default_rng(seed), np.arange(int(seconds * RATE)) / RATE
    x = np.zeros(len(t))
    for start in np.arange(0, seconds, rng.uniform(0.2, 0.5)):
        at = np.maximum(t - start, 0.0)
        hz = 110 * 2 ** (rng.integers(0, 36) / 12)
        x += (t >= start) * np.exp(-3 * at) * np.sin(2 * np.pi * hz * at + 3 * np.sin(2 * np.pi * hz * 1.4 * at))
    return 0.2 * x / np.abs(x).max()


def _noise(seed: int, fall: float, seconds: float = 3.0) -> np.ndarray:
    n = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(n))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (fall / 2)
    spectrum[:100] = 0
    x = np.fft.irfft(spectrum, n)
    return 0.1 * x / np.sqrt(np.mean(x * x))


NO_VOICE = {
    "nothing": np.zeros(0),
    "one sample": np.ones(1),
    "silence": np.zeros(48_000),
    "50 ms": 0.1 * np.sin(2 * np.pi * 200 * np.arange(800) / RATE),
    "a constant": np.full(48_000, 0.5),
    "NaN": np.full(48_000, np.nan),
    "clicks": np.eye(1, 48_000, 100)[0] + np.eye(1, 48_000, 30_000)[0],
    "a tone": 0.3 * np.sin(2 * np.pi * 220 * np.arange(48_000) / RATE),
    "a square wave, clipped": np.sign(np.sin(2 * np.pi * 150 * np.arange(48_000) / RATE)),
    "mains hum": 0.05 * sum(np.sin(2 * np.pi * 50 * k * np.arange(48_000) / RATE) for k in (1, 2, 3, 5)),
    **{f"noise {fall}": _noise(int(fall * 10), fall) for fall in (0.0, 1.0, 2.0)},
    **{f"music {seed}": _fm_music(seed) for seed in range(6)},
}


@pytest.mark.parametrize("name", NO_VOICE)
def test_no_voice_has_no_sure_feeling(recogniser, name):
    assert not recogniser.hear(from_floats(NO_VOICE[name], RATE)).tag.sure


@pytest.mark.parametrize("seed", range(4))
def test_a_badly_clipped_voice_has_no_sure_feeling(recogniser, voice, seed):
    clipped = from_floats(np.clip(20 * voice(seed, 30).samples, -1, 1), RATE)
    assert not recogniser.hear(clipped).tag.sure


@pytest.mark.data
def test_a_real_voice_is_sure_until_it_is_clipped(recogniser, ser):
    speech = audio.read(ser / "emodb" / "03a01Wa.flac")
    assert recogniser.hear(speech).tag.sure
    assert not recogniser.hear(from_floats(np.clip(30 * speech.floats, -1, 1), speech.rate)).tag.sure


def test_a_minute_is_no_utterance(recogniser, voice):
    minute = from_floats(np.tile(voice(0, 20).samples, 20), RATE)
    assert minute.seconds == 60
    assert not recogniser.hear(minute).tag.sure


@pytest.mark.data
def test_recorded_noise_has_no_sure_feeling(recogniser, noises):
    for path in noises:
        sound = audio.read(path)
        assert not recogniser.hear(Pcm(sound.samples[: sound.rate * 5], sound.rate)).tag.sure, path.name


@pytest.mark.parametrize("gain", [0.02, 0.2, 1.6])
def test_loudness_is_not_heard(recogniser, voice, gain):
    samples = voice(4, 30).samples
    plain, changed = (recogniser.hear(from_floats(g * samples, RATE)).tag for g in (1.0, gain))
    for emotion in EMOTIONS:
        assert changed.probabilities[emotion] == pytest.approx(plain.probabilities[emotion], abs=0.06)


def test_a_dc_offset_is_not_heard(recogniser, voice):
    samples = voice(4, 30).samples / 2
    plain, moved = (recogniser.hear(from_floats(samples + offset, RATE)).tag for offset in (0.0, 0.4))
    for emotion in EMOTIONS:
        assert moved.probabilities[emotion] == pytest.approx(plain.probabilities[emotion], abs=0.02)


def test_another_rate_is_the_same_voice(recogniser, voice):
    speech = from_floats(voice(4, 30).samples, RATE)
    plain, other = recogniser.hear(speech).tag, recogniser.hear(speech.resampled(48_000)).tag
    for emotion in EMOTIONS:
        assert other.probabilities[emotion] == pytest.approx(plain.probabilities[emotion], abs=0.05)


def test_probabilities_leave_room_for_something_else(recogniser, voice):
    tag = recogniser.hear(from_floats(voice(1, 30).samples, RATE)).tag
    assert set(tag.probabilities) == set(EMOTIONS)
    assert all(p >= 0 for p in tag.probabilities.values())
    assert sum(tag.probabilities.values()) <= 1 + 1e-6
    assert tag.emotion == max(EMOTIONS, key=tag.probabilities.__getitem__)


def test_the_figures_come_with_the_tag(recogniser, voice):
    spoken = voice(1, 30)
    figures = recogniser.hear(from_floats(spoken.samples, RATE)).voice
    assert figures.f0 == pytest.approx(np.median(spoken.hz[spoken.voiced > 0.6]), rel=0.05)


async def test_the_loop_goes_on_while_it_listens(recogniser, voice):
    """Two at once answer what one answers alone: the session is shared by all talkers."""
    import asyncio

    first, second = (from_floats(voice(seed, 30).samples, RATE) for seed in (1, 2))
    both = await asyncio.gather(recogniser.recognise(first), recogniser.recognise(second))
    assert list(both) == [recogniser.hear(first).tag, recogniser.hear(second).tag]
    assert silence(1.0, RATE).seconds == 1.0
    assert not (await recogniser.recognise(silence(1.0, RATE))).sure


def test_quiet_ends_are_cut_and_only_the_end_of_a_long_turn_counts():
    frames = np.zeros((1000, WIDTH))
    frames[:, ENERGY] = -4.0
    frames[300:500, ENERGY] = -1.0
    frames[:, F0] = np.arange(1000)
    assert heard_part(frames)[[0, -1], F0].tolist() == [290, 509]
    frames[:, ENERGY] = -1.0
    assert len(heard_part(frames)) == LONGEST * 100
    assert heard_part(frames)[-1, F0] == 999
    assert len(heard_part(frames[:0])) == 0


def test_a_missing_model_is_a_clear_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no emotion model"):
        EmbeddedEmotion(tmp_path)


def test_the_files_are_small_and_carry_their_licence():
    assert (EMBEDDED / "emotion.onnx").stat().st_size <= 4_500_000
    assert "CC BY-NC-SA 4.0" in (EMBEDDED / "README.md").read_text(encoding="utf-8")


_FOOTPRINT = """
import sys
from izwi.emotion.bench import measure
print(measure(3.0)["RSS added, MB"])
print(*[m for m in ("torch", "transformers", "scipy", "librosa", "onnx") if m in sys.modules])
"""


def test_it_adds_little_memory_and_no_heavy_library():
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", _FOOTPRINT], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    added, heavy = done.stdout.splitlines()
    assert 0 < float(added) <= 80
    assert heavy == ""


@pytest.mark.data
def test_it_knows_the_voices_it_was_trained_on(recogniser, ser):
    """Not a score (see the card for unheard speakers): the shipped file is the trained network, whole and in order."""
    names = {"happy": "03-01-03-02-01-01", "sad": "03-01-04-02-01-01", "angry": "03-01-05-02-01-01"}
    right = [
        recogniser.hear(audio.read(ser / "ravdess" / f"{name}-{actor:02d}.flac")).tag.emotion == emotion
        for emotion, name in names.items()
        for actor in (1, 2, 5, 6, 9, 10)
    ]
    assert sum(right) >= 13
