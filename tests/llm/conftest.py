"""The real embedded model, loaded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from izwi.llm.llama_cpp import LlamaCpp
from izwi.settings import ROOT

FOLDER = ROOT / "models" / "embedded" / "llama"


@pytest.fixture(scope="session")
def llama() -> Iterator[LlamaCpp]:
    engine = LlamaCpp(FOLDER, ("sn", "en"))
    yield engine
    engine.close()
