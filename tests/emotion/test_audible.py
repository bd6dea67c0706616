"""The loop is audible: the recogniser, in the place of a listener, tells happy from sad in our own voices.

Two questions: is a sentence alone called by its feeling (one's own voice is not known to the listener), and of two, the
same sentence said happily and sadly, is the happy one known?
"""

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


async def brightness(
    recogniser: EmbeddedEmotion, variant: str, language: str, emotion: Emotion, most: int
) -> np.ndarray:
    """How much likelier happy is than sad in each sentence, in natural logarithms."""
    voice, found = EspeakVoice(variant), []
    for text in SENTENCES[language][:most]:
        words = pack(language).normalise(text)
        said = [piece async for piece in voice.synthesize_stream(words, language, style_for(emotion, language))]
        told = recogniser.hear(join(said)).tag.probabilities
        found.append(np.log(told["happy"] / told["sad"]))
    return np.array(found)


@pytest.mark.parametrize("most", [8, pytest.param(20, marks=pytest.mark.slow)])
async def test_happy_is_told_from_sad(most: int) -> None:
    recogniser, alone, paired = EmbeddedEmotion(), [], []
    for variant, language in VOICES:
        happy, sad = [await brightness(recogniser, variant, language, e, most) for e in ("happy", "sad")]
        alone.append((np.mean(happy > 0) + np.mean(sad < 0)) / 2)
        paired.append(np.mean(happy > sad))
        print(f"espeak {variant or 'plain':<6} {language}: alone {alone[-1]:.2f}, of two {paired[-1]:.2f}")
    print(f"all: alone {np.mean(alone):.3f}, of two {np.mean(paired):.3f}")
    assert np.mean(alone) >= 0.6
    assert min(paired) >= 0.75
