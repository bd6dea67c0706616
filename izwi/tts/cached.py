"""Speech that costs next to nothing: phrases a better voice has spoken before, everything else by a plain voice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from izwi.audio import Pcm
from izwi.engines import TTS, Cancelled, Cost, Style, never
from izwi.tts.finish import in_pieces


class CachedFirst:
    """A `TTS`. ``voice`` is asked only for what it keeps (if it keeps anything); ``plain`` speaks the rest.

    A language that ``plain`` lacks is spoken by ``voice``, however dear.
    """

    def __init__(self, voice: TTS, plain: TTS) -> None:
        self.name, self.licence = plain.name, plain.licence
        self.languages = voice.languages | plain.languages
        self.cost = Cost()
        self._voice, self._plain = voice, plain

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        kept: Pcm | None = self._voice.kept(text, language, style) if hasattr(self._voice, "kept") else None
        if kept is not None:
            for piece in in_pieces(kept):
                if cancelled():
                    return
                yield piece
            return
        voice = self._plain if language in self._plain.languages else self._voice
        speech: Any = voice.synthesize_stream(text, language, style, cancelled)
        async with aclosing(speech) as pieces:
            async for piece in pieces:
                yield piece
