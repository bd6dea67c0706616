"""``--beside-dub``: what a dub takes from those who talk meanwhile, and what they take from it."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx

from izwi.bench.figures import Report, number, pair, percentiles
from izwi.bench.load import Crowd, crowd, say_so, served
from izwi.dub.example import example
from izwi.faults import BadInput

#: The machine's other business comes and goes, so talk alone and talk beside a dub take turns, so often.
ROUNDS = 4
#: How much slower the first sound may come beside a dub (P95), in parts of what it is alone.
BEARABLE = 1.2
#: Seconds between two looks at a dub, and the longest one may take.
LOOK, LONGEST = 0.2, 300.0


@dataclass
class Work:
    """Dubs made, the unfinished by their share, and the seconds from clip to dub that went by."""

    dubs: float = 0.0
    seconds: float = 0.0

    @property
    def pace(self) -> float:
        return self.seconds / self.dubs if self.dubs else float("nan")


@dataclass
class Beside:
    """The same questions to the same server, ``alone`` and ``beside`` dubs; and the dubs, alone and beside talk."""

    alone: Crowd = field(default_factory=lambda: Crowd(1))
    beside: Crowd = field(default_factory=lambda: Crowd(1))
    dub_alone: Work = field(default_factory=Work)
    dub_beside: Work = field(default_factory=Work)

    @property
    def slower(self) -> tuple[float, float]:
        """First audio beside a dub over first audio alone: P50, P95."""
        pairs = zip(percentiles(self.beside.first_audio), percentiles(self.alone.first_audio), strict=True)
        p50, p95 = (beside / alone for beside, alone in pairs)
        return p50, p95


def beside(given: argparse.Namespace) -> Report:
    """One talker, with and without clips dubbed over HTTP meanwhile. Raises ``BadInput``."""
    return _report(asyncio.run(measure(given.turns, given.shapes)), given.shapes)


async def measure(turns: int, shapes: str, rounds: int = ROUNDS) -> Beside:
    """At least ``turns`` questions of one talker alone and as many beside dubs, in ``rounds``."""
    clip = (await example("sn")).sound.wav()
    result, each = Beside(), -(-turns // rounds)
    async with served(shapes, 2) as (url, process):
        for turn in range(rounds):
            say_so(f"{each} questions alone, {each} beside dubs, a dub alone: {turn + 1} of {rounds}")
            _join(result.alone, await crowd(url, process, 1, each))
            async with _dubbing(url, clip, result.dub_beside):  # the first of all wakes the worker, beside the talk
                _join(result.beside, await crowd(url, process, 1, each))
            await _dub(url, clip, result.dub_alone)
    return result


def _join(whole: Crowd, part: Crowd) -> None:
    whole.first_audio += part.first_audio
    whole.unanswered += part.unanswered
    whole.level = max(whole.level, part.level)


@asynccontextmanager
async def _dubbing(url: str, clip: bytes, work: Work) -> AsyncIterator[None]:
    """One dub after another all the while."""

    async def dub() -> None:
        while True:
            await _dub(url, clip, work)

    task = asyncio.create_task(dub())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _dub(url: str, clip: bytes, work: Work) -> None:
    """A clip dubbed as the page does it. Raises ``BadInput`` when the server does not."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        began, before = time.perf_counter(), work.dubs
        job = (await client.post("/dub", params={"to": "en", "name": "clip.wav"}, content=clip)).json()
        try:
            while job.get("state") in ("waiting", "working") and time.perf_counter() - began < LONGEST:
                await asyncio.sleep(LOOK)
                job = (await client.get(f"/dub/{job['id']}")).json()
                work.dubs = before + job.get("step", {}).get("fraction", 0.0)
            if job.get("state") != "done":
                raise BadInput(f"the server under test did not dub the clip: {job.get('text') or job.get('state')}")
        finally:
            work.seconds += time.perf_counter() - began
            if "id" in job:
                await client.delete(f"/dub/{job['id']}", params={"forget": True})


def _report(found: Beside, shapes: str) -> Report:
    crowds, (p50, p95) = {"alone": found.alone, "beside a dub": found.beside}, found.slower
    rows = [
        ("first audio, P50 / P95", *(pair(crowd.first_audio) for crowd in crowds.values())),
        ("unanswered", *(str(crowd.unanswered) for crowd in crowds.values())),
        ("steps given up", *(number(crowd.level, "{:.0f}") for crowd in crowds.values())),
        ("seconds a dub", *(number(work.pace, "{:.1f}") for work in (found.dub_alone, found.dub_beside))),
    ]
    notes = [
        f"First audio beside a dub over first audio alone: P50 {p50:.2f}, P95 {p95:.2f} (bearable: {BEARABLE}).",
        f"A dub beside talk took {found.dub_beside.pace / found.dub_alone.pace:.1f} times as long as alone.",
        "The talker shares the server's cores.",
    ]
    data: dict[str, Any] = {"shapes": shapes, "slower": {"p50": p50, "p95": p95}, **asdict(found)}
    return Report(f"Talk beside a dub: {shapes} models", [*crowds], rows, notes, data)
