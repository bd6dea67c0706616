"""English: the language pack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from izwi.languages.bias import Bias
from izwi.languages.content import read
from izwi.languages.english import calendar
from izwi.languages.english.bible import BIBLE
from izwi.languages.english.reading import EnglishReader, whole_names
from izwi.languages.english.sounds import word_ipa, word_sounds
from izwi.languages.english.spoken import denormalise
from izwi.languages.pack import LanguagePack
from izwi.languages.phrases import PhraseSplitter
from izwi.languages.verbalise import read_aloud

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_READER = EnglishReader()


class English(LanguagePack):
    """English as spoken in Zimbabwe, near enough British."""

    code = "en"
    name = "English"
    espeak_voice = "en-gb"
    content = read(__name__)

    def normalise(self, text: str, style: str = "standard") -> str:
        return read_aloud(whole_names(BIBLE.spelled_out(text)), _READER)

    def denormalise(self, text: str) -> str:
        return denormalise(text)

    def phonemes(self, text: str) -> list[str]:
        words = _WORD.findall(self.normalise(text))
        return [
            sound for index, word in enumerate(words) for sound in ([" "] if index else []) + list(word_sounds(word))
        ]

    def ipa(self, text: str) -> str:
        return " ".join(map(word_ipa, _WORD.findall(self.normalise(text))))

    def espeak(self, text: str) -> str:
        return re.sub(r"\[\[|\]\]|<", " ", self.normalise(text))

    def tidy(self, transcript: str, bias: Sequence[str] = ()) -> str:
        return Bias(bias).apply(" ".join(transcript.split()))

    def phrases(self) -> PhraseSplitter:
        return PhraseSplitter((*_READER.abbreviations, "Ms.", "Co.", "a.m.", "p.m."))

    def clock(self, now: datetime) -> dict[str, str]:
        return calendar.clock(now)


PACK = English()
