"""The embedded recogniser, loaded once."""

import pytest

from izwi.asr.faster_whisper import FasterWhisper
from models.recipes.micro_whisper import text as texts


@pytest.fixture(scope="session")
def asr() -> FasterWhisper:
    return FasterWhisper(texts.TARGET)
