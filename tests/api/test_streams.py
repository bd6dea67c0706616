"""Izwi's own streams, how it stands, and what happens when somebody goes away or too many come."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from izwi.api.access import Room
from izwi.api.problems import Problem
from izwi.audio import Pcm
from izwi.engines import Cancelled, Cost, Engines, Message, Style, TokenChunk, never
from izwi.service.call import Service
from izwi.service.web import create_app
from izwi.settings import Settings
from tests.api.running import Running, key_for

pytestmark = pytest.mark.engine


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def ask(address: str, key: str, path: str, **body: Any) -> list[tuple[str, dict[str, Any]]]:
    answer = httpx.post(f"{address}{path}", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.status_code == 200, answer.text
    return events(answer.text)


def sound(found: list[tuple[str, dict[str, Any]]]) -> np.ndarray[Any, Any]:
    data = b"".join(base64.b64decode(data["audio"]) for name, data in found if name == "audio")
    return np.frombuffer(data, "<i2")


def test_each_phrase_with_its_sound(address: str, key: str) -> None:
    found = ask(address, key, "/v1/tts", text="Mhoro shamwari. Wakadii zvako?")
    phrases = [data for name, data in found if name == "phrase"]
    assert [phrase["text"] for phrase in phrases] == ["Mhoro shamwari.", "Wakadii zvako?"]
    assert phrases[0]["at"] == 0
    name, done = found[-1]
    assert name == "done"
    assert done["language"] == "sn"
    assert len(sound(found)) / done["rate"] == pytest.approx(done["seconds"], abs=0.05)
    assert 0 < phrases[1]["at"] < done["seconds"]


def test_a_question_is_answered_as_in_a_conversation(address: str, key: str) -> None:
    found = ask(address, key, "/v1/chat", text="What is two plus two?")
    text = "".join(data["text"] for name, data in found if name == "text").strip()
    assert "four" in text
    assert found[-1] == ("done", {"text": text, "language": "en", "understood": True, "rate": 24000})


def test_an_answer_may_be_heard(address: str, key: str) -> None:
    found = ask(address, key, "/v1/chat", text="Makadii?", speak=True)
    assert {name for name, _ in found} == {"text", "phrase", "audio", "done"}
    assert np.abs(sound(found)).max() > 1000


def test_the_history_counts(address: str, key: str) -> None:
    history = [{"role": "user", "text": "hello"}, {"role": "assistant", "text": "Hello, how are you?"}]
    found = ask(address, key, "/v1/chat", text="please repeat that", history=history)
    assert found[-1][1]["text"] == "Hello, how are you?"


def test_the_voice_needs_its_own_scope(address: str, running: Running) -> None:
    only_chat = running.key("chat")
    answer = httpx.post(f"{address}/v1/chat", json={"text": "Makadii?", "speak": True}, headers=only_chat)
    assert answer.json()["error"]["code"] == "no_scope"


def test_admin_needs_a_key_of_its_own(address: str, key: str, running: Running) -> None:
    path = f"{address}/v1/admin/warmup"
    assert httpx.post(path).status_code == 401
    assert httpx.post(path, headers={"Authorization": f"Bearer {key}"}).status_code == 403
    admin = running.key("admin")
    assert set(httpx.post(path, headers=admin).json()["seconds"]) == {"asr", "llm", "tts"}


def test_ready(address: str) -> None:
    answer = httpx.get(f"{address}/readyz")
    assert answer.status_code == 200
    assert answer.json()["profile"] == "embedded"
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}


async def test_a_cold_start_says_what_is_still_warming(tmp_path: Path) -> None:
    service = Service(Settings(data=tmp_path))
    state = [{"name": "izwi-micro-whisper", "condition": "download", "fraction": 0.4, "text": "It is coming."}]
    transport = httpx.ASGITransport(create_app(service, lambda: state))
    async with httpx.AsyncClient(transport=transport, base_url="http://izwi") as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["warming"] == state
        key = {"Authorization": f"Bearer {key_for(service)}"}
        cold = await client.post("/v1/chat", json={"text": "Makadii?"}, headers=key)
        assert (cold.status_code, cold.json()["error"]["code"]) == (503, "warming")
        service.engines.set_exception(RuntimeError("The file model.bin is missing."))
        broken = await client.get("/readyz")
        assert broken.status_code == 503
        assert "retry-after" not in broken.headers


class Endless:
    """A voice that never comes to an end by itself."""

    name, languages, licence, cost = "endless", frozenset({"en", "sn"}), "none", Cost()

    def __init__(self) -> None:
        self.stopped = threading.Event()

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        try:
            while True:
                yield Pcm(np.full(2400, 1000, np.int16), 24_000)
                await asyncio.sleep(0.001)
        finally:
            self.stopped.set()


@pytest.mark.parametrize("path", ["/v1/audio/speech", "/v1/tts"])
def test_a_client_that_goes_stops_the_work(running: Running, engines: Engines, path: str) -> None:
    engines.voices["endless"] = voice = Endless()
    body = {"input": "Hello.", "text": "Hello.", "voice": "endless", "response_format": "pcm"}
    with httpx.stream("POST", running.address + path, json=body, headers=running.key("tts")) as answer:
        pieces = answer.iter_bytes()
        assert answer.status_code == 200, next(pieces)
        next(pieces)
        assert running.app.state.room.inside == 1
        assert not voice.stopped.is_set()
    del engines.voices["endless"]
    assert voice.stopped.wait(20)
    for _ in range(1000):
        if running.app.state.room.inside == 0:
            break
        time.sleep(0.01)
    assert running.app.state.room.inside == 0


class Musing:
    """A model that never comes to a word; told when nobody waits for it any more."""

    name, languages, cost = "musing", frozenset({"en", "sn"}), Cost()

    def __init__(self) -> None:
        self.stopped = threading.Event()

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        try:
            await asyncio.sleep(3600)
            yield TokenChunk("never")
        finally:
            self.stopped.set()

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None: ...


def test_a_client_that_goes_before_the_first_word_stops_the_work(running: Running, engines: Engines) -> None:
    own, engines.llm = engines.llm, (musing := Musing())
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{running.address}/v1/chat/completions", json=body, headers=running.key("chat"), timeout=0.5)
    engines.llm = own
    assert musing.stopped.wait(20)


def test_a_fault_of_ours_says_nothing_of_itself(
    running: Running, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("izwi.api.chat.language_of", broken)
    answer = httpx.post(f"{running.address}/v1/chat", json={"text": "my words"}, headers=running.key("chat"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "my words" not in caplog.text


def test_who_talks_goes_first(running: Running) -> None:
    door, body, key = running.service.door, {"text": "Makadii?"}, running.key("chat")

    def status() -> int:
        return httpx.post(f"{running.address}/v1/chat", json=body, headers=key, timeout=30).status_code

    door.strained = True
    assert status() == 200, "nobody talks"
    assert door.enter("somebody")
    assert status() == 503
    door.strained = False
    assert status() == 200
    door.leave("somebody")
    door.closed = True
    assert status() == 503
    door.closed = False


async def test_a_full_room_turns_away_and_leaks_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("izwi.api.access.PATIENCE", 0.02)
    room = Room(1)

    async def visit() -> str:
        try:
            async with room.enter():
                await asyncio.sleep(0.2)
                return "served"
        except Problem as problem:
            return problem.code

    assert sorted(await asyncio.gather(*(visit() for _ in range(8)))) == ["busy"] * 7 + ["served"]
    assert room.inside == 0
    task = asyncio.create_task(visit())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert room.inside == 0
    assert await visit() == "served"
