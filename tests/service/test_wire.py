"""One client's side of a call, message by message: fuzz by seed, limits, stale sound, clocks."""

from __future__ import annotations

import asyncio
import gc
import json
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from izwi.audio import LISTENING_RATE
from izwi.events import AudioEnd, AudioStart, Command, StateChanged
from izwi.security.rate import Bucket
from izwi.security.talker import Refused
from izwi.service.call import Service
from izwi.service.outbox import MOST, Outbox, Overrun
from izwi.service.protocol import HEADER
from izwi.service.wire import LEAD, STALL, Wire
from tests.service.fuzz import Fuzz
from tests.service.orchestra import check, scripted

#: What a client that talks nonsense may be told, and nothing else.
CODES = {
    *("bad_json", "bad_type", "bad_field", "bad_audio", "bad_pong", "said_twice", "too_fast", "too_long"),
    *("no_contributions", "empty", "language", "voice"),
}


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def opened(service: Service, clock: Clock, **hello: Any) -> Wire:
    place = service.guard.place(service.guard._known(_Entrance()), "session")  # type: ignore[arg-type]
    place._bucket = Bucket(1e9, 1e9, 0.0)  # a test sends its messages faster than anybody
    wire = Wire(service, Command("hello", {"version": 1, **hello}), place, clock=clock)
    wire.call.introduced.set()
    await wire.call.open()
    return wire


class _Entrance:
    """Where a connection comes from, as the guard wants to know it."""

    class client:
        host = "127.0.0.1"

    from starlette.datastructures import Headers

    headers = Headers()


def told(wire: Wire) -> list[dict[str, Any]]:
    """Everything that waits for the client; each JSON message is one of the schema's."""
    messages = []
    for message, _ in list(wire.outbox._waiting):
        if isinstance(message, str):
            messages.append(json.loads(message))
            check("server", messages[-1])
    wire.outbox._waiting.clear()
    wire.outbox._sounds = 0
    return messages


async def nonsense(service: Service, seed: int, count: int, look: int) -> tuple[Counter[str], Counter[int]]:
    """Feed so many messages, also after the one that would close the line. Every ``look``-th answers are checked."""
    clock = Clock()
    wire = await opened(service, clock)
    codes, closes, plain = Counter[str](), Counter[int](), True
    for number, message in enumerate(islice(Fuzz(seed), count)):
        clock.now += 0.05
        try:
            wire.receive(message)
        except Refused as refused:
            codes[refused.code] += 1
            closes[refused.close_code] += 1
            plain &= refused.text.endswith(".")
        if number % 20 == 0:
            await asyncio.sleep(0)
        if number % look == 0:
            answers = told(wire)
            codes.update(answer["code"] for answer in answers if answer["type"] == "error")
        elif wire.outbox.waiting > MOST // 2:
            told(wire)
        if number % 500 == 499:
            await asyncio.sleep(0.001)
    assert plain, "a refusal is a sentence"
    await wire.call.close()
    return codes, closes


async def test_a_sample_of_nonsense_is_refused_with_clear_codes(tmp_path: Path) -> None:
    service = scripted(tmp_path)
    codes, closes = await nonsense(service, seed=1, count=20_000, look=10)
    print(dict(codes), dict(closes))
    assert set(codes) <= CODES
    assert {"bad_json", "bad_type", "bad_field", "bad_audio"} <= set(codes)
    assert set(closes) <= {4400, 4413, 4429}
    assert len(asyncio.all_tasks()) == 1, "something of the conversation still runs"


@pytest.mark.slow
async def test_a_million_messages_of_nonsense_leave_nothing_behind(tmp_path: Path) -> None:
    service, process = scripted(tmp_path), psutil.Process()
    memory, found = [], Counter[str]()
    for part in range(20):
        codes, _ = await nonsense(service, seed=part, count=50_000, look=50)
        found += codes
        gc.collect()
        memory.append(process.memory_info().rss / 2**20)
    print(dict(found), [round(m) for m in memory])
    assert set(found) <= CODES
    assert len(asyncio.all_tasks()) == 1
    assert memory[-1] < 1.05 * memory[3], f"memory grew: {memory}"


async def test_sound_faster_than_anybody_speaks_is_dropped_then_refused(tmp_path: Path) -> None:
    clock = Clock()
    wire = await opened(scripted(tmp_path), clock)
    second = bytes(HEADER.size) + bytes(2 * LISTENING_RATE)
    for _ in range(round(STALL)):  # a network that stalled owes so much
        wire.receive(second)
    assert [message["type"] for message in told(wire) if message["type"] == "error"] == []
    wire.receive(second)
    assert [message.get("code") for message in told(wire)] == ["too_fast"]
    clock.now += 2.0
    wire.receive(second)
    assert told(wire) == []
    for _ in range(21):  # the first is the last of what may be owed
        wire.receive(second)
    with pytest.raises(Refused) as refused:
        wire.receive(second)
    assert (refused.value.code, refused.value.close_code) == ("too_fast", 4429)
    await wire.call.close()


