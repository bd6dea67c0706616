"""Cutting streamed text into phrases a voice can start on: the first one short, none longer than a breath.

A reply arrives in small pieces. A phrase is given out as soon as its end is certain: a full stop may still turn out
to be a decimal point or an abbreviation, so the character after it must have arrived.
"""

from __future__ import annotations

import re
from collections.abc import Collection

CHARACTERS_PER_SECOND = 15
LONGEST_SECONDS = 12
_LONGEST = CHARACTERS_PER_SECOND * LONGEST_SECONDS
_DIGIT = 14  # a digit in a number is read with about so many letters (462: mazana mana nemakumi matanhatu nevaviri)

# A first phrase may end at a comma once it holds this many characters (about 0.7 s of speech); later ones need more.
_FIRST_AT_COMMA = 10
_LATER_AT_COMMA = 60

_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|\n+")
_NUMERO = re.compile(r"\W?No\. (?:\d|$)")  # No. 5, or perhaps: the figure has not come yet
_COMMA = re.compile(r"[,;:–—](?=\s)")


class PhraseSplitter:
    """Incremental: `feed` text as it comes, take whole phrases; `flush` gives what is left."""

    def __init__(self, abbreviations: Collection[str] = ()) -> None:
        """`abbreviations` end with the full stop that ends no phrase: "Dr.", "etc."."""
        self._abbreviations = frozenset(a.casefold().removesuffix(".") for a in abbreviations)
        self._text = ""
        self._first = True

    def feed(self, text: str) -> list[str]:
        """The phrases that `text` completes, in order."""
        self._text += text
        found: list[str] = []
        at = 0
        while (end := self._end(at)) is not None:
            phrase = self._text[at:end].strip()
            at = end
            if phrase:
                found.append(phrase)
                self._first = False
        self._text = self._text[at:]
        return found

    def flush(self) -> list[str]:
        """What is left, as one last phrase (or several, when it is long)."""
        found = self.feed("\n")
        self._text, self._first = "", True
        return found

    def _end(self, start: int) -> int | None:
        """Where the phrase that begins at `start` ends, or None while that is not yet certain."""
        limit = self._reach(start)
        sentence = self._sentence_end(start, limit)
        comma = self._comma_end(start, limit if sentence is None else sentence)
        if comma is not None:
            return comma
        if sentence is not None:
            return sentence
        return self._forced_end(start, limit) if len(self._text) > limit else None

    def _reach(self, start: int) -> int:
        """How far from `start` the text may go before it takes too long to say."""
        room = _LONGEST
        for at in range(start, min(start + _LONGEST, len(self._text))):
            room -= _DIGIT if self._text[at].isdigit() else 1
            if room < 0:
                return at
        return start + _LONGEST

    def _sentence_end(self, start: int, limit: int) -> int | None:
        for mark in _SENTENCE_END.finditer(self._text, start, min(limit + 1, len(self._text))):
            if _NUMERO.match(self._text, max(start, mark.start() - 3)):
                continue
            if mark.group()[0] in "!?…\n" or not self._is_abbreviation(start, mark.start()):
                return mark.end()
        return None

    def _comma_end(self, start: int, limit: int) -> int | None:
        least = _FIRST_AT_COMMA if self._first else _LATER_AT_COMMA
        mark = _COMMA.search(self._text, start + least, min(limit, len(self._text)))
        return mark.end() if mark else None

    def _forced_end(self, start: int, limit: int) -> int:
        """The last comma before `limit`, else the last word boundary, if possible not before figures; else `limit`."""
        for boundary in (
            r"(?<=[^\d\s]{3}[,;:])\s|(?<=\d[,;:])\s(?!\d)",
            r"\s(?!\d)",
            r"(?<!\d)\s",
            r"\s(?!\d{3}\b)",
            r"\s",
        ):
            spaces = [
                m.start() for m in re.finditer(boundary, self._text[start : limit + 1]) if start + m.end() <= limit
            ]
            if spaces and spaces[-1] > 0:
                return start + spaces[-1]
        return limit

    def _is_abbreviation(self, start: int, dot: int) -> bool:
        """Whether the full stop at `dot` belongs to an abbreviation, an initial (J. Moyo, a.m.) or a list's number."""
        word = re.split(r"[\s(\"'“‘]", self._text[max(start, dot - 24) : dot])[-1]
        word = re.sub(r"^[a-z]{1,4}(?=[A-Z])", "", word)  # a prefix before a title: naMrs
        if word.casefold() in self._abbreviations or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word):
            return True
        return (len(word) == 1 and word.isupper()) or self._text[start:dot].strip().isdigit()
