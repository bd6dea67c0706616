"""From one language to the other: the profile's translator where it has one, else our own phrase book."""

from __future__ import annotations

from izwi.dub.timeline import Segment, replace
from izwi.engines import Engines, Message, Translator
from izwi.languages import pack
from izwi.mt.phrasebook import PhraseBook, edition

UNHEARD = "nothing was understood here, so the original voice stays"
HARD_TO_HEAR = "this line was hard to hear: please check it"
UNTRANSLATED = "this line could not be translated, so the original voice stays"
#: Tokens of an answer to "say it in fewer words" that are waited for.
LONGEST = 120


class Interpreter:
    """Translates segments into ``target``, and says a translation in fewer words when it is asked again."""

    def __init__(self, engines: Engines, target: str) -> None:
        self.target = target
        self._engines = engines
        self._book = PhraseBook()

    def _translator(self, source: str) -> Translator:
        real = self._engines.translator
        return real if real is not None and (source, self.target) in real.pairs else self._book

    def by_the_book(self, source: str) -> bool:
        """Whether the phrase book translates from ``source``, because the profile has no translator for it."""
        return self._translator(source) is self._book

    def name(self, source: str) -> str:
        """Who translates: a part of the address of every translation."""
        translator = self._translator(source)
        return f"{translator.name} {edition()}" if translator is self._book else translator.name

    async def translated(self, segment: Segment) -> Segment:
        """``segment`` with its translation; kept, with the reason, when there is none."""
        if not segment.text:
            return replace(segment, kept=True, note=UNHEARD)
        if segment.language == self.target:
            return replace(segment, kept=True, note=f"this is {pack(self.target).name} already")
        translator = self._translator(segment.language)
        translation = (await translator.translate(segment.text, segment.language, self.target)).strip()
        if not any(character.isalnum() for character in translation):
            return replace(segment, kept=True, note=UNTRANSLATED)
        return replace(segment, translation=translation, note=HARD_TO_HEAR if segment.unsure else "")

    async def shorter(self, segment: Segment) -> str:
        """The segment's translation in fewer words, or "": by the phrase book, or by the language model."""
        if self.by_the_book(segment.language):
            plain = await self._book.translate(segment.text, segment.language, self.target)
            if plain != segment.translation:
                return ""  # a person's own words are not replaced by the book's
            return await self._book.shorter(segment.text, segment.language, self.target)
        language = pack(self.target).name
        asked = f"Say this in {language} in fewer words, with the same meaning. Answer with the sentence only.\n"
        said = ""
        tokens = 0
        async for token in self._engines.llm.generate_stream(
            [Message("user", asked + segment.translation)], self.target
        ):
            said, tokens = said + token.text, tokens + 1
            if not token.understood or tokens == LONGEST:
                return ""
        return said.strip()
