"""The pivot: a Shona turn goes to an English model and back, phrase by phrase while the reply streams."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Literal

from izwi.engines import LLM, Cancelled, Cost, Message, TokenChunk, Translator, closable, never, require_language
from izwi.languages import detect, pack

Route = Literal["direct", "pivot", "auto"]
PIVOT = "en"
_REMEMBERED = 64  # messages whose translation is kept


class PivotLLM:
    """A model that replies in any language a translator can bring to English and back."""

    def __init__(self, model: LLM, translator: Translator) -> None:
        self._model, self._translator = model, translator
        self.name = f"{model.name} through {translator.name}"
        there_and_back = {a for a, b in translator.pairs if b == PIVOT and (PIVOT, a) in translator.pairs}
        self.languages = model.languages | there_and_back
        self.cost: Cost = model.cost
        self._translations: dict[Message, Message] = {}

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        """Reply in `language`, one chunk a phrase; tokens as they come when the model itself is asked for English."""
        require_language(self.name, language, self.languages)
        if language == PIVOT:
            async with aclosing(closable(self._model.generate_stream(messages, language, cancelled))) as tokens:
                async for token in tokens:
                    yield token
            return
        english = [await self._translated(message, language, cancelled) for message in messages]
        phrases = pack(PIVOT).phrases()
        understood = True
        async with aclosing(closable(self._model.generate_stream(english, PIVOT, cancelled))) as tokens:
            async for token in tokens:
                understood = understood and token.understood
                for phrase in phrases.feed(token.text):
                    yield await self._back(phrase, language, understood, cancelled)
        for phrase in phrases.flush():
            yield await self._back(phrase, language, understood, cancelled)

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        """Warm the model with the messages in the language it will see them in."""
        if language != PIVOT and language in self.languages:
            messages = [await self._translated(message, language, cancelled) for message in messages]
        await self._model.prefill(messages, PIVOT, cancelled)

    async def _translated(self, message: Message, language: str, cancelled: Cancelled) -> Message:
        """`message` in English, remembered; for a system prompt in another language, the English pack's.

        Line by line where there are several: what stands around a quoted passage is English already.
        """
        if message.role == "system":
            in_english = detect(message.text).language == PIVOT
            return message if in_english else Message("system", pack(PIVOT).lines["system_prompt"][0])
        if message not in self._translations:
            lines = message.text.split("\n")
            text = "\n".join([await self._line(line, language, cancelled, len(lines) == 1) for line in lines])
            if cancelled():
                return replace(message, text=text)
            if len(self._translations) >= _REMEMBERED:
                self._translations.pop(next(iter(self._translations)))
            self._translations[message] = replace(message, text=text)
        return self._translations[message]

    async def _line(self, line: str, language: str, cancelled: Cancelled, alone: bool) -> str:
        if not any(map(str.isalpha, line)) or (not alone and detect(line).language == PIVOT):
            return line
        return await self._translator.translate(line, language, PIVOT, cancelled)

    async def _back(self, phrase: str, language: str, understood: bool, cancelled: Cancelled) -> TokenChunk:
        """`phrase` in `language`; it ends as it did, for the voice waits for the end of a phrase."""
        said = await self._translator.translate(phrase, PIVOT, language, cancelled)
        closing = re.search(r"[.!?…,;:]$", phrase.rstrip())
        if closing and said and said[-1].isalnum():
            said += closing.group()
        return TokenChunk(said + " ", understood)


def replying(model: LLM, translator: Translator | None, route: Route, profile: str) -> LLM:
    """The model that replies under `IZWI_REPLY`: itself, or through the pivot.

    "auto" is direct in the embedded profile, whose model was trained on Shona, and pivots elsewhere when it can.
    Raises ValueError when the pivot is asked for and there is no translator.
    """
    if route == "pivot" and translator is None:
        raise ValueError("IZWI_REPLY=pivot needs a translator, and this profile has none.")
    if translator is None or route == "direct" or (route == "auto" and profile == "embedded"):
        return model
    return PivotLLM(model, translator)
