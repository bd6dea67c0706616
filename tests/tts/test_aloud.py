"""A text of any length: every phrase is followed by its sound, and who stops reading stops the voice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing

from izwi.audio import Pcm, silence
from izwi.engines import Cancelled, Cost, Style, never
from izwi.tts.aloud import phrases


class Noting:
    """A voice that notes what it was asked for, and whether it was told to stop."""

    name, licence, languages, cost = "noting", "none", frozenset({"en"}), Cost()

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.cancelled: Cancelled = never

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        self.asked.append(text)
        self.cancelled = cancelled
        for _ in range(2):
            yield silence(0.1, 16_000)


async def test_each_phrase_comes_before_its_sound_in_the_words_that_are_spoken() -> None:
    voice = Noting()
    items = [item async for item in phrases(voice, "I have 2 dogs. 🙂 They bark!", "en")]
    assert [item if isinstance(item, str) else "sound" for item in items] == [
        "I have 2 dogs.",
        "sound",
        "sound",
        "🙂 They bark!",
        "sound",
        "sound",
    ]
    assert "two dogs" in voice.asked[0]


async def test_nothing_to_say_is_nothing() -> None:
    voice = Noting()
    assert [item async for item in phrases(voice, " 🙂 ", "en")] == []
    assert voice.asked == []


async def test_who_stops_reading_stops_the_voice() -> None:
    voice = Noting()
    async with aclosing(phrases(voice, "One. Two. Three.", "en")) as spoken:
        async for item in spoken:
            if isinstance(item, Pcm):
                break
    assert voice.cancelled()
    assert len(voice.asked) == 1
