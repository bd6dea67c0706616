"""A pack's dialogue content, read from its TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType

from izwi.languages.pack import Proverb


def read(package: str) -> tuple[Mapping[str, tuple[str, ...]], tuple[Proverb, ...]]:
    """The lines by situation and the proverbs of `package`'s content.toml."""
    data = tomllib.loads(files(package).joinpath("content.toml").read_text("utf-8"))
    lines = {situation: tuple(said) for situation, said in data["lines"].items()}
    proverbs = tuple(Proverb(p["text"], p["meaning"]) for p in data.get("proverbs", []))
    return MappingProxyType(lines), proverbs
