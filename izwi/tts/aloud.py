"""A text of any length read aloud: a voice takes a phrase at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from izwi.audio import Pcm
from izwi.engines import TTS, Style
from izwi.languages import pack


async def phrases(voice: TTS, text: str, language: str, style: Style = Style()) -> AsyncGenerator[str | Pcm]:
    """``text`` phrase by phrase, each followed by its sound; a reader that stops reading stops the voice."""
    spoken, stopped = pack(language), False
    splitter = spoken.phrases()
    try:
        for phrase in [*splitter.feed(text), *splitter.flush()]:
            words = spoken.normalise(phrase)
            if not words.strip():
                continue
            yield phrase
            sound: Any = voice.synthesize_stream(words, language, style, lambda: stopped)
            async with aclosing(sound):
                async for piece in sound:
                    yield piece
    finally:
        stopped = True
