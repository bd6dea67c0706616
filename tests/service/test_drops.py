"""Connections that drop at any moment of their lives leave nothing behind: no place, no task, no file, no memory."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from websockets.exceptions import WebSocketException

from izwi.bench.webrtc import WebRtcCaller
from izwi.client import Client, Refused
from izwi.service.call import Call
from tests.service.orchestra import Orchestra, eventually, held, scripted, serving

AT_ONCE = 8
NOISE = np.random.default_rng(1).normal(0, 3000, 16_000).astype(np.int16)


async def drop(orchestra: Orchestra, chance: random.Random, tokens: list[str]) -> str:
    """One connection, and what became of it."""
    how = chance.choice(("knock", "handshake", "silent", "hello", "talk", "talk", "talk", "speak", "bye", "resume"))
    if how in ("knock", "handshake", "silent", "hello"):
        return await _unfinished(orchestra, how, chance)
    izwi = orchestra.client(framing=chance.choice(("binary", "base64")))
    if how == "resume" and tokens:
        izwi.token = chance.choice(tokens)
    try:
        async with asyncio.timeout(chance.choice((0.02, 0.2, 20.0))):
            await izwi.connect()
            await _use(izwi, how, chance)
            tokens[:] = [*tokens[-20:], izwi.token]
    except (TimeoutError, Refused, OSError, WebSocketException):
        pass
    await (izwi.close() if how == "bye" else izwi.drop())
    return how


async def _unfinished(orchestra: Orchestra, how: str, chance: random.Random) -> str:
    """Gone before the welcome."""
    host, port = orchestra.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    request = (
        f"GET /orchestrate HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    if how != "knock":
        sent = request.encode() if how != "handshake" else request.encode()[: chance.randrange(len(request))]
        writer.write(sent)
        await asyncio.sleep(chance.choice((0.0, 0.01, 0.05)))
    if how == "hello":  # half a frame of it
        writer.write(b"\x81\xa0" + chance.randbytes(chance.randrange(30)))
        await asyncio.sleep(0.01)
    with contextlib.suppress(ConnectionError):
        if chance.random() < 0.5:
            writer.transport.abort()
        writer.close()
        await writer.wait_closed()
    return how


async def _use(izwi: Client, how: str, chance: random.Random) -> None:
    for _ in range(chance.randrange(4)):
        match chance.randrange(4):
            case 0:
                await izwi.text(chance.choice(("mhoro", "long")))
            case 1:
                await izwi.stop()
            case 2:
                await izwi.command("ping", t=1.0)
            case 3:
                await izwi.sound(NOISE[: chance.choice((1, 320, 16_000))])
        await asyncio.sleep(chance.choice((0.0, 0.01, 0.1)))
    if how == "speak":
        await izwi.text("long")
        await izwi.until("audio_start")
        await asyncio.sleep(chance.random() * 0.3)


async def crowd(orchestra: Orchestra, count: int, seed: int, after: Callable[[int], None] = lambda _: None) -> None:
    """``count`` connections, a few at once; ``after`` is called when so many are over."""
    chance, tokens, over, how = random.Random(seed), list[str](), 0, Counter[str]()
    left = iter(range(count))

    async def guest() -> None:
        nonlocal over
        for _ in left:
            how[await drop(orchestra, chance, tokens)] += 1
            over += 1
            after(over)

    await asyncio.gather(*(guest() for _ in range(AT_ONCE)))
    await orchestra.calm()
    print(dict(how))


def remaining() -> tuple[int, int, int]:
    """Files, tasks, and calls that something still refers to."""
    files, tasks = held()
    return files, tasks, sum(type(thing) is Call for thing in gc.get_objects())


async def nothing_is_left(orchestra: Orchestra, before: tuple[int, int, int]) -> None:
    await eventually(lambda: all(now <= then for now, then in zip(remaining(), before, strict=True)))
    assert not orchestra.service.door.taken
    assert not orchestra.service.door.waiting
    assert not orchestra.service.calls
    assert not orchestra.service.guard._quotas._live
    assert not orchestra.service.resumption._held


async def test_connections_that_drop_leave_nothing_behind(tmp_path: Path) -> None:
    async with serving(scripted(tmp_path, talkers=AT_ONCE)) as orchestra:
        await crowd(orchestra, 10, seed=0)
        before = remaining()
        await crowd(orchestra, 120, seed=1)
        await nothing_is_left(orchestra, before)


@pytest.mark.slow
async def test_two_thousand_connections_that_drop_leave_nothing_behind(tmp_path: Path) -> None:
    process, memory = psutil.Process(), dict[int, float]()

    def weigh(over: int) -> None:
        if over % 250 == 0:
            gc.collect()
            memory[over] = process.memory_info().rss / 2**20

    async with serving(scripted(tmp_path, talkers=AT_ONCE)) as orchestra:
        await crowd(orchestra, 10, seed=0)
        before = remaining()
        await crowd(orchestra, 2000, seed=2, after=weigh)
        await nothing_is_left(orchestra, before)
    print({over: round(mebibytes, 1) for over, mebibytes in memory.items()})
    assert max(memory[over] for over in memory if over > 500) <= 1.05 * memory[500]


async def test_webrtc_callers_that_drop_leave_nothing_behind(tmp_path: Path) -> None:
    """Each goes on with the session of one before; the first one pays for what is opened once."""
    service, token = scripted(tmp_path, talkers=2), ""
    async with serving(service) as orchestra:
        before = remaining()
        for number in range(5):
            caller = WebRtcCaller(orchestra.url)
            caller.token = token
            await caller.connect()
            await asyncio.sleep(0.1 * number)
            token = next((message["token"] for _, message in caller.messages if message["type"] == "welcome"), token)
            await caller.close()
            await eventually(lambda: not service.door.taken)
            if not number:
                before = remaining()
        await nothing_is_left(orchestra, before)
