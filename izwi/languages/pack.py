"""What a language must bring to take part: one subclass of `LanguagePack`, found by its code."""

from __future__ import annotations

import importlib
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import MappingProxyType

from izwi.languages.content import Content, Proverb
from izwi.languages.hours import part_of_day
from izwi.languages.phrases import PhraseSplitter

# code → module that defines `PACK`. A new language is one line here and one package beside the others.
_MODULES = {"sn": "izwi.languages.shona", "en": "izwi.languages.english"}


_APOSTROPHES = str.maketrans("’‘ʼʻ`´′", "'" * 7)


class UnknownLanguage(LookupError):
    """Asked for a language that has no pack."""

    def __init__(self, code: str) -> None:
        super().__init__(f"unknown language {code!r}; Izwi has {', '.join(sorted(_MODULES))}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Voiced:
    """A stretch of text as one espeak-ng voice wants it."""

    voice: str
    text: str


class LanguagePack(ABC):
    """Everything Izwi knows of one language. Instances are immutable and safe to share between threads."""

    code: str
    name: str
    espeak_voice: str

    content: Content
    respellings: Mapping[str, str] = MappingProxyType({})

    @property
    def lines(self) -> Mapping[str, tuple[str, ...]]:
        """What Izwi says by situation, e.g. `lines["goodbye"]`; some hold {time}-like placeholders of `clock`."""
        return self.content.lines

    @property
    def proverbs(self) -> tuple[Proverb, ...]:
        """Proverbs with their meaning."""
        return self.content.proverbs

    def greeting(self, now: datetime) -> tuple[str, ...]:
        """The greetings for the time of day of `now`."""
        part = part_of_day(now.hour)
        return self.lines[f"greeting_{'evening' if part == 'night' else part}"]

    @abstractmethod
    def normalise(self, text: str, style: str = "standard") -> str:
        """`text` as it is read aloud: no digit and no symbol remains. Linear in the length of the text.

        `style` is "standard", or "everyday" where numbers are read as speakers mix them into daily talk.
        """

    @abstractmethod
    def denormalise(self, text: str) -> str:
        """`text` with spoken numbers written in digits."""

    @abstractmethod
    def phonemes(self, text: str) -> list[str]:
        """The sounds of `text` in IPA, one a list entry; " " between words."""

    @abstractmethod
    def ipa(self, text: str) -> str:
        """The IPA of `text`, words apart, stress and length marked."""

    @abstractmethod
    def espeak(self, text: str) -> str:
        """`text` ready for `espeak-ng -v espeak_voice`."""

    def voiced(self, text: str) -> list[Voiced]:
        """`text` cut where its language changes, each stretch for its own espeak-ng voice."""
        return [Voiced(self.espeak_voice, self.espeak(text))]

    def characters(self, text: str, alphabet: Collection[str]) -> str:
        """Verbalised `text` in the characters a voice knows: small; what `alphabet` lacks is respelled or dropped."""
        lower = self.normalise(text).casefold().translate(_APOSTROPHES)
        return "".join(c if c in alphabet else self._respelled(c, alphabet) for c in lower)

    def _respelled(self, character: str, alphabet: Collection[str]) -> str:
        """`character` by letters of `alphabet`: respelled, without its accent, or a space for a break."""
        plain = unicodedata.normalize("NFKD", character)[0]
        for spelling in (self.respellings.get(character, ""), plain, " " if not character.isalnum() else ""):
            if spelling and all(c in alphabet for c in spelling):
                return spelling
        return ""

    @abstractmethod
    def tidy(self, transcript: str, bias: Sequence[str] = ()) -> str:
        """A recogniser's transcript in standard spelling; words of `bias` (names, places) win over near misses."""

    @abstractmethod
    def phrases(self) -> PhraseSplitter:
        """A fresh splitter that cuts streamed text into phrases to speak."""

    @abstractmethod
    def clock(self, now: datetime) -> dict[str, str]:
        """`now` in words: time, day, date, month, year, part_of_day."""


@cache
def pack(code: str) -> LanguagePack:
    """The pack of language `code`, e.g. "sn". Raises UnknownLanguage."""
    try:
        module = _MODULES[code]
    except KeyError:
        raise UnknownLanguage(code) from None
    loaded: LanguagePack = importlib.import_module(module).PACK
    return loaded


def languages() -> tuple[str, ...]:
    """The codes of every language with a pack."""
    return tuple(_MODULES)
