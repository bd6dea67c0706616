"""Patience with a server, and its end: retries where nothing was lost, cancel, timeouts, what is not believed."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from izwi.asr.remote import RemoteASR
from izwi.audio import Pcm
from izwi.engines import EngineFailed, Message, TranscriptChunk
from izwi.llm.remote import RemoteLLM
from izwi.remote import server as remote
from izwi.remote.server import Refusal, Server
from tests.api.running import serving
from tests.remote.scripted import Scripted

HELLO = [Message("user", "good morning")]
ENGLISH = frozenset({"en", "sn"})
SPEECH = Pcm(np.zeros(16_000, np.int16), 16_000)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "FIRST_WAIT", 0.01)


@contextmanager
def scripted(*script: int | str) -> Iterator[tuple[Scripted, Server]]:
    there = Scripted(list(script))
    with serving(there.app()) as address:
        yield there, Server(address, "The language model", key="k1", silence=1.0)


async def reply(server: Server) -> str:
    model = RemoteLLM(server, ENGLISH, instructed=lambda language: f"Answer in {language}.")
    text = "".join([token.text async for token in model.generate_stream(HELLO, "en")])
    await server.close()
    return text


async def heard(server: Server, language: str | None) -> list[TranscriptChunk]:
    asr = RemoteASR(server, ENGLISH, names={"english": "en"})
    found = [chunk async for chunk in asr.transcribe_stream(SPEECH, language)]
    await server.close()
    return found


async def test_a_reply() -> None:
    with scripted("reply") as (there, server):
        assert await reply(server) == "Good morning."
    body = there.asked[0]
    assert body["messages"] == [
        {"role": "system", "content": "Answer in en."},
        {"role": "user", "content": "good morning"},
    ]
    assert "language" not in body, "OpenAI refuses what it does not know"
    assert there.headers[0]["authorization"] == "Bearer k1"


async def test_guidance_goes_along() -> None:
    with scripted("reply") as (there, server):
        model = RemoteLLM(server, ENGLISH)
        guided = [Message("user", "good morning", "The user sounds sad.")]
        [token async for token in model.generate_stream(guided, "en")]
        await server.close()
    assert there.asked[0]["messages"][-1]["content"] == "(The user sounds sad.)\ngood morning"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_busy_server_is_asked_again(status: int) -> None:
    with scripted(status, status, "reply") as (there, server):
        assert await reply(server) == "Good morning."
    assert len(there.asked) == 3


async def test_but_not_for_ever() -> None:
    with scripted(503) as (there, server):
        with pytest.raises(EngineFailed, match=r"refused \(HTTP 503\)"):
            await reply(server)
        await server.close()
    assert len(there.asked) == 1 + remote.AGAIN


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
async def test_a_refusal_is_final_and_its_words_are_not_repeated(status: int) -> None:
    with scripted(status) as (there, server):
        with pytest.raises(Refusal) as refused:
            await reply(server)
        await server.close()
    assert refused.value.status == status
    assert "private" not in str(refused.value)
    assert len(there.asked) == 1


@pytest.mark.parametrize("what", ["break", "garbage", "error"])
async def test_a_reply_that_breaks_off_is_not_asked_for_again(what: str) -> None:
    with scripted(what) as (there, server):
        with pytest.raises(EngineFailed) as failed:
            await reply(server)
        await server.close()
    assert "private" not in str(failed.value)
    assert len(there.asked) == 1


async def test_a_silent_server_is_given_up() -> None:
    with scripted("hang") as (_, server):
        with pytest.raises(EngineFailed, match="ReadTimeout"):
            await reply(server)
        await server.close()


async def test_a_redirect_is_not_followed() -> None:
    with scripted("redirect") as (there, server):
        with pytest.raises(Refusal, match="HTTP 307"):
            await reply(server)
        await server.close()
    assert len(there.asked) == 1


async def test_nobody_at_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", "The language model")
    with pytest.raises(EngineFailed, match=r"cannot be reached \(ConnectError\)"):
        await reply(server)
    assert not await server.alive()
    await server.close()


async def test_a_name_that_leads_to_a_forbidden_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a name resolves to is only known once connected, and checked before a byte is sent."""
    with scripted("reply") as (there, server):
        monkeypatch.setattr(remote, "forbidden", lambda host: host == "127.0.0.1")
        with pytest.raises(EngineFailed, match="cannot be reached"):
            await reply(server)
        await server.close()
    assert there.asked == []


async def test_a_cancel_closes_the_connection() -> None:
    with scripted("endless") as (there, server):
        gone = threading.Event()
        model = RemoteLLM(server, ENGLISH)
        words = [token.text async for token in _until(model, gone, 3)]
        assert len(words) >= 3
        await server.close()
        for _ in range(500):
            if there.closed:
                break
            await asyncio.sleep(0.01)
    assert there.closed == 1


async def _until(model: RemoteLLM, gone: threading.Event, most: int):  # type: ignore[no-untyped-def]
    count = 0
    async for token in model.generate_stream(HELLO, "en", gone.is_set):
        yield token
        count += 1
        if count == most:
            gone.set()


async def test_a_cancel_while_nothing_comes() -> None:
    with scripted("hang") as (_, server):
        gone = asyncio.Event()
        asyncio.get_running_loop().call_later(0.1, gone.set)
        model = RemoteLLM(server, ENGLISH)
        assert [token async for token in model.generate_stream(HELLO, "en", gone.is_set)] == []
        await server.close()


async def test_a_whisper_tells_its_language() -> None:
    with scripted("whisper") as (there, server):
        (chunk,) = await heard(server, None)
    assert (chunk.text, chunk.language, chunk.final) == ("Good morning.", "en", True)
    assert chunk.confidence == pytest.approx(0.905, abs=0.001)
    assert not chunk.unsure
    assert there.asked[0]["response_format"] == "verbose_json"


@pytest.mark.parametrize("what", ["odd", 400])
async def test_what_is_no_transcript(what: int | str) -> None:
    with scripted(what) as (_, server):
        with pytest.raises(EngineFailed):
            await heard(server, "en")
        await server.close()


def test_one_server_from_two_event_loops() -> None:
    """Engines are warmed in one event loop and work in another."""
    with scripted("reply") as (_, server):
        assert asyncio.run(reply(server)) == asyncio.run(reply(server)) == "Good morning."


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with scripted("reply") as (_, server):
        assert await reply(server) == "Good morning."


def test_httpx_tells_of_connections_as_we_expect() -> None:
    """The check of the peer leans on this event of httpcore's; if it is renamed, this fails before a user does."""
    seen: list[str] = []

    async def look(event: str, _: dict[str, object]) -> None:
        seen.append(event)

    async def visit(address: str) -> None:
        async with httpx.AsyncClient() as client:
            await client.get(f"{address}/v1/models", extensions={"trace": look})

    with serving(Scripted(["reply"]).app()) as address:
        asyncio.run(visit(address))
    assert "connection.connect_tcp.complete" in seen
