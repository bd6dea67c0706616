"""The path of the full models, on tiny real ones: OPUS-MT by CTranslate2 with the glossary, a Whisper without letters,
and a language model that says it in fewer words."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from izwi.asr.faster_whisper import FasterWhisper
from izwi.dub.edits import parsed
from izwi.dub.pipeline import Means, dubbed
from izwi.dub.source import read_clip
from izwi.dub.store import Store
from izwi.dub.timeline import Segment, Timeline
from izwi.dub.translating import Interpreter
from izwi.engines import Cancelled, Cost, Engines, Message, TokenChunk, never
from izwi.mt.ctranslate import OpusTranslator
from models.recipes.micro_whisper import text as texts
from tests.mt.tiny_marian import PAIRS, convert, train

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def translator(tmp_path_factory: pytest.TempPathFactory) -> OpusTranslator:
    folder = tmp_path_factory.mktemp("marian")
    return OpusTranslator({("sn", "en"): convert(train(folder / "sn-en", PAIRS), folder / "sn-en-ct2")})


@pytest.fixture
def full(engines: Engines, translator: OpusTranslator, tmp_path: Path) -> Engines:
    """The embedded engines, with a real translator and a Whisper as any from the Hub."""
    for name in ("model.bin", "config.json", "vocabulary.json", "tokenizer.json", "preprocessor_config.json"):
        shutil.copy(texts.TARGET / name, tmp_path)
    return replace(engines, asr=FasterWhisper(tmp_path), translator=translator)


def run(path: Path, engines: Engines, store: Store, edits: object = None) -> Timeline:
    return asyncio.run(dubbed(read_clip(path), Means(engines, store), "en", parsed(edits or {})))


def test_a_real_translator_with_the_glossary(clip: Callable[..., Path], full: Engines, tmp_path: Path) -> None:
    path = clip("mvura iri kunaya", "makadii", "ndinogara kubulawayo", snr=30)
    store = Store(tmp_path / "made")
    edits: Any = {"edits": [{"segment": 3, "text": "ndinogara kuBulawayo"}]}  # the micro-Whisper writes no capitals
    dub = run(path, full, store, edits)
    assert [segment.translation for segment in dub.segments] == ["it is raining", "how are you", "I live in Bulawayo"]
    assert all(segment.words and segment.audio for segment in dub.segments)
    edits["edits"][0]["swap"] = ["kuBulawayo", "kuMutare"]
    store.made.clear()
    again = run(path, full, store, edits)
    assert again.segments[2].translation == "I live in Mutare"
    assert (store.made["translate"], store.made["speak"], store.made["hear"]) == (1, 1, 0)


class Brief:
    """A language model that answers with one sentence, and keeps what it was asked."""

    name, languages, cost = "brief", frozenset({"sn", "en"}), Cost()

    def __init__(self, answer: str) -> None:
        self.answer, self.asked = answer, list[str]()

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        self.asked.append(messages[-1].text)
        for word in self.answer.split():
            yield TokenChunk(f"{word} ")

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        pass


def test_a_long_translation_is_asked_for_again(clip: Callable[..., Path], full: Engines, tmp_path: Path) -> None:
    long = "The rain that has been falling since the early morning is still falling on all of us"
    path = clip("mvura iri kunaya", "makadii", snr=30)
    edits = {"edits": [{"segment": 1, "translation": long}]}
    llm = Brief("It is raining.")
    dub = run(path, replace(full, llm=llm), Store(tmp_path / "made"), edits)
    assert len(llm.asked) == 1
    assert llm.asked[0].endswith(long)
    assert dub.segments[0].translation == "It is raining."
    assert dub.segments[0].note == "said in fewer words"


def test_the_phrase_books_short_form_is_used_but_not_over_a_persons_words(
    engines: Engines,
) -> None:
    interpreter = Interpreter(engines, "en")
    segment = Segment(1, 0.0, 1.0, language="sn", text="ndatenda zvikuru", translation="Thank you very much.")
    assert asyncio.run(interpreter.shorter(segment)) == "Thanks."
    assert asyncio.run(interpreter.shorter(replace(segment, translation="Thank you so very much."))) == ""


def test_what_does_not_fit_even_so_stays_in_the_original(
    clip: Callable[..., Path], full: Engines, tmp_path: Path
) -> None:
    long = "The rain that has been falling since the early morning is still falling on all of us " * 2
    path = clip("mvura iri kunaya", "makadii", snr=30)
    edits = {"edits": [{"segment": 1, "translation": long}]}
    dub = run(path, replace(full, llm=Brief(long + "and more")), Store(tmp_path / "made"), edits)
    assert dub.segments[0].kept
    assert "the translation takes" in dub.segments[0].note
    assert not dub.segments[1].kept
