"""The table of styles is kept in the sound: each emotion is as much higher, faster and louder than neutral as it says.

Measured on what comes out at the end of the chain, of every voice of ours. espeak-ng's pitch moves in steps of 1.4 %.
The fixture VITS makes noise with a tone in it, so its pitch is that of the tone; its noise is quieter where it is
shifted, hence the wider tolerance in dB.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest

from izwi.audio import Pcm, join
from izwi.emotion.features import F0, F0_BASE, features
from izwi.emotion.style import style_for
from izwi.engines import TTS, Emotion
from izwi.languages import pack
from izwi.tts.espeak import EspeakVoice
from izwi.tts.post import loudness
from izwi.tts.prosody import EMOTIONS, prosody
from izwi.tts.vits import VitsVoice
from tests.emotion.sentences import SENTENCES

pytestmark = pytest.mark.engine
FIXTURE = Path(__file__).parents[2] / "models" / "embedded" / "vits"
SPOKEN = 3


def median_f0(sound: Pcm) -> float:
    octaves = features(sound.resampled(16_000).floats)[:, F0]
    return float(F0_BASE * 2 ** np.median(octaves[octaves > 0]))


def tone(sound: Pcm) -> float:
    """The strongest frequency in Hz, to 0.1 Hz."""
    size = 10 * sound.rate
    return float(np.abs(np.fft.rfft(sound.floats * np.hanning(len(sound.samples)), size)).argmax()) / 10


class Case(NamedTuple):
    """A voice, what its pitch is measured by, and how near (factors, dB) it must come."""

    voice: Callable[[], TTS]
    language: str
    pitch: Callable[[Pcm], float]
    near: tuple[float, float, float]


@cache
def vits() -> VitsVoice:
    return VitsVoice(FIXTURE)


CASES = {
    **{f"espeak {language}": Case(EspeakVoice, language, median_f0, (0.025, 0.03, 0.5)) for language in ("en", "sn")},
    **{f"vits {language}": Case(vits, language, tone, (0.005, 0.01, 1.3)) for language in ("en", "sn")},
}


async def figures(case: Case, voice: Any, emotion: Emotion) -> np.ndarray:
    """Pitch in Hz, seconds, LUFS of some sentences: ``[sentences, 3]``."""
    style, found = style_for(emotion, case.language), []
    for text in SENTENCES[case.language][:SPOKEN]:
        words = pack(case.language).normalise(text)
        sound = join([piece async for piece in voice.synthesize_stream(words, case.language, style)])
        found.append((case.pitch(sound), sound.seconds, loudness(sound.floats, sound.rate)))
    return np.array(found)


@pytest.mark.parametrize("name", CASES)
async def test_the_voice_does_what_the_table_says(name: str) -> None:
    case = CASES[name]
    voice = case.voice()
    for _ in range(3):  # until its loudness is known
        await figures(case, voice, "neutral")
    neutral = await figures(case, voice, "neutral")
    for emotion in get_args(Emotion)[1:]:
        wanted = prosody(style_for(emotion, case.language))
        pitch, seconds, level = np.moveaxis(await figures(case, voice, emotion), 1, 0)
        heard = (
            np.mean(pitch / neutral[:, 0]) / wanted.pitch - 1,
            np.mean(neutral[:, 1] / seconds) / wanted.rate - 1,
            np.mean(level - neutral[:, 2]) - wanted.energy,
        )
        assert np.all(np.abs(heard) <= case.near), (emotion, heard)


def test_every_emotion_is_meant_to_be_heard() -> None:
    plain = EMOTIONS["neutral"]
    for emotion, told in EMOTIONS.items():
        steps = (abs(told.rate / plain.rate - 1) >= 0.08, abs(told.pitch - 1) >= 0.05, abs(told.energy) >= 1.0)
        assert emotion == "neutral" or sum(steps) >= 2, emotion
