"""What may be said aloud: a reply without markup or control marks, of bounded length, and a pointer in an emergency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

#: Characters after which a reply ends at the next sentence; a spoken answer is short.
LONGEST = 600

_CONTROL = re.compile(r"<\|[^<>|]*\|>")
_MARKUP = re.compile(r"[*#`_~|>\\]+|\[([^\]]*)\]\([^)]*\)")
_BULLET = re.compile(r"(?m)^\s*(?:[-•]|\d{1,2}[.)])(?:\s+|$)")
#: A text that ends inside a mark: it waits for more.
_OPEN = re.compile(r"\{[^}]{0,40}$|<\|?[^<>|]{0,40}\|?$|\[[^\]]{0,80}\]?$|\]\([^)]{0,200}$")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)")

_EMERGENCY = {
    "en": re.compile(
        r"\b(ambulance|on fire|not breathing|heart attack|bleeding badly|kill myself|suicide|overdose|"
        r"snake ?bite|bitten by a snake|unconscious)\b"
    ),
    "sn": re.compile(r"\b(amburen[sz]i|kutsva|haasi kufema|kuzviuraya|arumwa nenyoka|ndarumwa nenyoka|afenda)\b"),
}
_POINTER = {
    "en": "If this is an emergency, call nine nine nine now.",
    "sn": "Kana iri njodzi, fonai pfumbamwe pfumbamwe pfumbamwe izvozvi.",
}


def emergency_pointer(asked: str, language: str) -> str:
    """One sentence that points to help when `asked` speaks of a danger to life, else an empty string."""
    pattern = _EMERGENCY.get(language)
    return _POINTER[language] if pattern and pattern.search(asked.lower()) else ""


class Spoken:
    """A reply on its way to the voice: `feed` it in pieces, get it word by word without thoughts, markup or marks.

    Beyond `longest` characters it is ``over`` with the sentence, or at twice that length in any case; a
    ``{placeholder}`` is never split. `finish` gives what is left.
    """

    def __init__(self, longest: int = LONGEST) -> None:
        self.over = False
        self._longest, self._said = longest, 0
        self._raw, self._held, self._thinking = "", "", False

    def feed(self, piece: str) -> list[str]:
        """The words that `piece` completes, as one text; none when it completes none."""
        self._held += self._thought(piece)
        cut = max(self._held.rfind(" "), self._held.rfind("\n"))
        if self.over or cut < 0 or _OPEN.search(self._held[:cut]):
            return []
        text, self._held = _cleaned(self._held[:cut]).rstrip(), self._held[cut:]
        if not text.strip():
            return []
        text = text if self._said else text.lstrip()
        self._said += len(text)
        end = _SENTENCE_END.search(text) if self._said > self._longest else None
        self.over = end is not None or self._said > 2 * self._longest
        return [text[: end.end()] if end else text]

    def finish(self) -> list[str]:
        """The rest; none when the reply is over already."""
        left = self._held + ("" if self._thinking else self._raw)
        text = "" if self.over else _cleaned(left)
        self._raw = self._held = ""
        return [text if self._said else text.lstrip()] if text.strip() else []

    def _thought(self, piece: str) -> str:
        """What there is of `piece` outside <think> and </think>."""
        self._raw += piece
        plain = ""
        while self._raw:
            mark = "</think>" if self._thinking else "<think>"
            at = self._raw.find(mark)
            if at >= 0:
                plain += "" if self._thinking else self._raw[:at]
                self._raw, self._thinking = self._raw[at + len(mark) :], not self._thinking
                continue
            # A mark may be split between pieces: its possible beginning waits for the next one.
            sizes = range(min(len(mark) - 1, len(self._raw)), 0, -1)
            keep = next((n for n in sizes if mark.startswith(self._raw[-n:])), 0)
            plain += "" if self._thinking else self._raw[: len(self._raw) - keep]
            self._raw = self._raw[-keep:] if keep else ""
            break
        return plain


def spoken(pieces: Iterable[str], longest: int = LONGEST) -> Iterator[str]:
    """The whole stream through `Spoken`."""
    reply = Spoken(longest)
    for piece in pieces:
        yield from reply.feed(piece)
        if reply.over:
            return
    yield from reply.finish()


def _cleaned(text: str) -> str:
    text = _CONTROL.sub("", _BULLET.sub(" ", text))
    text = _MARKUP.sub(lambda match: match[1] or "", text)
    return re.sub(r"\s+", " ", text)
