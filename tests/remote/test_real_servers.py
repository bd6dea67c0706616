"""Against real servers on loopback: llama-cpp-python's own, and another Izwi; lost in mid-talk, and found again."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from izwi.asr.remote import RemoteASR
from izwi.assembly import assemble
from izwi.audio import Pcm, join
from izwi.engines import EngineFailed, Engines, Message, UnsupportedLanguage
from izwi.hub.faults import ModelFault
from izwi.llm.llama_cpp import LlamaCpp
from izwi.llm.remote import RemoteLLM
from izwi.remote import health
from izwi.remote.server import Server
from izwi.remote_profile import with_remotes
from izwi.settings import ROOT, Settings
from izwi.tts.remote import RemoteVoice
from tests.api.running import Running, izwi

pytestmark = pytest.mark.engine

GGUF = ROOT / "models/embedded/llama/izwi-micro-llama.Q8_0.gguf"
BOTH = frozenset({"sn", "en"})
ASKED = [Message("user", "What do people eat here?")]


@pytest.fixture(scope="module")
def engines() -> Engines:
    return assemble(Settings(profile="embedded", emotion=False))


@pytest.fixture(scope="module")
def other(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with izwi(engines, Settings(profile="embedded", data=tmp_path_factory.mktemp("data"))) as running:
        yield running


@pytest.fixture(scope="module")
def key(other: Running) -> str:
    return other.key("tts", "asr", "chat")["Authorization"].split()[1]


@contextmanager
def llama_server(port: int) -> Iterator[str]:
    """llama-cpp-python's own server with our GGUF, as its users start it."""
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(GGUF), "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--n_ctx", "512", "--n_threads", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.get(f"{address}/v1/models", timeout=2)
                break
            except httpx.HTTPError:
                assert process.poll() is None, "llama_cpp.server did not start"
                time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


async def words(model: Any, messages: list[Message], language: str) -> str:
    return "".join([token.text async for token in model.generate_stream(messages, language)]).strip()


async def said(voice: Any, text: str, language: str) -> Pcm:
    return join([piece async for piece in voice.synthesize_stream(text, language)])


async def heard(asr: Any, speech: Pcm, language: str | None) -> Any:
    return [chunk async for chunk in asr.transcribe_stream(speech, language)][-1]


async def test_llama_cpps_own_server_streams_and_is_cut_off() -> None:
    with llama_server(free_port()) as address:
        server = Server(address, "The language model")
        model = RemoteLLM(server, BOTH)
        assert not await server.is_izwi()
        first, again = await words(model, ASKED, "en"), await words(model, ASKED, "en")
        assert len(first.split()) >= 2
        assert model.cost.seen == 2
        gone = asyncio.Event()
        async for token in model.generate_stream(ASKED, "en", gone.is_set):
            gone.set()
            assert token.text != again
        assert await words(model, ASKED, "en"), "it serves on"
        await server.close()


async def test_another_izwi_writes_what_it_would_write_itself(other: Running, key: str, engines: Engines) -> None:
    server = Server(other.address, "The language model", key)
    model = RemoteLLM(server, BOTH)
    assert await server.is_izwi()
    own: LlamaCpp = engines.llm  # type: ignore[assignment]
    for language, text in (("en", "What do people eat here?"), ("sn", "Makadii?")):
        messages = [Message("user", text)]
        assert await words(model, messages, language) == await words(own, messages, language)
    nonsense = [Message("user", "flibber the quantum gromlet sideways")]
    tokens = [token async for token in model.generate_stream(nonsense, "en")]
    assert [token.understood for token in tokens] == [
        token.understood async for token in own.generate_stream(nonsense, "en")
    ]
    await server.close()


async def test_another_izwi_speaks_and_listens(other: Running, key: str) -> None:
    voice = RemoteVoice(other.address, BOTH, key=key)
    asr = RemoteASR(Server(other.address, "The recogniser", key), BOTH, names={"english": "en", "shona": "sn"})
    speech = await said(voice, "good morning", "en")
    assert speech.rate == 24_000
    for language in ("en", None):
        chunk = await heard(asr, speech, language)
        assert (chunk.text, chunk.language, chunk.final) == ("good morning", "en", True)
    with pytest.raises(UnsupportedLanguage):
        await heard(asr, speech, "fr")
    await voice.close()


async def test_a_wrong_key_is_a_plain_sentence_and_no_server_to_come_back_to(other: Running, key: str) -> None:
    server = Server(other.address, "The remote language model", "wrong")
    with pytest.raises(EngineFailed, match=r"The remote language model refused \(HTTP 401\)"):
        await words(RemoteLLM(server, BOTH), ASKED, "en")
    assert not await server.alive()
    assert await Server(other.address, "The remote language model", key).alive()
    await server.close()


def test_the_profile_needs_an_address() -> None:
    with pytest.raises(ModelFault, match="IZWI_LLM_URL"):
        assemble(Settings(profile="remote", emotion=False))


async def test_lost_in_mid_talk_and_found_again(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All three engines are at another Izwi, which goes away and comes back at the same address."""
    monkeypatch.setattr(health, "FIRST_LOOK", 0.05)
    there, port = Settings(profile="embedded", data=tmp_path), free_port()
    with ExitStack() as stack:
        running = await asyncio.to_thread(stack.enter_context, izwi(engines, there, port))
        key = running.key("tts", "asr", "chat")["Authorization"].split()[1]
        urls = dict.fromkeys(("asr_url", "llm_url", "tts_url"), f"http://127.0.0.1:{port}/v1")
        settings = Settings(remote_key=key, tts_languages="sn,en", emotion=False, **urls)  # type: ignore[arg-type]
        far = await asyncio.to_thread(with_remotes, engines, settings)
        assert far.profile == "remote"
        near = await words(engines.llm, ASKED, "en")
        assert await words(far.llm, ASKED, "en") == near
        assert far.llm.cost is not engines.llm.cost, "the far one answered"
        speech = await said(far.tts, "good morning", "en")
        assert (await heard(far.asr, speech, "en")).text == "good morning"
        assert len(far.notices) == 1
        await asyncio.to_thread(stack.close)

        assert await words(far.llm, ASKED, "en") == near
        assert far.llm.cost is engines.llm.cost, "the near one answered"
        assert (await heard(far.asr, speech, "en")).text == "good morning"
        assert (await said(far.tts, "good morning", "en")).seconds > 0.3
        assert sum("cannot be reached just now" in sentence for sentence in far.notices) == 3

        await asyncio.to_thread(stack.enter_context, izwi(engines, there, port))
        for _ in range(400):
            if sum("answers again" in sentence for sentence in far.notices) == 3:
                break
            await asyncio.sleep(0.05)
        assert sum("answers again" in sentence for sentence in far.notices) == 3
        assert not any("cannot be reached" in sentence for sentence in far.notices)
        assert await words(far.llm, ASKED, "en") == near
        assert far.llm.cost is not engines.llm.cost, "the far one is back"


async def test_an_address_where_nobody_is_leaves_the_embedded_engines(engines: Engines) -> None:
    settings = Settings(llm_url=f"http://127.0.0.1:{free_port()}", emotion=False)
    far = await asyncio.to_thread(with_remotes, engines, settings)
    assert "cannot be reached just now" in far.notices[-1]
    assert await words(far.llm, ASKED, "en") == await words(engines.llm, ASKED, "en")
    await far.llm._elsewhere.health.close()  # type: ignore[attr-defined]