async def test_pieces_of_any_length_are_the_same_sound(tmp_path: Path) -> None:
    clocks = []
    for length in (1, 7, 160, 512, 3201, 16_000):
        clock = Clock()
        wire = await opened(scripted(tmp_path), clock)
        pcm = np.arange(16_000, dtype="<i2").tobytes()
        for start in range(0, len(pcm), 2 * length):
            clock.now += 0.05
            wire.receive(bytes(HEADER.size) + pcm[start : start + 2 * length])
        assert wire.call.conversation is not None
        clocks.append(wire.call.conversation.listener.clock)
        await wire.call.close()
    assert len(set(clocks)) == 1


async def test_stale_sound_never_enters_the_line(tmp_path: Path) -> None:
    wire = await opened(scripted(tmp_path), Clock())
    assert wire.call.conversation is not None
    speaker = wire.call.conversation.speaker
    generation = speaker.raise_generation()
    wire.tell(AudioStart(3, "a voice"))
    for _ in range(3):
        wire.sound(generation, np.zeros(960, np.int16))
    assert wire.outbox.waiting == 4
    speaker.raise_generation()
    wire.sound(generation, np.zeros(960, np.int16))
    waiting = told(wire)
    assert [message["type"] for message in waiting] == ["audio_start", "audio_interrupt"]
    assert waiting[0]["generation"] == generation
    assert waiting[1] == {"type": "audio_interrupt", "turn": 3, "generation": generation + 1, "t": 100.0}
    speaker.raise_generation()  # nothing was on its way: nothing to say
    assert told(wire) == []
    await wire.call.close()


async def test_the_news_of_a_replys_end_comes_after_its_last_piece(tmp_path: Path) -> None:
    wire = await opened(scripted(tmp_path), Clock(), framing="base64")
    assert wire.call.conversation is not None
    generation = wire.call.conversation.speaker.raise_generation()
    wire.sound(generation, np.zeros(960, np.int16))
    wire.call.in_hand = True  # the speaker is empty: its last piece waits to be due
    wire.tell(AudioEnd(1, 0.08))
    wire.tell(StateChanged("idle", 1))
    wire.sound(generation, np.zeros(960, np.int16))
    wire.call.conversation.speaker.raise_generation()  # the next reply does not interrupt this one
    assert [message["type"] for message in told(wire)] == ["audio_end", "state"]  # a cut forgets the sound
    wire.call.in_hand = True
    wire.tell(AudioEnd(2, 0.08))
    assert told(wire) == []
    wire.call.conversation.speaker.raise_generation()
    assert [message["type"] for message in told(wire)] == ["audio_end"], "a cut sets the news free"
    await wire.call.close()


async def test_the_clients_clock_is_found_and_late_sound_is_told(tmp_path: Path) -> None:
    clock = Clock()
    wire = await opened(scripted(tmp_path), clock)
    ahead = 1_000.0  # the client's clock
    for number, (there, back) in enumerate([(0.3, 0.1), (0.02, 0.02), (0.1, 0.5)], 1):
        wire.ping()
        clock.now += there
        theirs = clock.now + ahead
        clock.now += back
        spoken = clock.now + ahead - 0.25
        wire.receive(HEADER.pack(0, number, round(spoken * 1e6)) + bytes(640))
        wire.receive(json.dumps({"type": "pong", "id": number, "t": theirs}))
    network = [message for message in told(wire) if message["type"] == "network"]
    assert network[0]["offset"] == pytest.approx(ahead, abs=0.2)
    assert network[-1]["offset"] == pytest.approx(ahead, abs=0.001), "the shortest round trip is the one to believe"
    assert network[-1]["trip"] == pytest.approx(0.04)
    assert network[-1]["late"] == pytest.approx(0.25, abs=0.01)
    wire.receive('{"type": "pong", "id": 3, "t": 5}')
    assert [message["code"] for message in told(wire)] == ["bad_pong"]
    wire.receive('{"type": "ping", "id": 9, "t": 12.5}')
    assert told(wire) == [{"type": "pong", "id": 9, "t0": 12.5, "t1": 101.04, "t": 101.04}]
    await wire.call.close()


async def test_what_nobody_takes_is_bounded() -> None:
    outbox = Outbox()
    for _ in range(MOST + 1):
        outbox.put("x")
    assert outbox.waiting == 0
    with pytest.raises(Overrun):
        await outbox.take()


async def test_sound_waits_for_room_and_is_forgotten_at_a_cut() -> None:
    outbox = Outbox()
    outbox.put("a")
    outbox.put(b"sound", sound=True)
    outbox.put("b")
    room = asyncio.create_task(outbox.room())
    await asyncio.sleep(0)
    assert not room.done()
    outbox.forget_sound()
    await asyncio.wait_for(room, 5)
    assert [await outbox.take(), await outbox.take()] == ["a", "b"]


def test_the_lead_is_short() -> None:
    assert LEAD <= 0.25, "what has left is heard, so an interruption would be late"
