"""WebRTC calls that drop, are reloaded, or change the line, and go on with their session: over real aiortc."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from izwi.bench.webrtc import WebRtcCaller
from tests.service.orchestra import Orchestra, check, eventually, scripted, serving


@pytest.fixture
async def orchestra(tmp_path: Path) -> AsyncIterator[Orchestra]:
    async with serving(scripted(tmp_path, talkers=2)) as running:
        yield running


class Page(WebRtcCaller):
    """What a page does with its data channel."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for _, message in self.messages if message["type"] == kind]

    async def first(self, kind: str) -> dict[str, Any]:
        await eventually(lambda: self.of(kind))
        return self.of(kind)[0]

    def send(self, kind: str, **fields: Any) -> None:
        self.channel.send(json.dumps({"type": kind, **fields}))

    async def ask(self, text: str) -> int:
        """Type a question and wait until the answer is over; the turn's number."""
        ends = len(self.of("audio_end"))
        self.send("text", text=text)
        await eventually(lambda: len(self.of("audio_end")) > ends and self.of("state")[-1]["state"] == "idle")
        return int(self.of("audio_end")[-1]["turn"])

    async def vanish(self) -> None:
        """As a phone that loses its network: not a word, to the ear or over the channel."""
        for task in self.tasks:
            task.cancel()
        await self._peer.sctp.transport.transport._connection.close()  # aiortc itself would say goodbye


async def calling(orchestra: Orchestra, token: str = "") -> Page:
    page = Page(orchestra.url)
    page.token = token
    try:
        await page.connect()
    except RuntimeError:
        await page.close()
        raise
    return page


async def welcomed(orchestra: Orchestra, token: str = "") -> tuple[Page, dict[str, Any]]:
    page = await calling(orchestra, token)
    welcome = await page.first("welcome")
    check("server", {"version": 1, "rate": 24000, "framing": "binary", "t": 0.0, **welcome})  # as over a WebSocket
    return page, welcome


async def test_a_call_that_was_hung_up_goes_on(orchestra: Orchestra) -> None:
    page, welcome = await welcomed(orchestra)
    assert (welcome["resumed"], welcome["history"], welcome["resume_within"]) == (False, [], 60.0)
    turn = await page.ask("mhoro")
    await page.close()
    await eventually(lambda: not orchestra.service.door.taken)

    again, resumed = await welcomed(orchestra, welcome["token"])
    assert resumed["resumed"]
    assert resumed["token"] == welcome["token"]
    assert (resumed["session"], resumed["turn"]) == (welcome["session"], turn)
    assert resumed["history"][0] == {"role": "user", "text": "mhoro"}
    assert await again.ask("again") == turn + 1
    assert not again.of("error")
    await again.close()


async def test_a_call_whose_network_is_gone_leaves_its_place_to_the_next(orchestra: Orchestra) -> None:
    """The server has not noticed yet: the page is back first, though there is one place only and somebody waits."""
    orchestra.service.door.limit = 1
    page, welcome = await welcomed(orchestra)
    await page.ask("mhoro")
    await page.vanish()
    assert orchestra.service.door.taken == 1
    assert orchestra.service.door.ask("somebody else").position == 1
    again, resumed = await welcomed(orchestra, welcome["token"])
    assert resumed["history"][0]["text"] == "mhoro"
    assert orchestra.service.door.taken == 1
    assert not again.queued
    await again.close()
    await page.close()


async def test_two_pages_with_one_session_do_not_fight_for_it(orchestra: Orchestra) -> None:
    page, welcome = await welcomed(orchestra)
    await page.ask("mhoro")
    other, resumed = await welcomed(orchestra, welcome["token"])
    assert resumed["resumed"]
    assert (await page.first("error"))["code"] == "taken_over"
    await eventually(lambda: orchestra.service.door.taken == 1)
    assert len(orchestra.service.calls) == 1
    await page.close()
    await other.close()


async def test_who_says_bye_is_forgotten(orchestra: Orchestra) -> None:
    page, welcome = await welcomed(orchestra)
    await page.ask("mhoro")
    page.send("bye")
    await eventually(lambda: not orchestra.service.door.taken)
    again, fresh = await welcomed(orchestra, welcome["token"])
    assert not fresh["resumed"]
    assert fresh["token"] != welcome["token"], "a token the server does not know is never taken over"
    await page.close()
    await again.close()


async def test_a_session_moves_between_the_lines(orchestra: Orchestra) -> None:
    page, welcome = await welcomed(orchestra)
    turn = await page.ask("mhoro")
    socket = orchestra.client()
    socket.token = welcome["token"]
    await socket.connect()
    assert socket.welcome["resumed"]
    assert socket.welcome["history"][0]["text"] == "mhoro"
    assert (await page.first("error"))["code"] == "taken_over"
    await page.close()
    await socket.text("again")
    await socket.until("audio_end", turn=turn + 1)

    back, resumed = await welcomed(orchestra, welcome["token"])
    assert [entry["text"] for entry in resumed["history"][::2]] == ["mhoro", "again"]
    await eventually(lambda: not socket.open)
    assert socket.refused is not None
    assert socket.refused.code == "taken_over"
    await socket.drop()
    await back.close()


async def test_the_time_of_a_session_goes_on_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("izwi.service.line.COUNT", 0.05)
    async with serving(scripted(tmp_path, time_limit=60.0)) as orchestra:
        page, welcome = await welcomed(orchestra)
        await page.ask("mhoro")
        await page.close()
        await eventually(lambda: not orchestra.service.door.taken)
        (spent,) = orchestra.service.guard._quotas._sessions
        assert spent == welcome["session"]
        orchestra.service.guard._quotas._sessions[spent] = 60.0
        with pytest.raises(RuntimeError, match="time_limit"):
            await calling(orchestra, welcome["token"])
        assert not orchestra.service.door.taken
