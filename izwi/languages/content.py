"""A pack's dialogue content, read from its content.toml: lines by situation, proverbs and idioms with their meaning."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from izwi.languages.bias import distance


@dataclass(frozen=True, slots=True)
class Proverb:
    """A proverb or idiom in its language, and what it means in English."""

    text: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Content:
    """What a pack says: `lines` by situation (some with {time}-like placeholders), proverbs and idioms."""

    lines: Mapping[str, tuple[str, ...]]
    proverbs: tuple[Proverb, ...]
    idioms: tuple[Proverb, ...]

    def meaning(self, saying: str) -> str | None:
        """What a proverb or idiom means, as heard or typed (one letter in eight may be off), or None for no saying."""
        heard = _folded(saying)
        for known in (*self.proverbs, *self.idioms):
            limit = len(known.text) // 8
            if distance(heard, _folded(known.text), limit) <= limit:
                return known.meaning
        return None


def _folded(saying: str) -> str:
    return " ".join(re.findall(r"\w+", saying.casefold()))


def read(package: str) -> Content:
    """The content of `package`'s content.toml."""
    data = tomllib.loads(files(package).joinpath("content.toml").read_text("utf-8"))
    return Content(
        lines=MappingProxyType({situation: tuple(said) for situation, said in data["lines"].items()}),
        proverbs=tuple(Proverb(**entry) for entry in data.get("proverbs", [])),
        idioms=tuple(Proverb(**entry) for entry in data.get("idioms", [])),
    )
