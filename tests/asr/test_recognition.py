"""The embedded recogniser on real synthetic speech, in voices it was never trained on."""

import asyncio
import itertools
import subprocess
import sys

import jiwer
import numpy as np
import pytest

from izwi.asr.faster_whisper import FasterWhisper
from izwi.audio import LISTENING_RATE, Pcm, join, silence
from izwi.engines import TranscriptChunk, UnsupportedLanguage
from models.recipes.micro_whisper import text as texts
from models.recipes.micro_whisper.score import Tally, listen, spoken, unseen
from tests.asr.hearing import hear, open_shona, say

pytestmark = pytest.mark.engine

COUNT = 30


def tally(asr: FasterWhisper, language: str, sentences: list[str], snr: float | None = None) -> Tally:
    return asyncio.run(listen(asr, list(spoken(language, sentences, snr, seed=5)), automatic=True))


@pytest.mark.parametrize("language", ["sn", "en"])
@pytest.mark.parametrize(("snr", "limit"), [(None, 0.05), (10, 0.15)])
def test_unseen_sentences_in_unseen_voices(asr: FasterWhisper, language: str, snr: float | None, limit: float) -> None:
    heard = tally(asr, language, unseen(language, COUNT), snr)
    assert jiwer.wer(heard.said, heard.heard) <= limit
    assert np.mean(heard.language) >= 0.9


def test_open_shona_words(asr: FasterWhisper) -> None:
    heard = tally(asr, "sn", open_shona(COUNT))
    assert jiwer.cer(heard.said, heard.heard) <= 0.12


@pytest.mark.parametrize(
    ("language", "word"), [("sn", "mhoro"), ("sn", "hongu"), ("sn", "maita basa"), ("en", "yes"), ("en", "hello")]
)
def test_one_word(asr: FasterWhisper, language: str, word: str) -> None:
    assert hear(asr, say(language, word), language)[-1].text == word


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_other_sample_rates(asr: FasterWhisper, rate: int) -> None:
    heard = hear(asr, say("sn", "makadii zvenyu shamwari").resampled(rate), "sn")
    assert heard[-1].text == "makadii zvenyu shamwari"


@pytest.mark.parametrize("language", [None, "sn", "en"])
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3, 1.6, 25.0])
def test_silence_is_empty(asr: FasterWhisper, language: str | None, seconds: float) -> None:
    (chunk,) = hear(asr, silence(seconds, LISTENING_RATE), language)
    assert chunk.final
    assert chunk.text == ""


@pytest.mark.parametrize("level", [300, 3_000])
def test_noise_is_not_speech(asr: FasterWhisper, level: int) -> None:
    noise = np.random.default_rng(1).normal(0, level, 3 * LISTENING_RATE).clip(-32768, 32767).astype(np.int16)
    last = hear(asr, Pcm(noise, LISTENING_RATE))[-1]
    assert last.text == "" or last.unsure


@pytest.mark.parametrize("frames", range(156, 166))
def test_no_length_is_a_trap(asr: FasterWhisper, frames: int) -> None:
    """CTranslate2 takes a mel of 159 or 160 frames for encoder output."""
    spoken_word = say("en", "hello").samples
    samples = np.zeros(frames * 160, np.int16)
    samples[: len(spoken_word)] = spoken_word[: len(samples)]
    assert hear(asr, Pcm(samples, LISTENING_RATE), "en")[-1].text == "hello"


def test_unsupported_language(asr: FasterWhisper) -> None:
    with pytest.raises(UnsupportedLanguage, match="'sw'"):
        hear(asr, say("sn", "mhoro"), "sw")


def test_a_language_the_weights_lack_is_not_offered() -> None:
    assert FasterWhisper(texts.TARGET, ["sn", "sw"]).languages == {"sn"}


def test_long_talk_arrives_window_by_window(asr: FasterWhisper) -> None:
    sentences = unseen("sn", 12)
    pieces = [p for s in sentences for p in (say("sn", s, seed=3), silence(0.4, LISTENING_RATE))]
    chunks = hear(asr, join(pieces), "sn")
    assert len(chunks) > 3
    assert [chunk.final for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert all(later.text.startswith(earlier.text) for earlier, later in itertools.pairwise(chunks))
    assert jiwer.wer(" ".join(sentences), chunks[-1].text) <= 0.15


def test_cancel_ends_the_stream(asr: FasterWhisper) -> None:
    speech = join([say("en", "what is your name")] * 20)
    seen: list[TranscriptChunk] = []

    async def first_two() -> None:
        async for chunk in asr.transcribe_stream(speech, "en", lambda: len(seen) >= 2):
            assert not chunk.final
            seen.append(chunk)

    asyncio.run(first_two())
    assert 2 <= len(seen) <= 4
    assert hear(asr, say("en", "hello"), "en")[-1].text == "hello"


def test_cost_is_learned(asr: FasterWhisper) -> None:
    before = asr.cost.seen
    hear(asr, say("en", "good morning"), "en")
    assert asr.cost.seen == before + 1
    assert 0 < asr.cost.rate < 1


def test_torch_stays_out() -> None:
    script = (
        "import sys; from pathlib import Path; from izwi.asr.faster_whisper import FasterWhisper;"
        f"FasterWhisper(Path({str(texts.TARGET)!r})); assert not {{'torch', 'transformers'}} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
