"""One Izwi on the embedded engines for all tests of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from izwi.assembly import assemble
from izwi.audio import Pcm
from izwi.engines import Engines
from izwi.settings import Settings
from tests.api.running import Running, izwi, key_for


@pytest.fixture(scope="session")
def engines() -> Engines:
    return assemble(Settings(profile="embedded", emotion=False))


@pytest.fixture(scope="session")
def running(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    settings = Settings(profile="embedded", data=tmp_path_factory.mktemp("data"))
    with izwi(engines, settings) as there:
        yield there


@pytest.fixture(scope="session")
def address(running: Running) -> str:
    return running.address


@pytest.fixture(scope="session")
def key(running: Running) -> str:
    return key_for(running.service, "tts", "asr", "chat")


@pytest.fixture
def client(address: str, key: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def spoken(engines: Engines) -> Pcm:
    """The embedded voice says good morning."""
    import asyncio

    from izwi.audio import join

    async def say() -> Pcm:
        return join([piece async for piece in engines.tts.synthesize_stream("good morning", "en")])

    return asyncio.run(say())


@pytest.fixture
def recording(spoken: Pcm, tmp_path: Path) -> Path:
    file = tmp_path / "morning.wav"
    file.write_bytes(spoken.wav())
    return file
