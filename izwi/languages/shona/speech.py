"""Shona text to sounds: phones, IPA, and text for espeak-ng, with English words by an English path."""

from __future__ import annotations

import re

from izwi.languages.shona.sounds import syllables, word_espeak, word_ipa

_TOKEN = re.compile(r"[^\W\d_]+(?:['’ʼ‘`][^\W\d_]+)*['’ʼ]?|[.,;:!?…]")
_PAUSES = {"…": ",", ";": ",", ":": ","}


def _tokens(text: str) -> list[str]:
    """Words and the punctuation that shapes prosody; hyphens and the rest only part words."""
    return _TOKEN.findall(text)


def phonemes(text: str) -> list[str]:
    """The sounds of verbalised Shona `text`: IPA symbols, " " between words."""
    found: list[str] = []
    for token in _tokens(text):
        sounds = [s for syllable in syllables(token) for s in (*(c.ipa for c in syllable.onset), syllable.vowel) if s]
        if sounds:
            found += ([" "] if found else []) + sounds
    return found


def ipa(text: str) -> str:
    """The IPA of verbalised Shona `text`, a space between words."""
    return " ".join(filter(None, map(word_ipa, _tokens(text))))


def espeak(text: str) -> str:
    """Verbalised Shona `text` as espeak-ng phoneme input: one [[ ]] a phrase, punctuation outside for its prosody."""
    parts: list[str] = []
    phrase: list[str] = []
    for token in _tokens(text):
        if token[0].isalpha():
            if mnemonics := word_espeak(token):
                phrase.append(mnemonics)
        elif phrase:
            parts.append(f"[[{' '.join(phrase)}]]{_PAUSES.get(token, token)}")
            phrase = []
    if phrase:
        parts.append(f"[[{' '.join(phrase)}]]")
    return " ".join(parts)
