from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from izwi.audio import silence
from izwi.engines import Cost, Message, TokenChunk, TranscriptChunk, UnsupportedLanguage
from izwi.routing import RoutedASR, RoutedLLM, RoutedTranslator, RoutedTTS


class Engine:
    """One language; says its own name, and how sure it is of what it heard."""

    def __init__(self, language: str, confidence: float = 1.0, text: str = "") -> None:
        self.name, self.licence = f"{language}-engine", f"{language}-licence"
        self.languages, self.cost = frozenset({language}), Cost()
        self.chunk = TranscriptChunk(text or self.name, language, final=True, confidence=confidence)
        self.asked: list[str | None] = []

    async def transcribe_stream(self, speech, language=None, cancelled=lambda: False) -> AsyncIterator[TranscriptChunk]:
        self.asked.append(language)
        yield TranscriptChunk("…", self.chunk.language)
        yield self.chunk

    async def generate_stream(self, messages, language, cancelled=lambda: False) -> AsyncIterator[TokenChunk]:
        yield TokenChunk(self.name)

    async def prefill(self, messages, language, cancelled=lambda: False) -> None:
        self.asked.append(language)

    async def synthesize_stream(self, text, language, style=None, cancelled=lambda: False):
        yield silence(0.1, 8000)


async def test_each_language_goes_to_its_engine():
    shona, english = Engine("sn"), Engine("en")
    ear = RoutedASR({"sn": shona, "en": english})
    assert [c.text async for c in ear.transcribe_stream(silence(1, 16000), "en")] == ["…", "en-engine"]
    assert (shona.asked, english.asked) == ([], ["en"])
    assert ear.cost is english.cost
    mind = RoutedLLM({"sn": shona, "en": english})
    assert [t.text async for t in mind.generate_stream([Message("user", "hi")], "sn")] == ["sn-engine"]
    await mind.prefill([], "sn")
    assert shona.asked == ["sn"]
    voice = RoutedTTS({"sn": shona, "en": english})
    assert voice.licence == "sn-licence, en-licence"
    assert np.sum([len(p.samples) async for p in voice.synthesize_stream("hi", "en")]) == 800


async def test_a_language_without_an_engine_is_refused():
    ear = RoutedASR({"sn": Engine("sn")})
    with pytest.raises(UnsupportedLanguage, match="does not speak 'en'"):
        [chunk async for chunk in ear.transcribe_stream(silence(1, 16000), "en")]


@pytest.mark.parametrize(("shona", "english", "heard"), [(0.9, 0.4, "sn"), (0.3, 0.4, "en")])
async def test_not_told_the_language_the_surest_ear_is_believed(shona, english, heard):
    ear = RoutedASR({"sn": Engine("sn", shona), "en": Engine("en", english)})
    chunks = [chunk async for chunk in ear.transcribe_stream(silence(1, 16000))]
    assert [(chunk.language, chunk.final) for chunk in chunks] == [(heard, True)]


async def test_a_stopped_search_for_the_language_says_nothing():
    english = Engine("en")
    ear = RoutedASR({"sn": Engine("sn"), "en": english})
    assert [c async for c in ear.transcribe_stream(silence(1, 16000), None, lambda: True)] == []
    assert english.asked == []


class OneWay:
    def __init__(self, source: str, target: str) -> None:
        self.name, self.pairs = "one-way", frozenset({(source, target)})

    async def translate(self, text, source, target, cancelled=lambda: False) -> str:
        return f"{source}→{target}: {text}"


async def test_each_direction_goes_to_its_translator():
    there_and_back = RoutedTranslator([OneWay("sn", "en"), OneWay("en", "sn")])
    assert there_and_back.pairs == {("sn", "en"), ("en", "sn")}
    assert await there_and_back.translate("water", "en", "sn") == "en→sn: water"
    with pytest.raises(UnsupportedLanguage, match="'sn→nd'"):
        await there_and_back.translate("mvura", "sn", "nd")
