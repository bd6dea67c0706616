"""What stays out of the translator's hands: set phrases, numbers and names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Translate = Callable[[str], Awaitable[str]]

_PIECE = re.compile(r"[^.!?,;:…\n]+[.!?,;:…\n]*\s*|[.!?,;:…\n]+\s*")
_NUMBER = r"[$£€]?\d+(?:[.,:/-]\d+)*%?"
_NAME = r"[A-Z][\w'’-]+(?: [A-Z][\w'’-]+)*"
# A name inside a sentence, with the Shona prefix that may be written before it left outside: kuHarare, naTendai.
_INSIDE = re.compile(rf"{_NUMBER}|(?<=[a-z,;] ){_NAME}|(?<=\b[a-z]{{2}}){_NAME}|(?<=\b[a-z]{{3}}){_NAME}")


@cache
def _phrases(source: str, target: str) -> dict[str, str]:
    """Set phrases of `source`, folded, and what each is in `target`."""
    entries = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))["phrases"]
    return {_folded(phrase): entry[target][0] for entry in entries for phrase in entry[source]}


def _folded(phrase: str) -> str:
    return re.sub(r"[^\w' ]", "", phrase.replace("’", "'")).strip().casefold()


def set_phrase(text: str, source: str, target: str) -> str | None:
    """`text` in `target` when it is one set phrase, with its case and closing mark; else None."""
    found = _phrases(source, target).get(_folded(text))
    if found is None:
        return None
    closing = re.search(r"[^\w']*$", text)
    said = found[0].upper() + found[1:] if text.lstrip()[:1].isupper() else found[0].lower() + found[1:]
    return said + (closing.group() if closing else "")


@dataclass(frozen=True, slots=True)
class Protected:
    """A text with placeholders for its numbers and names, and what they stand for."""

    text: str
    kept: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> Protected:
        """`text` with X1, X2 … in place of its numbers and of the names inside it."""
        kept: list[str] = []

        def hold(match: re.Match[str]) -> str:
            kept.append(match.group())
            return f"X{len(kept)}"

        return cls(_INSIDE.sub(hold, text), tuple(kept))

    def restored(self, translation: str) -> str | None:
        """`translation` with what was kept, or None unless each placeholder is in it exactly once."""
        found = re.findall(r"X\d+", translation)
        if sorted(found) != sorted(f"X{i + 1}" for i in range(len(self.kept))):
            return None
        return re.sub(r"X(\d+)", lambda match: self.kept[int(match[1]) - 1], translation)

    def pieces(self) -> list[str]:
        """The text around what was kept, and what was kept, in turn."""
        return [part for part in re.split(r"(X\d+)", self.text) if part]


async def translated(text: str, source: str, target: str, translate: Translate) -> str:
    """`text` in `target`: set phrases by the list, the rest by `translate`, numbers and names as they stand.

    First with placeholders; when the model loses one, as it is, if all of them come through; else piece by piece.
    """
    parts: list[str] = []
    rest = ""
    for piece in [*_PIECE.findall(text), ""]:
        known = set_phrase(piece, source, target) if piece else None
        if known is None and piece:
            rest += piece
            continue
        if rest.strip():
            parts.append(await _kept(rest, translate))
        rest = ""
        parts += [known] if known else []
    return " ".join(part.strip() for part in parts if part.strip())


async def _kept(text: str, translate: Translate) -> str:
    protected = Protected.of(text.strip())
    if not protected.kept:
        return await translate(text.strip())
    restored = protected.restored(await translate(protected.text))
    if restored is not None:
        return restored
    plain = await translate(text.strip())
    if all(kept in plain for kept in protected.kept):
        return plain
    pieces = []
    for piece in protected.pieces():
        if re.fullmatch(r"X\d+", piece):
            pieces.append(protected.kept[int(piece[1:]) - 1])
        elif re.search(r"\w", piece):
            pieces.append((await translate(piece.strip())).rstrip(" .!?"))
        else:
            pieces.append(piece.strip())
    return re.sub(r" (?=[.,;:!?])", "", " ".join(filter(None, pieces)))
