"""Shona (chiShona): the language pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from izwi.languages import content
from izwi.languages.pack import LanguagePack, Proverb
from izwi.languages.phrases import PhraseSplitter
from izwi.languages.shona import speech
from izwi.languages.shona.reading import EverydayReader, ShonaReader, join_particles
from izwi.languages.verbalise import read_aloud
from izwi.languages.written import JOINED

_LINES, _PROVERBS = content.read(__name__)
_READERS = {"standard": ShonaReader(), "everyday": EverydayReader()}
_ABBREVIATIONS = ["Dr", "Va", "Mr", "Mrs", "Ms", "Prof", "Rev", "St", "Co", "Ltd", "nhb", "vs", "etc", "e.g", "i.e"]


class Shona(LanguagePack):
    """Standard Shona, pronounced as in Harare."""

    code = "sn"
    name = "chiShona"
    espeak_voice = "sw"

    @property
    def lines(self) -> Mapping[str, tuple[str, ...]]:
        return _LINES

    @property
    def proverbs(self) -> tuple[Proverb, ...]:
        return _PROVERBS

    def normalise(self, text: str, style: str = "standard") -> str:
        reader = _READERS[style]
        if style == "standard":
            text = join_particles(text.replace(JOINED, ""))
        return read_aloud(text, reader).replace(JOINED, "")

    def denormalise(self, text: str) -> str:
        return text

    def phonemes(self, text: str) -> list[str]:
        return speech.phonemes(self.normalise(text))

    def ipa(self, text: str) -> str:
        return speech.ipa(self.normalise(text))

    def espeak(self, text: str) -> str:
        return speech.espeak(self.normalise(text))

    def tidy(self, transcript: str, bias: Sequence[str] = ()) -> str:
        return transcript

    def phrases(self) -> PhraseSplitter:
        return PhraseSplitter(_ABBREVIATIONS)

    def clock(self, now: datetime) -> dict[str, str]:
        return {}


PACK = Shona()
