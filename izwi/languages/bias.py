"""Names and places a transcript should hold: near misses of a given list set right."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONG_ENOUGH = 6  # letters of a name that is found behind a particle in small letters, too: kuchitungwiza
_PARTICLE = re.compile(r"(?:ne|na|ku|mu|pa|che|re|we|ye|dze|ve|wa|ra|cha|ya)(?=\w{4})")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def distance(a: str, b: str, limit: int) -> int:
    """The Levenshtein distance of `a` and `b`, or `limit` + 1 when it is greater."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


class Bias:
    """A list of words and phrases that win over what was heard in their place."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._phrases = sorted({p.strip() for p in phrases if p.strip()}, key=lambda p: -len(p.split()))

    def apply(self, text: str) -> str:
        """`text` with every near miss of a phrase (one letter in eight off, one at least) replaced by it."""
        for phrase in self._phrases:
            text = self._apply(text, phrase)
        return text

    def _apply(self, text: str, phrase: str) -> str:
        words = list(_TOKEN.finditer(text))
        size = len(phrase.split())
        folded = phrase.casefold()
        limit = 0 if len(folded) < 4 else max(1, len(folded) // 8)
        for at in range(len(words) - size, -1, -1):
            start, end = words[at].start(), words[at + size - 1].end()
            particle = _PARTICLE.match(text, start, end)
            behind = particle.end() if particle else start
            starts = [behind] if text[behind].isupper() else [start, behind] if len(folded) >= _LONG_ENOUGH else [start]
            for begin in starts:
                if distance(text[begin:end].casefold(), folded, limit) <= limit:
                    text = text[:begin] + phrase + text[end:]
                    break
        return text
