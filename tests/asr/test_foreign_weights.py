"""Weights without a CTC head, as any Whisper from the Hub: the decoder alone, on a short context."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from izwi.asr.faster_whisper import TRAILING, FasterWhisper
from izwi.audio import LISTENING_RATE, silence
from izwi.bench.users import speak
from models.recipes.micro_whisper import text as texts
from tests.asr.hearing import hear, say

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> FasterWhisper:
    """The embedded weights without what makes them special."""
    folder: Path = tmp_path_factory.mktemp("foreign")
    for name in ("model.bin", "config.json", "vocabulary.json", "tokenizer.json", "preprocessor_config.json"):
        shutil.copy(texts.TARGET / name, folder)
    return FasterWhisper(folder, hotwords="Harare")


@pytest.mark.parametrize(("language", "sentence"), [("sn", "makadii zvenyu"), ("en", "what is your name")])
def test_the_decoder_alone_hears(foreign: FasterWhisper, language: str, sentence: str) -> None:
    foreign.hotwords = ""
    chunk = hear(foreign, say(language, sentence))[-1]
    assert (chunk.language, chunk.text) == (language, sentence)


def test_only_the_speech_and_some_silence_is_encoded(foreign: FasterWhisper) -> None:
    mel = np.zeros((80, 200), np.float32)
    assert foreign._encode(mel).shape == [1, (200 + TRAILING) // 2, 192]
    assert foreign._encode(mel, whole=True).shape == [1, 500, 192]


def test_hotwords_go_before_the_prompt(foreign: FasterWhisper) -> None:
    foreign.hotwords = "Harare"
    tokens = foreign._prompt("sn")
    tokenizer = foreign._model.hf_tokenizer
    assert tokenizer.id_to_token(tokens[0]) == "<|startofprev|>"
    assert "Harare" in tokenizer.decode(tokens)


def test_silence_is_empty(foreign: FasterWhisper) -> None:
    assert [chunk.text for chunk in hear(foreign, silence(2, LISTENING_RATE))] == [""]


def test_fast_talk_is_heard_to_its_end(foreign: FasterWhisper) -> None:
    foreign.hotwords = ""
    sentence = "could you please tell me what the weather will be like in harare tomorrow morning and how much is bread"
    fast = speak(sentence, "en-us", 260)
    assert hear(foreign, fast)[-1].text.endswith("bread")
    tokens = len(foreign._model.hf_tokenizer.encode(sentence).ids)
    assert tokens > (len(foreign._prompt("en")) + 8 + 10 * fast.seconds) / 2, "too slow to show anything"
