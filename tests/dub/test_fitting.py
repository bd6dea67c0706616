"""A translation in the time there is: the voice's rate, a stretch, fewer words, the pause, and then no further."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
import pytest

from izwi.audio import Pcm, from_floats
from izwi.dub.fitting import FASTEST, SLOWEST, fitted, stretched
from izwi.dub.store import Made
from izwi.engines import Cancelled, Cost, EngineFailed, Style, never
from izwi.tts.espeak import EspeakVoice

RATE = 16_000


class Metronome:
    """A voice of 0.1 s a letter; ``obeys`` is how much of a wished rate it really gives."""

    name, languages, licence, cost = "metronome", frozenset({"en"}), "test", Cost()

    def __init__(self, obeys: float = 1.0) -> None:
        self.obeys, self.rates = obeys, list[float]()

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        self.rates.append(style.rate)
        count = round(0.1 * len(text) * RATE / style.rate**self.obeys)
        yield from_floats(0.3 * np.sin(2 * np.pi * 200 * np.arange(count) / RATE), RATE)


def fit(text: str, slot: float, room: float = 0.0, shorter: str = "", voice: Metronome | None = None) -> Made:
    async def other() -> str:
        return shorter

    return asyncio.run(fitted(text, "en", Style(), voice or Metronome(), slot, room, other))


def seconds(made: Made) -> float:
    assert made.sound is not None
    return made.sound.seconds


def test_what_fits_is_left_alone() -> None:
    voice = Metronome()
    made = fit("a" * 20, slot=2.0, voice=voice)
    assert voice.rates == [1.0]
    assert (made.data["speed"], made.data["stretch"], made.data["note"]) == (1.0, 1.0, "")


@pytest.mark.parametrize("slot", [1.7, 1.8, 2.2, 2.4])
def test_the_voices_own_rate_comes_first(slot: float) -> None:
    made = fit("a" * 20, slot)
    assert seconds(made) == pytest.approx(slot, rel=0.03)
    assert made.data["stretch"] == 1.0


@pytest.mark.parametrize("slot", [1.7, 2.4])
def test_a_voice_that_has_one_rate_only_is_stretched(slot: float) -> None:
    made = fit("a" * 20, slot, voice=Metronome(obeys=0.0))
    assert seconds(made) == pytest.approx(slot, rel=0.03)
    assert made.data["stretch"] == pytest.approx(2.0 / slot, abs=0.01)


@pytest.mark.parametrize("obeys", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("slot", [1.0, 1.6, 2.0, 2.5, 6.0])
def test_never_faster_or_slower_than_the_limits(obeys: float, slot: float) -> None:
    made = fit("a" * 20, slot, room=9.0, voice=Metronome(obeys))
    assert 2.0 / FASTEST * 0.97 <= seconds(made) <= 2.0 / SLOWEST * 1.03


def test_fewer_words_before_the_pause() -> None:
    made = fit("a" * 30, slot=1.6, room=2.0, shorter="a" * 18)
    assert made.data["text"] == "a" * 18
    assert made.data["note"] == "said in fewer words"
    assert seconds(made) <= 1.6 * 1.03


def test_the_pause_takes_what_is_left_and_it_is_said() -> None:
    made = fit("a" * 30, slot=2.0, room=0.6)
    assert made.data["note"] == "runs 0.4 s into the pause"
    assert seconds(made) == pytest.approx(2.4, rel=0.03)


def test_what_cannot_fit_has_no_sound_and_says_why() -> None:
    made = fit("a" * 60, slot=2.0, room=0.5)
    assert made.sound is None
    assert made.data["note"] == "the translation takes 4.8 s and there are 2.5 s"


def test_silence_is_a_failure() -> None:
    class Mute(Metronome):
        async def synthesize_stream(
            self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
        ) -> AsyncGenerator[Pcm]:
            yield from_floats(np.zeros(RATE), RATE)

    with pytest.raises(EngineFailed, match="says nothing"):
        fit("hello", 1.0, voice=Mute())


@pytest.mark.parametrize("factor", [SLOWEST, 0.9, 1.1, FASTEST])
def test_a_stretch_keeps_the_pitch_the_level_and_the_beginning(factor: float) -> None:
    tone = np.concatenate([0.3 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE), np.zeros(RATE // 10)])
    made = stretched(from_floats(tone, RATE), factor)
    assert made.seconds == pytest.approx(1.1 / factor, rel=0.01)
    middle = made.floats[RATE // 4 : RATE // 2]
    spectrum = np.abs(np.fft.rfft(middle, 4 * len(middle)))
    assert spectrum.argmax() * RATE / (4 * len(middle)) == pytest.approx(220, abs=3)
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.15)
    assert np.flatnonzero(np.abs(made.floats) > 0.1)[0] < 0.03 * RATE
    assert np.array_equal(made.samples, stretched(from_floats(tone, RATE), factor).samples)


@pytest.mark.engine
def test_a_real_voice() -> None:
    async def nothing() -> str:
        return ""

    for slot in (1.3, 1.5, 1.8):
        made = asyncio.run(fitted("Hello my friend, how are you?", "en", Style(), EspeakVoice(), slot, 0.0, nothing))
        assert seconds(made) == pytest.approx(slot, rel=0.03)
