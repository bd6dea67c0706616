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


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The stream without anything between ``<think>`` and ``</think>``."""
    held, thinking = "", False
    for piece in pieces:
        held += piece
        while held:
            mark = "</think>" if thinking else "<think>"
            at = held.find(mark)
            if at >= 0:
                if not thinking and at:
                    yield held[:at]
                held, thinking = held[at + len(mark) :], not thinking
                continue
            # A mark may be split between pieces: its possible beginning waits for the next one.
            keep = next((n for n in range(min(len(mark) - 1, len(held)), 0, -1) if mark.startswith(held[-n:])), 0)
            if not thinking and len(held) > keep:
                yield held[: len(held) - keep]
            held = held[len(held) - keep :] if keep else ""
            break
    if held and not thinking:
        yield held


def plain(pieces: Iterable[str], longest: int = LONGEST) -> Iterator[str]:
    """The stream word by word, ready to be spoken: no markup, no control marks, no ``{placeholder}`` split.

    Beyond `longest` characters it ends with the sentence, or at twice that length in any case.
    """
    held, said = "", 0
    for piece in pieces:
        held += piece
        cut = max(held.rfind(" "), held.rfind("\n"))
        if cut < 0 or _OPEN.search(held[:cut]):
            continue
        text, held = _cleaned(held[:cut]).rstrip(), held[cut:]
        if not text.strip():
            continue
        text = text if said else text.lstrip()
        said += len(text)
        end = _SENTENCE_END.search(text) if said > longest else None
        if end or said > 2 * longest:
            yield text[: end.end()] if end else text
            return
        yield text
    text = _cleaned(held)
    if text.strip():
        yield text if said else text.lstrip()


def _cleaned(text: str) -> str:
    text = _CONTROL.sub("", _BULLET.sub(" ", text))
    text = _MARKUP.sub(lambda match: match[1] or "", text)
    return re.sub(r"\s+", " ", text)
