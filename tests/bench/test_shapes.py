"""Engines with random weights do the number of steps they are told to, and say what they are given to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from izwi.bench import random_weights
from izwi.bench.random_weights import kept
from izwi.bench.shapes import REPLY, ShapeAsr, ShapeLlm
from izwi.bench.users import questions
from izwi.engines import Message

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def ears(tmp_path_factory: pytest.TempPathFactory) -> ShapeAsr:
    folder = tmp_path_factory.mktemp("whisper")
    random_weights.whisper("tiny", folder)
    return ShapeAsr(folder / "model")


@pytest.mark.parametrize("count", [3, 9, 40])
def test_whisper_decodes_as_many_tokens_as_asked(ears: ShapeAsr, count: int) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32)
    encoded = ears._encode(ears._model.feature_extractor(noise, padding=160))
    assert ears.force(encoded, ears._prompt("sn"), count) == count


async def test_the_words_are_those_that_were_spoken(ears: ShapeAsr) -> None:
    question = questions(2)[1]
    heard = [chunk async for chunk in ears.transcribe_stream(question.audio.resampled(16_000), "en")]
    assert heard[-1].text == question.text
    assert ears.cost.seen


async def test_the_language_model_gives_its_reply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_weights, "LLAMA", (1, 256, 2, 2, 128, 256, 512))
    random_weights.llama(tmp_path)
    mind = ShapeLlm(tmp_path / "model.gguf", ("sn", "en"))
    said = [token.text async for token in mind.generate_stream([Message("user", "tell me a story")], "en")]
    assert "".join(said).split() == REPLY.split()
    marks = mind._tokens([Message("user", "hello")])
    assert marks == mind._tokens([Message("user", "hello")])
    assert len(marks) < 20
    mind.close()


def test_what_was_made_is_kept_and_a_broken_try_leaves_nothing(tmp_path: Path) -> None:
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").write_text("x")
        if len(made) == 1:
            raise RuntimeError("no disk left")

    with pytest.raises(RuntimeError):
        kept(tmp_path / "model", make)
    assert list(tmp_path.iterdir()) == []
    assert kept(tmp_path / "model", make) == kept(tmp_path / "model", make)
    assert len(made) == 2
