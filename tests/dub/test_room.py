"""The room goes on under the dub: background without a seam, the voice in its colour, no click at a splice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from izwi.audio import Floats, from_floats
from izwi.dub.room import Background, colour, distance, pauses, speech_levels
from izwi.dub.splicing import blended, spliced, without
from izwi.dub.timeline import Segment
from izwi.tts.post import loudness
from izwi.tts.spectrum import levels

RATE = 16_000
SPANS = [(1.0, 2.0), (3.0, 4.5)]


def noise(seconds: float, level: float = 0.02, seed: int = 0) -> Floats:
    chance = np.random.default_rng(seed).normal(0, level, round(seconds * RATE))
    return np.asarray(lfilter([0.3], [1, -0.7], chance), np.float32)


def test_pauses_keep_clear_of_speech() -> None:
    assert pauses(SPANS, 6.0) == [(0.0, pytest.approx(0.94)), (2.06, pytest.approx(2.94)), (4.56, 6.0)]
    assert pauses([(0.0, 6.0)], 6.0) == []
    assert pauses([(0.1, 3.0), (3.1, 6.0)], 6.0) == []


def test_the_background_is_as_loud_and_as_coloured_as_the_pauses() -> None:
    sound = noise(6.0)
    woven = Background(from_floats(sound, RATE), SPANS).woven(1.0, 2.0)
    assert len(woven) == RATE
    assert 10 * np.log10(np.mean(woven**2) / np.mean(sound**2)) == pytest.approx(0, abs=0.7)
    assert distance(levels(woven, RATE), levels(sound, RATE)) < 1.5
    frames = np.mean(woven[: RATE // 160 * 160].reshape(-1, 160) ** 2, axis=1)
    assert 10 * np.log10(frames.max() / np.median(frames)) < 6


def test_a_change_of_background_is_followed() -> None:
    sound = np.concatenate([noise(6.0, 0.01), noise(30.0, 0.04)])
    background = Background(from_floats(sound, RATE), [(1.0, 2.0), (20.0, 21.0)])
    quiet, loud = background.woven(1.0, 2.0), background.woven(20.0, 21.0)
    assert np.mean(loud**2) > 4 * np.mean(quiet**2)


def test_without_a_pause_there_is_silence() -> None:
    assert not Background(from_floats(noise(2.0), RATE), [(0.0, 2.0)]).woven(0.0, 2.0).any()


def test_the_voice_takes_the_colour_of_the_original() -> None:
    voice = noise(5.0, 0.1, seed=1)
    original = np.asarray(lfilter([1, 0.9], [1, 0.3], np.random.default_rng(2).normal(0, 0.1, 5 * RATE)), np.float32)
    wanted = levels(original, RATE)
    taps = colour(voice, speech_levels(original, np.zeros(0, np.float32), RATE), RATE)
    coloured = blended(voice, taps, RATE, -20.0)
    assert distance(levels(coloured, RATE), wanted) < 0.2 * distance(levels(voice, RATE), wanted)
    assert loudness(coloured, RATE) == pytest.approx(-20, abs=0.3)


def test_the_background_is_taken_out_of_what_the_voice_shall_sound_like() -> None:
    voice, hiss = noise(5.0, 0.1, seed=1), np.random.default_rng(3).normal(0, 0.02, 5 * RATE).astype(np.float32)
    clean = levels(voice, RATE)
    assert distance(speech_levels(voice + hiss, hiss, RATE), clean) < 0.5 * distance(levels(voice + hiss, RATE), clean)


def test_two_levels_together_make_the_third() -> None:
    alone = without(-20.0, -26.0)
    assert 10 * np.log10(10 ** (alone / 10) + 10**-2.6) == pytest.approx(-20.0)
    assert without(-20.0, -10.0) == pytest.approx(-40.0)


def test_a_splice_is_not_heard() -> None:
    """The original tone goes, the background stays, and nowhere is there a jump."""
    sound = noise(6.0, 0.01)
    clip = sound.copy()
    for start, end in SPANS:
        part = slice(round(start * RATE), round(end * RATE))
        clip[part] += 0.3 * np.sin(2 * np.pi * 300 * np.arange(part.stop - part.start) / RATE).astype(np.float32)
    segments = [Segment(number, *span) for number, span in enumerate(SPANS, 1)]
    nothing = np.zeros(10, np.float32)
    dub = spliced(from_floats(clip, RATE), segments, [nothing, nothing], Background(from_floats(clip, RATE), SPANS))
    assert len(dub.samples) == len(clip)
    frames = np.mean(dub.floats.reshape(-1, 160) ** 2, axis=1)
    level = 10 * np.log10(np.mean(sound**2))
    assert 10 * np.log10(frames.max()) < level + 6
    assert 10 * np.log10(np.mean(dub.floats**2)) == pytest.approx(level, abs=0.7)


def test_a_kept_segment_is_the_original_to_the_sample() -> None:
    clip = from_floats(noise(6.0), RATE)
    segments = [Segment(number, *span) for number, span in enumerate(SPANS, 1)]
    voice = np.full(8000, 0.1, np.float32)
    dub = spliced(clip, segments, [None, voice], Background(clip, SPANS))
    assert np.array_equal(dub.samples[: round(2.9 * RATE)], clip.samples[: round(2.9 * RATE)])
    assert not np.array_equal(dub.samples[3 * RATE : 4 * RATE], clip.samples[3 * RATE : 4 * RATE])


def test_nothing_is_clipped() -> None:
    clip = from_floats(noise(6.0), RATE)
    voice = 1.5 * np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32)
    dub = spliced(clip, [Segment(1, 1.0, 2.0)], [voice], Background(clip, [(1.0, 2.0)]))
    assert len(dub.samples) == len(clip.samples)
    assert np.abs(dub.floats).max() <= 0.9
