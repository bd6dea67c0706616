"""A made clip of twenty lines with known words and times, and its dub on the embedded engines, made once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from izwi.dub import engines_for
from izwi.dub.example import Example, example
from izwi.dub.pipeline import Means, dubbed
from izwi.dub.source import read_clip
from izwi.dub.store import Store
from izwi.dub.timeline import Timeline
from izwi.engines import Engines
from izwi.settings import Settings


@dataclass
class Dubbed:
    """The clip's file, what is known of it, its dub and the store that was filled on the way."""

    path: Path
    example: Example
    timeline: Timeline
    store: Store


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    return engines_for(Settings(profile="embedded", cache=tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def twenty(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Dubbed:
    """Twenty lines of Shona in a noisy room (15 dB), dubbed into English."""
    folder = tmp_path_factory.mktemp("dub")
    made = asyncio.run(example("sn"))
    path = folder / "clip.wav"
    path.write_bytes(made.sound.wav())
    store = Store(folder / "made")
    return Dubbed(path, made, asyncio.run(dubbed(read_clip(path), Means(engines, store))), store)


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """``clip("mhoroi", …, language="sn")`` writes a clip of these lines and gives its path."""

    def write(*lines: str, language: str = "sn", **options: object) -> Path:
        path = tmp_path / f"{'-'.join(lines)[:40].replace(' ', '_')}.wav"
        made = asyncio.run(example(language, lines=lines, **options))  # type: ignore[arg-type]
        path.write_bytes(made.sound.wav())
        return path

    return write
