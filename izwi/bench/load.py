"""``--talkers 1,2,3,4``: how many can talk at once before everyone waits, and what becomes of those who come then."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
import psutil

from izwi.bench.figures import Report, number, pair, percentiles
from izwi.bench.servers import cpu, server
from izwi.bench.users import questions
from izwi.bench.webrtc import WebRtcCaller
from izwi.faults import BadInput

#: The promise: seconds to the first audio that 95 of 100 answers keep.
PROMISE = 1.2
#: Seconds a user is silent between two questions, at most.
PAUSE = 2.0
#: Seconds between two looks at the server's metrics; and the longest we wait for it to recover.
LOOK, RECOVERY = 0.5, 180.0
#: How often, and after how many seconds, who was turned away tries again.
TRIES, LATER = 20, 5.0


@dataclass
class Crowd:
    """So many talkers at once: first audio in seconds, CPU in cores, the most steps of thrift that were given up."""

    talkers: int
    first_audio: list[float] = field(default_factory=list)
    unanswered: int = 0
    cores: float = float("nan")
    level: float = 0.0

    @property
    def p95(self) -> float:
        return percentiles(self.first_audio)[1]


@dataclass
class Burst:
    """Twice as many as there are places: how those inside fare, and what those outside were told and had to wait."""

    places: int
    inside: Crowd
    told: list[float] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)


@dataclass
class Recovery:
    """After a burst that overloads: seconds until the first answer is as quick as before, and until nothing is shed."""

    level: float = 0.0
    quick: float = float("nan")
    whole: float = float("nan")


def load(given: argparse.Namespace) -> Report:
    """Crowds of growing size, then the queue, then the recovery. Raises ``BadInput``."""
    try:
        sizes = sorted({int(size) for size in str(given.talkers or "1,2,3,4").split(",")})
    except ValueError:
        sizes = []
    if not sizes or sizes[0] < 1 or sizes[-1] > 8:
        raise BadInput("--talkers takes numbers from 1 to 8, such as 1,2,3,4")
    return asyncio.run(_load(sizes, max(3, given.turns // 4), given.shapes))


async def _load(sizes: list[int], turns: int, shapes: str) -> Report:
    crowds = []
    async with server("izwi", shapes) as (url, process):  # without the governor: what the machine itself can do
        for size in sizes:
            say_so(f"{size} talking at once, {turns} questions each")
            crowds.append(await crowd(url, process, size, turns))
    kept = [each.talkers for each in crowds if each.p95 <= PROMISE]
    places = max(kept, default=1)
    async with served(shapes, places) as (url, process):
        say_so(f"{2 * places} callers for {places} places")
        burst = await _burst(url, process, places, turns)
    async with served(shapes, sizes[-1] + 2) as (url, process):
        say_so(f"{sizes[-1] + 2} at once, then one: recovery")
        recovery = await _recover(url, process, sizes[-1] + 2, turns)
    return _report(crowds, burst, recovery, places, shapes)


def say_so(what: str) -> None:
    """What is measured now, for whoever waits."""
    print(f"{what} …", file=sys.stderr, flush=True)


@asynccontextmanager
async def served(shapes: str, places: int) -> AsyncIterator[tuple[str, psutil.Process]]:
    """A server with so many places, governed as when it serves."""
    before = os.environ.get("IZWI_TALKERS")
    os.environ["IZWI_TALKERS"] = str(places)
    try:
        async with server("governed", shapes) as found:
            yield found
    finally:
        if before is None:
            del os.environ["IZWI_TALKERS"]
        else:
            os.environ["IZWI_TALKERS"] = before


async def crowd(url: str, process: psutil.Process, size: int, turns: int) -> Crowd:
    """``size`` callers come at once and ask ``turns`` questions each, at their own times."""
    result = Crowd(size)
    async with AsyncExitStack() as calls:
        callers = [await calls.enter_async_context(_call(url)) for _ in range(size)]
        watching = asyncio.create_task(_watch(url, result))
        began, spent = time.perf_counter(), cpu(process)
        await asyncio.gather(*(_ask(caller, result, turns, seed) for seed, caller in enumerate(callers)))
        result.cores = (cpu(process) - spent) / (time.perf_counter() - began)
        watching.cancel()
    return result


@asynccontextmanager
async def _call(url: str) -> AsyncIterator[WebRtcCaller]:
    for _ in range(TRIES):
        caller = WebRtcCaller(url)
        try:
            await caller.connect()
            break
        except RuntimeError:  # turned away: as a person would, we try again later
            await caller.close()
            await asyncio.sleep(LATER)
    else:
        raise BadInput("the server under test lets nobody in")
    try:
        await asyncio.sleep(0.5)
        yield caller
    finally:
        await caller.close()


async def _ask(caller: WebRtcCaller, result: Crowd, turns: int, seed: int) -> None:
    draw = random.Random(seed)
    asked = questions(turns + seed)[seed:]
    for question in asked:
        await asyncio.sleep(draw.uniform(0.2, PAUSE))
        _, end = await caller.say(question)
        heard = await caller.wait_for_sound(end)
        if heard is None:
            result.unanswered += 1
            continue
        result.first_audio.append(heard - end)
        await caller.wait_for_quiet()


async def _watch(url: str, result: Crowd) -> None:
    while True:
        await asyncio.sleep(LOOK)
        result.level = max(result.level, await _level(url))


async def _level(url: str) -> float:
    """Steps of thrift given up just now."""
    async with httpx.AsyncClient(timeout=30) as client:
        text = (await client.get(f"{url}/metrics")).text
    found = re.search(r"^izwi_shed_level (\S+)$", text, re.M)
    return float(found[1]) if found else float("nan")


async def _burst(url: str, process: psutil.Process, places: int, turns: int) -> Burst:
    result = Burst(places, Crowd(places))

    async def one(seed: int) -> None:
        began = time.perf_counter()
        async with _call(url) as caller:
            if caller.queued:
                result.told.append(float(caller.queued[0]["seconds"]))
                result.waited.append(time.perf_counter() - began)
            await _ask(caller, result.inside, turns, seed)

    began, spent = time.perf_counter(), cpu(process)
    watching = asyncio.create_task(_watch(url, result.inside))
    await asyncio.gather(*(one(seed) for seed in range(2 * places)))
    result.inside.cores = (cpu(process) - spent) / (time.perf_counter() - began)
    watching.cancel()
    return result


async def _recover(url: str, process: psutil.Process, many: int, turns: int) -> Recovery:
    alone = await crowd(url, process, 1, turns)
    usual = percentiles(alone.first_audio)[1] * 1.2
    burst = await crowd(url, process, many, turns)
    result, ended = Recovery(level=burst.level), time.perf_counter()
    async with _call(url) as caller:
        while time.perf_counter() - ended < RECOVERY:
            answer = Crowd(1)
            await _ask(caller, answer, 1, 0)
            now = time.perf_counter() - ended
            if answer.first_audio and answer.first_audio[0] <= usual and not result.quick <= now:
                result.quick = now
            if not result.whole <= now and await _level(url) == 0:
                result.whole = now
            if result.quick <= now and result.whole <= now:
                break
    return result


def _report(crowds: list[Crowd], burst: Burst, recovery: Recovery, places: int, shapes: str) -> Report:
    rows = [
        (
            str(each.talkers),
            pair(each.first_audio),
            str(each.unanswered),
            number(each.cores, "{:.2f}"),
        )
        for each in crowds
    ]
    kept = [each for each in crowds if each.p95 <= PROMISE]
    broken = [each.talkers for each in crowds if each.p95 > PROMISE]
    limit = f"{broken[0]} at once break it" if broken else "none of these crowds breaks it"
    notes = [
        f"P95 of first audio within {PROMISE} s: kept with up to {places} at once; {limit}."
        if kept
        else f"P95 of first audio within {PROMISE} s: not kept even by one.",
        f"{2 * places} callers for {places} places: {len(burst.waited)} queued, were told to expect "
        f"{_mean(burst.told):.0f} s and waited {_mean(burst.waited):.0f} s (means); meanwhile first audio was "
        f"{pair(burst.inside.first_audio)}, and {burst.inside.level:.0f} steps were given up.",
        f"After a burst that gave up {recovery.level:.0f} steps: answers as quick as before after "
        f"{number(recovery.quick, '{:.0f} s')}, nothing given up any more after {number(recovery.whole, '{:.0f} s')}.",
        "The callers share the server's cores.",
    ]
    data: dict[str, Any] = {"shapes": shapes, "promise": PROMISE, "places": places}
    data |= {"crowds": [{**asdict(each), "p95": each.p95} for each in crowds]}
    data |= {"burst": asdict(burst), "recovery": asdict(recovery)}
    title = f"Talking at once: {shapes} models"
    return Report(title, ["first audio, P50 / P95", "unanswered", "cores"], rows, notes, data)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
