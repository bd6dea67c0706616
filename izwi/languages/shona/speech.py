"""Shona text to sounds: phones, IPA, and text for espeak-ng, with English words by an English path."""

from __future__ import annotations

import re
from collections.abc import Iterator

from izwi.languages.detection import spans
from izwi.languages.english.sounds import word_as_shona, word_in_shona_letters, word_sounds
from izwi.languages.english.sounds import word_ipa as english_ipa
from izwi.languages.shona.sounds import is_shona_spelling, syllables, word_espeak, word_ipa

_TOKEN = re.compile(r"[^\W\d_]+(?:['’ʼ‘`][^\W\d_]+)*['’ʼ]?|[.,;:!?…]")
_PAUSES = {"…": ",", ";": ",", ":": ","}


def tokens(text: str) -> Iterator[tuple[str, bool]]:
    """Words and the marks that shape prosody, each with whether it is an English word."""
    for span in spans(text):
        for match in _TOKEN.finditer(span.text):
            token = match.group()
            yield token, span.language == "en" and token[0].isalpha() and not is_shona_spelling(token)


def in_shona_letters(text: str) -> str:
    """Verbalised `text` with its English words written as they sound, for a voice that reads Shona letters only."""

    def said(match: re.Match[str]) -> str:
        word = match.group()
        return word_in_shona_letters(word) if word[0].isalpha() and not is_shona_spelling(word) else word

    return "".join(_TOKEN.sub(said, span.text) if span.language == "en" else span.text for span in spans(text))


def phonemes(text: str) -> list[str]:
    """The sounds of verbalised Shona `text`: IPA symbols, " " between words."""
    found: list[str] = []
    for token, is_english in tokens(text):
        sounds = list(word_sounds(token)) if is_english else _word_sounds(token)
        if sounds:
            found += ([" "] if found else []) + sounds
    return found


def _word_sounds(word: str) -> list[str]:
    return [s for syllable in syllables(word) for s in (*(c.ipa for c in syllable.onset), syllable.vowel) if s]


def ipa(text: str) -> str:
    """The IPA of verbalised Shona `text`, a space between words."""
    return " ".join(filter(None, (english_ipa(t) if en else word_ipa(t) for t, en in tokens(text))))


def espeak(text: str) -> str:
    """Verbalised Shona `text` as espeak-ng phoneme input: one [[ ]] a phrase, punctuation outside for its prosody."""
    parts: list[str] = []
    phrase: list[str] = []
    for token, is_english in tokens(text):
        if token[0].isalpha():
            if mnemonics := word_as_shona(token) if is_english else word_espeak(token):
                phrase.append(mnemonics)
        elif phrase:
            parts.append(f"[[{' '.join(phrase)}]]{_PAUSES.get(token, token)}")
            phrase = []
    if phrase:
        parts.append(f"[[{' '.join(phrase)}]]")
    return " ".join(parts)
