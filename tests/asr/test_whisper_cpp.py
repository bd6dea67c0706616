"""The same embedded weights through whisper.cpp: its decoder alone, without the CTC head's help."""

from pathlib import Path

import jiwer
import numpy as np
import pytest

from izwi.asr.whisper_cpp import WhisperCpp
from izwi.audio import LISTENING_RATE, silence
from izwi.engines import UnsupportedLanguage
from models.recipes.micro_whisper import text as texts
from models.recipes.micro_whisper.score import unseen
from tests.asr.hearing import hear, say

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def whisper() -> WhisperCpp:
    return WhisperCpp(texts.TARGET)


@pytest.mark.parametrize("language", ["sn", "en"])
def test_unseen_sentences(whisper: WhisperCpp, language: str) -> None:
    sentences = unseen(language, 12)
    heard = [hear(whisper, say(language, sentence), language)[-1].text for sentence in sentences]
    assert jiwer.wer(sentences, heard) <= 0.3


@pytest.mark.parametrize(("language", "sentence"), [("sn", "makadii zvenyu shamwari"), ("en", "what is your name")])
def test_the_language_is_found(whisper: WhisperCpp, language: str, sentence: str) -> None:
    last = hear(whisper, say(language, sentence))[-1]
    assert (last.language, last.text) == (language, sentence)


def test_silence_is_empty(whisper: WhisperCpp) -> None:
    (chunk,) = hear(whisper, silence(2, LISTENING_RATE))
    assert (chunk.text, chunk.final) == ("", True)


def test_confidence_is_lower_in_noise(whisper: WhisperCpp) -> None:
    speech = say("sn", "ndinoda kudya sadza")
    clear = hear(whisper, speech, "sn")[-1].confidence
    noise = np.random.default_rng(0).normal(0, 4_000, len(speech.samples))
    buried = type(speech)((speech.samples + noise).clip(-32768, 32767).astype(np.int16), speech.rate)
    assert hear(whisper, buried, "sn")[-1].confidence < clear


def test_unsupported_language(whisper: WhisperCpp) -> None:
    with pytest.raises(UnsupportedLanguage, match="'fr'"):
        hear(whisper, say("en", "hello"), "fr")


def test_a_folder_without_weights(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="ggml"):
        WhisperCpp(tmp_path)
