"""Sessions over real servers, a real client and a real Redis: killed and restarted, moved between replicas, cut off."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from izwi.client import Client, Refused
from tests.sessions.conftest import RedisServer, redis_server, until

__all__ = ["redis_server"]
pytestmark = pytest.mark.engine
PATIENT = 120.0


class Server:
    """``python -m izwi serve`` on the embedded models, in a process of its own."""

    def __init__(self, folder: Path, port: int = 0, **settings: str) -> None:
        wanted = {"profile": "embedded", "greet": "0", "host": "127.0.0.1", "port": str(port), "data": str(folder)}
        wanted |= {"public_requests": "0", "govern": "0", **settings}
        env = {**os.environ, **{f"IZWI_{name.upper()}": value for name, value in wanted.items()}}
        command = [sys.executable, "-m", "izwi", "serve"]
        self.log = folder / f"server-{time.monotonic_ns()}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout
        found = re.search(r"http://\S+:(\d+)", self.process.stdout.readline())
        assert found, self.log.read_text()
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"

    async def ready(self) -> None:
        async with httpx.AsyncClient() as client:
            for _ in range(round(PATIENT / 0.2)):
                with contextlib.suppress(httpx.TransportError):
                    standing = (await client.get(f"{self.url}/status")).json()
                    assert not standing["failed"], standing["failed"]
                    if standing["ready"]:
                        return
                await asyncio.sleep(0.2)
        raise AssertionError("the server did not become ready: " + self.log.read_text())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    started: list[Server] = []
    yield started
    for server in started:
        server.kill()


async def ask(client: Client, text: str) -> str:
    """Type a question, hear the answer out, and give its words."""
    listening = client.events()
    asking = asyncio.create_task(client.text(text))
    said: list[str] = []
    async with asyncio.timeout(PATIENT), contextlib.aclosing(listening):  # type: ignore[type-var]
        async for event in listening:
            if event["type"] == "agent_response":
                said.append(event["text"])
            if event["type"] == "timings":
                break
    await asking
    return " ".join(filter(None, said))


@contextlib.asynccontextmanager
async def talking(url: str) -> AsyncIterator[Client]:
    client = await Client(url, hello={"language": "en"}).connect()
    try:
        yield client
    finally:
        await client.drop()


async def test_a_killed_server_comes_back_and_the_client_goes_on_with_its_history(
    tmp_path: Path, servers: list[Server]
) -> None:
    servers.append(Server(tmp_path))
    await servers[0].ready()
    async with talking(servers[0].url) as client:
        await ask(client, "my name is Tendai")
        await client.text("tell me a story")
        await client.until("audio_start", PATIENT)
        servers[0].kill()
        await until(lambda: not client.open)
        servers.append(Server(tmp_path, servers[0].port))
        await servers[1].ready()
        await client.connect()
        assert client.welcome["resumed"] is True
        history = [entry["text"] for entry in client.welcome["history"]]
        assert history[0] == "my name is Tendai"
        assert client.welcome["turn"] >= 1
        assert "Tendai" in await ask(client, "what is my name")
    assert written(tmp_path, b"Tendai", client.token.encode()) == []


def written(folder: Path, *secrets: bytes) -> list[str]:
    """The files under a folder that hold a secret."""
    return [file.name for file in folder.iterdir() if any(secret in file.read_bytes() for secret in secrets)]


def audited(server: RedisServer) -> list[dict[str, Any]]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return [fields for _, fields in client.xrange("izwi:audit")]


async def test_replicas_share_a_session_and_a_redis_that_stops_and_starts_breaks_no_call(
    tmp_path: Path, servers: list[Server], redis_server: RedisServer
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    servers += [Server(tmp_path / name, redis_url=redis_server.url) for name in ("a", "b")]
    for server in servers:
        await server.ready()

    async with talking(servers[0].url) as client:
        await ask(client, "my name is Rudo")
        await until(lambda: "turn_ended" in [entry["kind"] for entry in audited(redis_server)])
        await client.drop()
        client.url = servers[1].url
        await client.connect()
        assert client.welcome["resumed"] is True
        assert client.welcome["history"][0]["text"] == "my name is Rudo"
        assert "Rudo" in await ask(client, "what is my name")
        session = client.welcome["session"]
        await until(lambda: len([e for e in audited(redis_server) if e["kind"] == "turn_ended"]) == 2)
        assert {entry["session"] for entry in audited(redis_server)} == {session}

        redis_server.stop()
        for text in ("hello", "how are you", "thank you"):
            assert await ask(client, text)
        redis_server.start()  # it has no disk: what it held before is gone
        assert await ask(client, "what is my name")
        ended = lambda: [entry for entry in audited(redis_server) if entry["kind"] == "turn_ended"]  # noqa: E731
        await until(lambda: len(ended()) == 4)
        numbers = [int(entry["number"]) for entry in ended()]
        assert numbers == sorted(set(numbers))
        await client.drop()

        client.url = servers[0].url  # and back: what was said meanwhile is known there too
        await client.connect()
        said = [entry["text"] for entry in client.welcome["history"] if entry["role"] == "user"]
        assert said == ["my name is Rudo", "what is my name", "hello", "how are you", "thank you", "what is my name"]
    assert "the session store is back" in servers[1].log.read_text()


async def test_told_to_end_the_server_lets_the_answer_be_said_and_nobody_in(
    tmp_path: Path, servers: list[Server]
) -> None:
    servers.append(Server(tmp_path))
    await servers[0].ready()
    async with talking(servers[0].url) as client:
        await client.text("tell me a story")
        await client.until("audio_start", PATIENT)
        ended = asyncio.create_task(client.until("audio_end", PATIENT))
        servers[0].process.send_signal(signal.SIGTERM)
        await client.until("notice", PATIENT, code="closing")
        with pytest.raises(Refused) as refused:
            await Client(servers[0].url).connect()
        assert refused.value.code == "busy"
        assert (await ended)["interrupted"] is False
        await until(lambda: not client.open)
        assert client.refused is not None
        assert client.refused.code == "going_away"
    assert await asyncio.to_thread(servers[0].process.wait, PATIENT) == 0
