from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from izwi.hub import download
from izwi.hub.registry import Registry, load
from izwi.hub.store import Store
from izwi.settings import ROOT
from tests.hub.local_hub import LocalHub


@pytest.fixture(autouse=True)
def no_pause_between_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE", 0.0)


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    local = LocalHub()
    yield local
    local.close()


@pytest.fixture
def models(tmp_path: Path) -> Callable[[str], Path]:
    """Write a ``registry.toml`` into a fresh ``models/`` and give that folder."""

    def write(registry: str) -> Path:
        folder = tmp_path / "models"
        folder.mkdir(exist_ok=True)
        (folder / "registry.toml").write_text(registry, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def shelf(hub: LocalHub, tmp_path: Path, models: Callable[[str], Path]) -> Callable[[str], tuple[Registry, Store]]:
    """A registry from text, and a store on an empty cache in front of the local hub."""

    def build(registry: str) -> tuple[Registry, Store]:
        folder = models(registry)
        return load(folder), Store(folder, tmp_path / "cache", hub.url)

    return build


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tiny real checkpoints: whisper, whisper-older, vits, vits-english, marian, llama."""
    folder = tmp_path_factory.mktemp("checkpoints")
    command = [sys.executable, "-m", "tests.hub.checkpoints", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return folder
