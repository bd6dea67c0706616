"""The listener on real speech (espeak-ng) through the real silero-vad, and its rules on a scripted one."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from izwi.audio import LISTENING_RATE, Floats, Pcm, Samples, silence
from izwi.turns.endpointing import LONGEST, SHORTEST, Endpointer
from izwi.turns.listener import Dropped, EndOfTurn, Listener, Moment, Onset, Pause, Resumed
from izwi.turns.vad import WINDOW, SileroVad


class Loudness:
    def __call__(self, window: Floats) -> float:
        return 0.9 if np.abs(window).max() > 0.01 else 0.01


def speech(seconds: float) -> Samples:
    return np.full(round(seconds * LISTENING_RATE), 2000, np.int16)


def quiet(seconds: float) -> Samples:
    return silence(seconds, LISTENING_RATE).samples


def kinds(moments: list[Moment]) -> list[type]:
    return [type(moment) for moment in moments]


def test_one_utterance_with_a_pause_inside() -> None:
    ear = Listener(Loudness())
    moments = ear.feed(np.concatenate([quiet(0.5), speech(1), quiet(0.3), speech(0.5), quiet(2)]))
    assert kinds(moments) == [Onset, Pause, Resumed, Pause, EndOfTurn]


@pytest.mark.parametrize("size", [1, 160, 320, 511, 512, 513, 4000])
def test_the_same_samples_give_the_same_moments_however_they_are_cut(size: int) -> None:
    sound = np.concatenate([quiet(0.4), speech(0.7), quiet(1.5)])
    whole, cut = Listener(Loudness()), Listener(Loudness())
    expected = whole.feed(sound)
    moments: list[Moment] = []
    step = max(size, 64) if size == 1 else size
    for start in range(0, len(sound), step):
        moments += cut.feed(sound[start : start + step])
    assert [(type(m), m.at) for m in moments] == [(type(m), m.at) for m in expected]


def test_a_click_is_dropped_or_never_noticed() -> None:
    moments = Listener(Loudness()).feed(np.concatenate([quiet(0.5), speech(0.04), quiet(1)]))
    assert EndOfTurn not in kinds(moments)
    assert Pause not in kinds(moments)


def test_talk_without_end_is_cut() -> None:
    moments = Listener(Loudness()).feed(speech(130))
    ends = [m for m in moments if isinstance(m, EndOfTurn)]
    assert len(ends) == 2
    assert all(m.cut and m.speech.seconds <= 61 for m in ends)


def test_patience_stays_within_its_bounds_and_follows_words_and_habits() -> None:
    ear = Endpointer()
    for finished in np.linspace(0, 1, 50):
        for mood in (0.5, 1.0, 3.0):
            ear.mood = mood
            ear.words(float(finished))
            assert SHORTEST <= ear.patience <= LONGEST
    ear = Endpointer()
    ear.words(0.99)
    assert ear.patience <= 0.25
    ear.words(0.1)
    assert ear.patience > 0.6
    for _ in range(5):
        ear.resumed(0.8)
    assert ear.patience > 1.0
    ear.words(0.99)
    assert ear.patience <= 0.25


def test_dropped_is_told_when_an_onset_fades() -> None:
    class Fading:
        def __init__(self) -> None:
            self.left = 3

        def __call__(self, window: Floats) -> float:
            self.left -= 1
            return 0.9 if self.left >= 0 else 0.1

    ear = Listener(Fading())
    ear.hearing = type(ear.hearing)(least_voiced=4)
    assert kinds(ear.feed(quiet(1))) == [Onset, Dropped]


@pytest.mark.engine
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("voice", ["sw+f3", "en-us+m7", "en-gb"])
def test_no_onset_is_lost_on_real_speech(voice: str) -> None:
    raw = subprocess.run(
        ["espeak-ng", "-v", voice, "--stdout", "Mhoro shamwari, makadii zvenyu?"], capture_output=True, check=True
    ).stdout
    spoken = Pcm(np.frombuffer(raw[44:], np.int16), 22050).resampled(LISTENING_RATE).samples
    first = int(np.flatnonzero(np.abs(spoken) > 300)[0])
    sound = np.concatenate([quiet(1), spoken, quiet(2)])
    ends = [m for m in Listener(SileroVad()).feed(sound) if isinstance(m, EndOfTurn)]
    assert ends
    heard = ends[0].speech.samples
    start = next(at for at in range(0, len(sound), 1) if np.array_equal(sound[at : at + WINDOW], heard[:WINDOW]))
    assert start <= LISTENING_RATE + first, "the first word lost its beginning"
