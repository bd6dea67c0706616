"""What a recogniser from elsewhere wrote, as Izwi writes it: standard spelling, expected names, numbers in digits.

The embedded recogniser needs none of it: it hears only words it has been taught, as its language model knows them.
"""

from __future__ import annotations

from collections.abc import Sequence

from izwi.languages import languages, pack


def respelled(text: str, language: str, names: Sequence[str] = ()) -> str:
    """``text`` in the spelling of its language; ``names`` (people, places) win over near misses of them."""
    if language not in languages():
        return text
    known = pack(language)
    return known.denormalise(known.tidy(text, names))
