"""One server measured: start it, call it, ask, interrupt, disturb, hesitate, and watch what it costs."""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psutil

from izwi.bench.caller import Caller
from izwi.bench.figures import Figures, Report, percentiles
from izwi.bench.users import (
    INTERRUPTIONS,
    RATE,
    VOICES,
    disturbances,
    hesitations,
    questions,
    recording,
    speak,
)
from izwi.bench.waterfall import draw
from izwi.faults import BadInput

IDLE = 5.0


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@asynccontextmanager
async def server(kind: str, shapes: str) -> AsyncIterator[tuple[str, psutil.Process]]:
    """Start the server in its own process and give its address. Raises ``BadInput`` if it does not come up."""
    port = free_port()
    command = [sys.executable, "-m", "izwi.bench.host", kind, str(port), shapes]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL, env=dict(os.environ))
    url = f"http://127.0.0.1:{port}"
    try:
        await _until_up(url, process)
        yield url, psutil.Process(process.pid)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _until_up(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(600):
            if process.returncode is not None:
                raise BadInput("the server under test ended before it was up")
            try:
                await client.get(url, timeout=2)
                return
            except httpx.TransportError:
                await asyncio.sleep(0.2)
    raise BadInput("the server under test did not come up within two minutes")


def cpu(process: psutil.Process) -> float:
    """CPU seconds of the process and of the children it has waited for."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


async def measure(kind: str, shapes: str, turns: int) -> Figures:
    """All figures of one server over ``turns`` questions and a share of everything else."""
    figures = Figures(kind)
    began = time.perf_counter()
    async with server(kind, shapes) as (url, process):
        figures.start = time.perf_counter() - began
        caller = Caller(url)
        await caller.connect()
        try:
            await asyncio.sleep(1.5)
            await _idle(process, figures)
            await _ask(caller, process, figures, turns)
            await _interrupt(caller, figures, max(4, turns // 2))
            await _disturb(caller, figures, max(4, turns // 2))
            await _hesitate(caller, figures, max(4, turns // 2))
            figures.rss = process.memory_info().rss / 2**20
        finally:
            await caller.close()
    return figures


async def _idle(process: psutil.Process, figures: Figures) -> None:
    began = cpu(process)
    await asyncio.sleep(IDLE)
    figures.idle_cores = (cpu(process) - began) / IDLE


async def _ask(caller: Caller, process: psutil.Process, figures: Figures, turns: int) -> None:
    began = cpu(process)
    for question in questions(turns):
        _, end = await caller.say(question)
        heard = await caller.wait_for_sound(end)
        if heard is None:
            figures.unanswered += 1
            continue
        figures.first_audio.append(heard - end)
        await caller.wait_for_quiet()
    figures.turn_cpu = (cpu(process) - began) / turns
    if timings := caller.told("timings", 0.0):
        last = timings[-1][1]
        figures.wasted = last["wasted"] / last["cpu"] if last["cpu"] else 0.0
        figures.waterfall = last["marks"]


async def _reply(caller: Caller) -> float | None:
    """Ask for something long; returns the moment its answer became audible."""
    question = recording("tell me a story", "en", speak("tell me a story", VOICES["en"][0]))
    _, end = await caller.say(question)
    heard = await caller.wait_for_sound(end)
    if heard is not None:
        await asyncio.sleep(0.5)
    return heard


async def _interrupt(caller: Caller, figures: Figures, count: int) -> None:
    for turn in range(count):
        if await _reply(caller) is None:
            continue
        language, text = INTERRUPTIONS[turn % len(INTERRUPTIONS)]
        voice = VOICES[language][turn % len(VOICES[language])]
        onset, end = await caller.say(recording(text, language, speak(text, voice)))
        await asyncio.sleep(0.3)
        if ducks := caller.told("duck", onset):
            figures.ducked.append(ducks[0][0] - onset)
        silent = caller.fell_silent(onset)
        if silent is None or silent > end + 0.2:
            figures.never_stopped += 1
        else:
            figures.stopped.append(max(0.0, silent - onset))
        await caller.wait_for_quiet()


async def _disturb(caller: Caller, figures: Figures, count: int) -> None:
    for _, sound in disturbances(count):
        if await _reply(caller) is None:
            continue
        figures.disturbed += 1
        onset, _ = await caller.play(sound.samples)
        await asyncio.sleep(0.6)
        stops = [m for _, m in caller.told("audio_end", onset) if m["interrupted"]]
        figures.false_stops += bool(stops)
        await caller.wait_for_quiet()


async def _hesitate(caller: Caller, figures: Figures, count: int) -> None:
    for sentence, second in hesitations(count):
        figures.hesitated += 1
        began, end = await caller.say(sentence)
        resumed = began + (second - sentence.first) / RATE
        taken = [at for at, m in caller.told("state", began) if m["state"] in ("thinking", "speaking")]
        sounded = caller.heard_after(began)
        early = (taken and taken[0] < resumed) or (sounded is not None and sounded < end)
        figures.cut_off += bool(early)
        await caller.wait_for_sound(end)
        await caller.wait_for_quiet()


def talk(given: argparse.Namespace) -> Report:
    """Izwi, and the stock FastRTC handler after it, in one run."""
    kinds = ("izwi",) if given.alone else ("izwi", "stock")
    results = []
    for kind in kinds:
        print(f"measuring {kind} ({given.shapes}, {given.turns} turns) …", file=sys.stderr, flush=True)
        results.append(asyncio.run(measure(kind, given.shapes, given.turns)))
    if given.plot:
        draw(results[0].waterfall, given.plot)
    rows = [(row[0][0], *(value for _, value in row)) for row in zip(*(f.rows() for f in results), strict=True)]
    title = f"Talking: {given.shapes} models, {given.turns} questions"
    data = {"shapes": given.shapes, **{figures.kind: figures.json() for figures in results}}
    return Report(title, [figures.kind for figures in results], rows, _ratio(results), data)


def _ratio(results: list[Figures]) -> list[str]:
    if len(results) < 2 or not all(figures.first_audio for figures in results):
        return []
    ours, theirs = (percentiles(figures.first_audio) for figures in results)
    p50, p95 = (mine / other for mine, other in zip(ours, theirs, strict=True))
    return [f"First audio, ratio to {results[1].kind}: P50 {p50:.2f}, P95 {p95:.2f}."]
