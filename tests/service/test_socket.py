"""A real WebSocket server with scripted engines: talk, resume, take over, and a clear code for every refusal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import socket as sockets
from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from izwi.audio import LISTENING_RATE, Pcm
from izwi.client import Client, Refused
from izwi.service import socket, transport
from tests.service.fuzz import Fuzz
from tests.service.orchestra import LONG, Orchestra, check, eventually, held, scripted, serving


@pytest.fixture
async def orchestra(tmp_path: Path) -> AsyncIterator[Orchestra]:
    async with serving(scripted(tmp_path)) as started:
        yield started


async def ask(izwi: Client, text: str) -> int:
    """Ask by writing, hear the answer to its end, and return its turn."""
    ended = asyncio.create_task(izwi.until("audio_end"))
    idle = asyncio.create_task(izwi.until("state", state="idle"))
    await izwi.text(text)
    await idle
    return int((await ended)["turn"])


async def ending(line: ClientConnection) -> tuple[dict[str, Any], int]:
    """The last error, and the close code."""
    last: dict[str, Any] = {}
    with contextlib.suppress(ConnectionClosed):
        while True:
            message = await asyncio.wait_for(line.recv(), 30)
            if isinstance(message, str):
                last = json.loads(message)
                check("server", last)
    assert line.close_code is not None
    return last, line.close_code


@pytest.mark.parametrize("framing", ["binary", "base64"])
@pytest.mark.parametrize("rate", [16_000, 24_000])
async def test_a_talk_in_either_framing_and_rate(orchestra: Orchestra, framing: str, rate: int) -> None:
    async with orchestra.client(framing=framing, rate=rate) as izwi:
        assert (izwi.welcome["rate"], izwi.welcome["framing"], izwi.welcome["resumed"]) == (rate, framing, False)
        turn = await ask(izwi, "mhoro")
        ended = next(event for event in izwi.log if event["type"] == "audio_end")
        assert izwi.spoken(turn).rate == rate
        assert izwi.spoken(turn).seconds == pytest.approx(ended["seconds"], abs=0.001)
        assert [event["state"] for event in izwi.log if event["type"] == "state"] == ["thinking", "speaking", "idle"]
        assert (await izwi.offset_known()).trip < 5
    await orchestra.calm()


async def test_a_spoken_question_is_heard_in_pieces_of_any_length(orchestra: Orchestra) -> None:
    async with orchestra.client() as izwi:
        heard = asyncio.create_task(izwi.until("state", state="listening"))
        quiet = np.zeros(LISTENING_RATE, np.int16)
        voice = np.tile(np.sin(np.arange(160) / 25.5 * 2) * 9000, 100).astype(np.int16)
        sound = Pcm(np.concatenate([quiet[:4000], voice, quiet]), LISTENING_RATE)
        lengths = random.Random(1)
        start = 0
        while start < len(sound.samples):
            piece = sound.samples[start : start + lengths.choice([1, 33, 160, 700, 4000])]
            await izwi.sound(piece)
            start += len(piece)
        listener = next(iter(orchestra.sockets.live.values())).wire.call
        await eventually(lambda: listener.conversation and listener.conversation.listener.clock > start - 513)
        heard.cancel()


async def test_stop_cuts_the_voice_and_what_was_heard_is_remembered(orchestra: Orchestra) -> None:
    async with orchestra.client() as izwi:
        await izwi.text("long")
        await izwi.until("audio_start")
        await eventually(lambda: izwi.heard)
        await asyncio.sleep(0.3)
        ended = asyncio.create_task(izwi.until("audio_end"))
        await izwi.stop()
        assert (await ended)["interrupted"]
        cut = next(event for event in izwi.log if event["type"] == "audio_interrupt")
        await asyncio.sleep(0.2)
        assert all(piece.generation < cut["generation"] for piece in izwi.heard)
        (live,) = orchestra.sockets.live.values()
        assert live.wire.call.conversation is not None
        remembered = live.wire.call.conversation.memory.last_reply
        assert LONG.startswith(remembered.removesuffix("…"))
        assert len(remembered) < len(LONG.strip())


async def test_a_dropped_session_comes_back_with_its_history(orchestra: Orchestra) -> None:
    izwi = await orchestra.client(language="en").connect()
    turn = await ask(izwi, "mhoro")
    await izwi.command("voice", voice="auto")
    token = izwi.token
    await izwi.drop()
    await orchestra.calm()
    await izwi.connect()
    assert izwi.welcome["resumed"]
    assert (izwi.token, izwi.welcome["turn"]) == (token, turn)
    assert [entry["role"] for entry in izwi.welcome["history"]] == ["user", "assistant"]
    assert izwi.welcome["history"][0]["text"] == "mhoro"
    assert await ask(izwi, "again") == turn + 1
    (live,) = orchestra.sockets.live.values()
    assert live.wire.call.conversation is not None
    assert [message.text for message in live.wire.call.conversation.memory.messages][::2] == ["mhoro", "again"]
    await izwi.close()
    izwi.token = token
    await orchestra.calm()
    await izwi.connect()
    assert not izwi.welcome["resumed"], "after a bye nothing is kept"
    assert izwi.token != token, "a token the server does not know is never taken over"
    await izwi.close()


async def test_a_reply_cut_by_a_drop_is_remembered_as_far_as_it_was_sent(orchestra: Orchestra) -> None:
    izwi = await orchestra.client().connect()
    await izwi.text("long")
    await izwi.until("audio_start")
    await asyncio.sleep(0.5)
    await izwi.drop()
    await orchestra.calm()
    await izwi.connect()
    user, reply = izwi.welcome["history"]
    assert user["text"] == "long"
    assert 0 < len(reply["text"]) < len(LONG)
    await izwi.close()


async def test_a_second_connection_takes_the_session_over(orchestra: Orchestra) -> None:
    first = await orchestra.client().connect()
    await ask(first, "mhoro")
    second = orchestra.client()
    second.token = first.token
    await second.connect()
    assert second.welcome["resumed"]
    assert second.welcome["history"][0]["text"] == "mhoro"
    await eventually(lambda: not first.open)
    assert first.refused is not None
    assert (first.refused.code, first.refused.close) == ("taken_over", 4409)
    assert len(orchestra.sockets.live) == 1
    await second.close()
    await first.drop()


async def test_of_many_that_come_back_at_once_one_has_the_session(orchestra: Orchestra) -> None:
    izwi = await orchestra.client().connect()
    await ask(izwi, "mhoro")
    await izwi.drop()
    several = [orchestra.client() for _ in range(6)]
    for one in several:
        one.token = izwi.token
    await asyncio.gather(*(one.connect() for one in several), return_exceptions=True)
    await eventually(lambda: len(orchestra.sockets.live) == sum(one.open for one in several) == 1)
    (winner,) = (one for one in several if one.open)
    assert winner.welcome["history"][0]["text"] == "mhoro"
    await asyncio.gather(*(one.close() for one in several))
    await orchestra.calm()


async def test_a_page_that_fell_back_keeps_its_place(orchestra: Orchestra) -> None:
    door = orchestra.service.door
    door.limit = 1
    assert door.enter("the webrtc connection")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(orchestra.client().connect(), 0.5)
    izwi = await orchestra.client(replaces="the webrtc connection").connect()
    assert door.taken == 1
    await izwi.close()
    await orchestra.calm()
    assert door.taken == 0


async def test_who_has_to_wait_is_told_and_gets_the_place(orchestra: Orchestra) -> None:
    orchestra.service.door.limit = 1
    first = await orchestra.client().connect()
    second = orchestra.client()
    waiting = asyncio.create_task(second.connect())
    await eventually(lambda: second.log)
    assert second.log[0]["type"] == "queue"
    assert second.log[0]["position"] == 1
    await first.close()
    await asyncio.wait_for(waiting, 10)
    await second.close()


HELLO = '{"type": "hello", "version": 1}'


@pytest.mark.parametrize(
    ("messages", "code", "close"),
    [
        (["{"], "bad_json", 4400),
        ([b"\x00" * 100], "too_early", 4400),
        (['{"type": "ping"}'], "too_early", 4400),
        (['{"type": "hello", "version": 9}'], "version", 4426),
        ([HELLO, *["nonsense"] * 21], "bad_json", 4400),
        ([HELLO, *[HELLO] * 21], "said_twice", 4400),
        ([HELLO, *[b"\x00" * 15] * 21], "bad_audio", 4400),
        ([HELLO, *[bytes(16 + 64_000)] * 30], "too_fast", 4429),
        ([HELLO, *['{"type": "onset"}'] * 1500], "too_many_messages", 4429),
    ],
)
async def test_every_refusal_has_an_error_and_a_close_code(
    orchestra: Orchestra, messages: list[str | bytes], code: str, close: int
) -> None:
    line = await orchestra.raw()
    with contextlib.suppress(ConnectionClosed):
        for message in messages:
            await line.send(message)
    error, closed = await ending(line)
    assert (error["type"], error["code"], closed) == ("error", code, close)
    await orchestra.calm()


async def test_messages_too_big_for_the_server_are_closed_with_1009(orchestra: Orchestra) -> None:
    line = await orchestra.raw()
    await line.send(HELLO)
    await line.send(b"\x00" * 300_000)
    assert (await ending(line))[1] == 1009
    await orchestra.calm()


async def test_no_hello_and_no_word_are_timeouts(orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "HELLO", 0.2)
    error, close = await ending(await orchestra.raw())
    assert (error["code"], close) == ("timeout", 4408)
    monkeypatch.setattr("izwi.service.call.APART", 0.02)
    line = await orchestra.raw()
    await line.send(HELLO)
    error, close = await ending(line)
    assert (error["code"], close) == ("timeout", 4408)


async def test_a_time_limit_and_a_restart_are_told(tmp_path: Path) -> None:
    async with serving(scripted(tmp_path, time_limit=0.6)) as orchestra:
        izwi = await orchestra.client().connect()
        with pytest.raises(Refused) as refused:
            await izwi.until("never")
        assert (refused.value.code, refused.value.close) == ("time_limit", 4410)
        await izwi.drop()
        again = await orchestra.client().connect()
        await orchestra.sockets.close()
        with pytest.raises(Refused) as refused:
            await again.until("never")
        assert (refused.value.code, refused.value.close) == ("going_away", 4503)
        await again.drop()


async def test_a_cold_server_says_so_and_answers_when_it_is_warm(tmp_path: Path) -> None:
    service = scripted(tmp_path, warm=False)
    async with serving(service) as orchestra, orchestra.client() as izwi:
        await izwi.text("mhoro")
        await eventually(lambda: any(event.get("code") == "warming" for event in izwi.log))
        started = asyncio.create_task(izwi.until("audio_start"))
        await asyncio.sleep(0.05)
        service.engines.set_result(scripted(tmp_path).engines.result())
        await started


async def test_a_client_that_takes_nothing_costs_no_memory_and_is_let_go(
    orchestra: Orchestra, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks for a long answer and a thousand pongs, and never reads a byte of them."""
    monkeypatch.setattr(socket, "STUCK", 1.0)
    monkeypatch.setattr(socket, "FAREWELL", 0.5)
    monkeypatch.setattr(transport, "FAREWELL", 0.5)
    async with orchestra.client() as izwi:  # whatever is loaded with the first talk is loaded now
        await ask(izwi, "mhoro")
    await orchestra.calm()
    host, port = orchestra.url.removeprefix("http://").split(":")
    memory, files = psutil.Process().memory_info().rss, held()[0]
    with contextlib.closing(sockets.create_connection((host, int(port)))) as quiet:
        quiet.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        quiet.sendall(
            b"GET /orchestrate HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        quiet.setblocking(False)
        assert b" 101 " in await asyncio.get_running_loop().sock_recv(quiet, 400)
        for text in (HELLO, '{"type": "text", "text": "long"}'):
            quiet.send(frame(text.encode()))
        await eventually(lambda: orchestra.sockets.live)
        (live,) = orchestra.sockets.live.values()
        most = 0
        async with asyncio.timeout(60):
            while orchestra.sockets.live:
                most = max(most, live.wire.outbox.waiting)
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    quiet.send(frame(b'{"type": "ping", "t": 1.0}'))
                await asyncio.sleep(0.002)
        assert most <= 512
        assert psutil.Process().memory_info().rss - memory < 10 * 2**20
        await orchestra.calm()
        await eventually(lambda: held()[0] <= files + 1)  # the server lets go although nothing was ever taken


def frame(payload: bytes) -> bytes:
    """A masked text frame (RFC 6455, section 5.2)."""
    assert len(payload) < 126
    mask = os.urandom(4)
    return bytes([0x81, 0x80 | len(payload)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


async def test_nonsense_over_a_real_line_breaks_nothing(orchestra: Orchestra) -> None:
    """Some thousands of messages; every line that gets closed is closed with a code of ours."""
    async with orchestra.client() as izwi:  # whatever is opened with the first talk is open now
        await ask(izwi, "mhoro")
    await orchestra.calm()
    closes, before = set(), held()
    messages = islice(Fuzz(7), 5000)
    for message in messages:
        line = await orchestra.raw()
        with contextlib.suppress(ConnectionClosed):
            await line.send(HELLO)
            await line.send(message)
            for more in islice(messages, 100):
                await line.send(more)
                if line.close_code is not None:
                    break
        async with asyncio.timeout(20):
            with contextlib.suppress(ConnectionClosed):
                await line.send('{"type": "bye"}')
                while True:
                    await line.recv()
        closes.add(line.close_code)
    await orchestra.calm()
    print("close codes:", closes)
    assert closes <= {1000, 1009, 4400, 4413, 4429}
    await eventually(lambda: all(now <= then for now, then in zip(held(), before, strict=True)))


async def test_a_key_may_come_as_a_subprotocol(orchestra: Orchestra) -> None:
    address = orchestra.url.replace("http", "ws") + "/orchestrate"
    async with connect(address, subprotocols=["izwi.v1", "izwi.key.wrong"], compression=None) as line:  # type: ignore[list-item]
        assert line.subprotocol == "izwi.v1"
        error, close = await ending(line)
        assert (error["code"], close) == ("bad_key", 4401)
