"""English: the language pack."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from izwi.languages import content
from izwi.languages.english.reading import EnglishReader
from izwi.languages.pack import LanguagePack, Proverb
from izwi.languages.phrases import PhraseSplitter
from izwi.languages.verbalise import read_aloud

_LINES, _PROVERBS = content.read(__name__)
_READER = EnglishReader()
_ABBREVIATIONS = ["Dr", "Mr", "Mrs", "Ms", "Prof", "Rev", "St", "Co", "Ltd", "vs", "etc", "e.g", "i.e", "a.m", "p.m"]


class English(LanguagePack):
    """English as spoken in Zimbabwe, near enough British."""

    code = "en"
    name = "English"
    espeak_voice = "en-gb"

    @property
    def lines(self) -> Mapping[str, tuple[str, ...]]:
        return _LINES

    @property
    def proverbs(self) -> tuple[Proverb, ...]:
        return _PROVERBS

    def normalise(self, text: str, style: str = "standard") -> str:
        return read_aloud(text, _READER)

    def denormalise(self, text: str) -> str:
        return text

    def phonemes(self, text: str) -> list[str]:
        return list(text)

    def ipa(self, text: str) -> str:
        return text

    def espeak(self, text: str) -> str:
        return re.sub(r"\[\[|\]\]|<", " ", self.normalise(text))

    def tidy(self, transcript: str, bias: Sequence[str] = ()) -> str:
        return transcript

    def phrases(self) -> PhraseSplitter:
        return PhraseSplitter(_ABBREVIATIONS)

    def clock(self, now: datetime) -> dict[str, str]:
        return {}


PACK = English()
