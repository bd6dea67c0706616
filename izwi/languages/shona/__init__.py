"""Shona (chiShona): the language pack."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from types import MappingProxyType

from izwi.languages.content import read
from izwi.languages.detection import spans
from izwi.languages.pack import LanguagePack, Voiced
from izwi.languages.phrases import PhraseSplitter
from izwi.languages.shona import bible, calendar, speech
from izwi.languages.shona.reading import EverydayReader, ShonaReader, join_particles
from izwi.languages.shona.spoken import denormalise
from izwi.languages.shona.tidy import tidy
from izwi.languages.verbalise import read_aloud
from izwi.languages.written import JOINED

_LEAST_ENGLISH = 3
_READERS = {"standard": ShonaReader(), "everyday": EverydayReader()}
_BIBLES = {"standard": bible.BIBLE, "everyday": bible.EVERYDAY}


class Shona(LanguagePack):
    """Standard Shona, pronounced as in Harare."""

    code = "sn"
    name = "chiShona"
    espeak_voice = "sw"
    respellings = MappingProxyType({"l": "r", "q": "k", "c": "k", "x": "ks"})
    content = read(__name__)

    def normalise(self, text: str, style: str = "standard") -> str:
        reader = _READERS[style]
        text = _BIBLES[style].spelled_out(text.replace(JOINED, ""))
        if style == "standard":
            text = join_particles(text)
        return read_aloud(text, reader).replace(JOINED, "")

    def denormalise(self, text: str) -> str:
        return denormalise(text)

    def phonemes(self, text: str) -> list[str]:
        return speech.phonemes(self.normalise(text))

    def ipa(self, text: str) -> str:
        return speech.ipa(self.normalise(text))

    def espeak(self, text: str) -> str:
        return speech.espeak(self.normalise(text))

    def characters(self, text: str, alphabet: Collection[str]) -> str:
        """English words are written as a Shona speaker says them, for the voice reads Shona letters."""
        return super().characters(speech.in_shona_letters(self.normalise(text)), alphabet)

    def voiced(self, text: str) -> list[Voiced]:
        """A stretch of three English words and more goes to the English voice; fewer are said as Shona speakers do."""
        found: list[Voiced] = []
        shona = ""
        for span in spans(self.normalise(text)):
            if span.language == "en" and len(span.text.split()) >= _LEAST_ENGLISH:
                found += [Voiced(self.espeak_voice, said)] if (said := speech.espeak(shona)) else []
                found.append(Voiced("en-gb", span.text.strip()))
                shona = ""
            else:
                shona += span.text
        return found + ([Voiced(self.espeak_voice, said)] if (said := speech.espeak(shona)) else [])

    def tidy(self, transcript: str, bias: Sequence[str] = ()) -> str:
        return tidy(transcript, bias)

    def phrases(self) -> PhraseSplitter:
        return PhraseSplitter((*_READERS["standard"].abbreviations, "Va.", "Ms.", "Co.", "Ltd.", "nhb."))

    def clock(self, now: datetime) -> dict[str, str]:
        return calendar.clock(now)


PACK = Shona()
