"""Words laid over real sound: each begins where it was put."""

import asyncio
import shutil
from pathlib import Path

import pytest

from izwi.asr.faster_whisper import FasterWhisper
from izwi.audio import LISTENING_RATE, join, silence
from izwi.routing import RoutedASR
from models.recipes.micro_whisper import text as texts
from tests.asr.hearing import say

pytestmark = pytest.mark.engine
TEXT = "mangwanani makadii ndatenda"


@pytest.fixture(scope="module")
def spoken() -> tuple[list[tuple[float, float]], object]:
    """The three words with half a second between them, and where each is."""
    places, pieces, now = [], [], 0.0
    for word in TEXT.split():
        sound = say("sn", word).resampled(LISTENING_RATE)
        pieces += [silence(0.5, LISTENING_RATE), sound]
        places.append((now + 0.5, now + 0.5 + sound.seconds))
        now += 0.5 + sound.seconds
    return places, join(pieces)


def test_the_letters_tell_when_each_word_is_said(asr: FasterWhisper, spoken: tuple) -> None:
    places, sound = spoken
    timed = asyncio.run(RoutedASR({"sn": asr}).align(sound, TEXT, "sn"))
    assert [word.text for word in timed] == TEXT.split()
    for word, (start, end) in zip(timed, places, strict=True):
        assert start - 0.1 < word.start < word.end < end + 0.25
        assert word.start < (start + end) / 2 < word.end + 0.1


def test_whispers_attention_tells_where_there_are_no_letters(tmp_path: Path, spoken: tuple) -> None:
    for name in ("model.bin", "config.json", "vocabulary.json", "tokenizer.json", "preprocessor_config.json"):
        shutil.copy(texts.TARGET / name, tmp_path)
    _, sound = spoken
    timed = asyncio.run(FasterWhisper(tmp_path).align(sound, TEXT, "sn"))
    assert [word.text for word in timed] == TEXT.split()
    times = [time for word in timed for time in (word.start, word.end)]
    assert times == sorted(times)
    assert times[-1] <= sound.seconds + 0.5


def test_nothing_to_lay(asr: FasterWhisper, spoken: tuple) -> None:
    assert asyncio.run(asr.align(spoken[1], "  ", "sn")) == []
    assert asyncio.run(asr.align(silence(0.0, LISTENING_RATE), "mhoro", "sn")) == []
