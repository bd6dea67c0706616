"""A conversation is given only by whoever says so, only from then on, and is gone when they say so."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from izwi.engines import Engines
from izwi.events import Command, Event
from izwi.service.call import Call, Service
from izwi.service.web import create_app
from izwi.sessions.contributions import Contributions, Exchange
from izwi.settings import Settings
from tests.dialogue.stage import Script, ScriptedAsr, ScriptedLlm, ScriptedVad, ScriptedVoice, Texts


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "contributions.sqlite"


@pytest.fixture
def service(tmp_path: Path, file: Path) -> Service:
    script = Script(first_token=0.0, token_seconds=0.0, voice_first=0.0, voice_rate=0.0, default_reply="I see.")
    made = Service(Settings(greet=False, data=tmp_path), contributions=Contributions(file))
    made.engines.set_result(Engines(ScriptedAsr(script, Texts()), ScriptedLlm(script), ScriptedVoice(script)))
    return made


def content(file: Path) -> bytes:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    return file.read_bytes()


def kept(file: Path) -> list[Any]:
    if not file.exists():
        return []
    database = sqlite3.connect(file)
    rows = database.execute("SELECT turn, language, user, izwi FROM exchanges ORDER BY turn").fetchall()
    database.close()
    return rows


class Talk:
    """A call, its mouth, and what it was told."""

    def __init__(self, service: Service) -> None:
        self.events: list[Event] = []
        self.call = Call(service, 48_000, self.events.append, lambda: None, 0.1, ScriptedVad())
        self.call.introduced.set()

    async def __aenter__(self) -> Talk:
        await self.call.open()
        self._mouth = asyncio.create_task(self._take())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._mouth.cancel()
        await self.call.close()

    async def _take(self) -> None:
        while True:
            await self.call.next()

    async def ask(self, text: str) -> None:
        before = len(self.told("timings"))
        self.call.obey(Command("text", {"text": text}))
        for _ in range(1000):
            if len(self.told("timings")) > before:
                return
            await asyncio.sleep(0.01)
        raise AssertionError("no answer")

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [event.wire() for event in self.events if event.type == kind]

    def contribute(self, on: bool) -> None:
        self.call.obey(Command("contribute", {"on": on}))


async def test_nothing_is_kept_unless_asked_and_only_from_then_on(service: Service, file: Path) -> None:
    async with Talk(service) as talk:
        await talk.ask("I want bread")
        talk.contribute(True)
        await talk.ask("I want milk")
        talk.contribute(False)
        await talk.ask("I want tea")
    assert service.contributions
    await service.contributions.close()
    assert kept(file) == [(2, "en", "I want milk", "I see.")]
    first, last = talk.told("contribution")
    assert first["on"] is True
    assert last == {**first, "on": False}
    assert first["token"].encode() not in content(file)
    assert talk.call.witness.token != first["token"]


async def test_what_was_given_is_deleted_by_its_token(service: Service, file: Path) -> None:
    tokens = []
    for text in ("I want milk", "I want bread"):
        async with Talk(service) as talk:
            talk.contribute(True)
            await talk.ask(text)
            tokens.append(talk.told("contribution")[0]["token"])
    app = create_app(service)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://izwi") as client:
        assert (await client.delete(f"/v1/contributions/{tokens[0]}")).status_code == 204
        assert [user for _, _, user, _ in kept(file)] == ["I want bread"]
        assert b"milk" not in content(file), "not even in a page SQLite no longer uses"
        gone = await client.delete(f"/v1/contributions/{tokens[0]}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "no_contribution")
        assert (await client.delete(f"/v1/contributions/{'x' * 65}")).status_code == 400


async def test_where_nothing_is_collected_that_is_said(service: Service) -> None:
    service.contributions = None
    async with Talk(service) as talk:
        talk.contribute(True)
        assert [event["code"] for event in talk.told("error")] == ["no_contributions"]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(service)), base_url="http://izwi") as client:
        assert (await client.delete("/v1/contributions/x")).status_code == 404
        assert (await client.get("/status")).json()["contributions"] is False


async def test_a_disk_that_takes_nothing_costs_no_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "folder").mkdir()
    contributions = Contributions(tmp_path / "folder")
    contributions.give("token", Exchange(1, "en", "hello", False, "Hello."))
    with pytest.raises(OSError, match="unable to open"):
        await contributions.take_back("token")
    await contributions.close()
    assert "could not be kept" in caplog.text
    assert "hello" not in caplog.text
