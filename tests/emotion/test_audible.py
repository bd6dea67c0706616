"""The loop is audible: the recogniser, in the place of a listener, tells happy from sad in our own voices.

Three questions: is a sentence alone called by its feeling by a stranger to the voice, and by a listener who has heard
how bright it is when it is neutral; and of two, the same sentence said happily and sadly, is the happy one known? The
range of happy was chosen on the sentences a listener gets to know the voice by; the questions are asked of the others.
"""

from functools import cache

import numpy as np
import pytest

from izwi.audio import join
from izwi.emotion.recogniser import EmbeddedEmotion
from izwi.emotion.style import style_for
from izwi.engines import Emotion
from izwi.languages import pack
from izwi.tts.espeak import EspeakVoice
from tests.emotion.sentences import SENTENCES

pytestmark = pytest.mark.engine
VOICES = [(variant, language) for variant in ("", "f3", "m7") for language in SENTENCES]
HALF = 10


@cache
def recogniser() -> EmbeddedEmotion:
    return EmbeddedEmotion()


async def brightness(voice: EspeakVoice, language: str, emotion: Emotion, texts: tuple[str, ...]) -> np.ndarray:
    """How much likelier happy is than sad in each sentence, in natural logarithms."""
    found = []
    for text in texts:
        words = pack(language).normalise(text)
        said = [piece async for piece in voice.synthesize_stream(words, language, style_for(emotion, language))]
        told = recogniser().hear(join(said)).tag.probabilities
        found.append(np.log(told["happy"] / told["sad"]))
    return np.array(found)


@pytest.mark.parametrize("most", [5, pytest.param(HALF, marks=pytest.mark.slow)])
async def test_happy_is_told_from_sad(most: int) -> None:
    strangers, friends, paired = [], [], []
    for variant, language in VOICES:
        known, asked = SENTENCES[language][:most], SENTENCES[language][HALF:][:most]
        voice = EspeakVoice(variant)
        usual = np.median(await brightness(voice, language, "neutral", known))
        happy, sad = [await brightness(voice, language, emotion, asked) for emotion in ("happy", "sad")]
        strangers.append((np.mean(happy > 0) + np.mean(sad < 0)) / 2)
        friends.append((np.mean(happy > usual) + np.mean(sad < usual)) / 2)
        paired.append(np.mean(happy > sad))
        name = f"espeak {variant or 'plain'} {language}"
        print(f"{name:<16} stranger {strangers[-1]:.2f}, friend {friends[-1]:.2f}, of two {paired[-1]:.2f}")
    print(f"all: stranger {np.mean(strangers):.3f}, friend {np.mean(friends):.3f}, of two {np.mean(paired):.3f}")
    assert np.mean(strangers) >= 0.6
    assert np.mean(friends) >= 0.65
    assert min(friends) > 0.5, "worse than a guess"
    assert min(paired) >= 0.75
