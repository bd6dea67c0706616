"""References to the Bible, which are no hours of the day: John 3:16, 2 Timoti 3:16-17."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?:\b(?P<nth>[123]) )?\b(?P<joined>[a-z]{0,4})(?P<book>[A-Z][^\W\d_]{2,16}) (?P<chapter>[1-9]\d{0,2}):"
    r"(?P<verse>[1-9]\d{0,2})(?:\s?[-–]\s?(?P<last>[1-9]\d{0,2}))?(?![\d:])"
    r"(?!\s?(?:[ap]\.?m\b|hrs\b|mangwanani|masikati|manheru|usiku|kuseni))"
)


@dataclass(frozen=True, slots=True)
class Scripture:
    """How one language says chapter and verse. `say` names a number; the rest are patterns of {}-fields."""

    books: Collection[str]
    """In small letters."""
    nth: tuple[str, str, str]
    """The first, second and third of several letters to the same: "First {book}"."""
    verse: str
    """Of {book}, {chapter} and {verse}."""
    verses: str
    """Of {book}, {chapter}, {verse} and {last}."""
    say: Callable[[int], str]

    def spelled_out(self, text: str) -> str:
        """`text` with its references in words. Linear in its length."""
        return _REFERENCE.sub(self._said, text) if ":" in text else text

    def _said(self, match: re.Match[str]) -> str:
        book = match["book"]
        if book.casefold() not in self.books:
            return match.group()
        if match["nth"]:
            book = self.nth[int(match["nth"]) - 1].format(book=book)
        numbers = {part: self.say(int(match[part])) for part in ("chapter", "verse", "last") if match[part]}
        pattern = self.verses if match["last"] else self.verse
        return match["joined"] + pattern.format(book=book, **numbers)
