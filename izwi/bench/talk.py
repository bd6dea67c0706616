"""Recorded users talk to Izwi and to stock FastRTC over real connections: ask, interrupt, and watch what it costs."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

import psutil

from izwi.bench.caller import Caller
from izwi.bench.figures import Figures, Report, percentiles
from izwi.bench.random_weights import SHAPES
from izwi.bench.servers import cpu, server
from izwi.bench.users import (
    HESITATIONS,
    INTERRUPTIONS,
    RATE,
    VOICES,
    Recording,
    hesitation,
    questions,
    recording,
    speak,
)
from izwi.bench.waterfall import draw
from izwi.bench.webrtc import WebRtcCaller
from izwi.bench.websocket import WebSocketCaller

#: Seconds an idle connection is watched.
IDLE = 10.0
#: Seconds of a hesitation inside a sentence.
PAUSE = 0.5
#: Column → the server (``izwi.bench.host``) and the kind of line.
LINES: dict[str, tuple[str, type[Caller]]] = {
    "izwi": ("izwi", WebRtcCaller),
    "izwi, WebSocket": ("izwi", WebSocketCaller),
    "stock": ("stock", WebRtcCaller),
}
FORCED = (
    "The models have random weights at the true shapes of the Space's, run by the product's own engines: the work is "
    "real, the words are not. What was heard comes from the embedded recogniser (some 15 ms on top), the reply is a "
    "fixed one of {words} words, and both took as many decoder steps as such texts have tokens. Questions with an "
    "instant answer (the time, a name) were left out, because they need no model."
)


def talk(given: argparse.Namespace) -> Report:
    """Every line of ``LINES`` after the other, in one run."""
    results = []
    for kind in LINES:
        if kind == "stock" and given.alone:
            continue
        print(f"talking to {kind} ({given.shapes} models, {given.turns} questions) …", file=sys.stderr, flush=True)
        results.append(asyncio.run(measure(kind, given.shapes, given.turns)))
    if given.plot:
        draw(results[0].waterfall(), given.plot)
    rows = [(row[0][0], *(value for _, value in row)) for row in zip(*(f.rows() for f in results), strict=True)]
    notes = [*_ratios(results), *_forced(given.shapes)]
    data = {"shapes": given.shapes, **{figures.kind: figures.json() for figures in results}}
    title = f"Talking over a real line: {given.shapes} models, {given.turns} questions"
    return Report(title, [figures.kind for figures in results], rows, notes, data)


async def measure(kind: str, shapes: str, turns: int) -> Figures:
    """All figures of one line: ``turns`` questions, half as many interruptions, a quarter as many hesitations."""
    host, line = LINES[kind]
    figures = Figures(kind)
    began = time.perf_counter()
    async with server(host, shapes) as (url, process):
        figures.start = time.perf_counter() - began
        caller = line(url)
        await caller.connect()
        try:
            await asyncio.sleep(2.0)
            await _idle(process, figures)
            await _ask(caller, process, figures, questions(turns, for_the_model=shapes in SHAPES))
            await _hesitate(caller, max(2, turns // 4))
            await _interrupt(caller, figures, max(2, turns // 2))
            figures.wasted = _wasted(caller)
            figures.rss = process.memory_info().rss / 2**20
        finally:
            await caller.close()
    return figures


async def _idle(process: psutil.Process, figures: Figures) -> None:
    began = cpu(process)
    await asyncio.sleep(IDLE)
    figures.idle_cores = (cpu(process) - began) / IDLE


async def _ask(caller: Caller, process: psutil.Process, figures: Figures, asked: list[Recording]) -> None:
    began = cpu(process)
    for question in asked:
        start, end = await caller.say(question)
        heard = await caller.wait_for_sound(end)
        if heard is None:
            figures.unanswered += 1
            continue
        figures.first_audio.append(heard - end)
        await caller.wait_for_quiet()
        told = caller.told("timings", start)
        marks = told[-1][1]["marks"] if told else {}
        figures.marks.append(marks)
        figures.first_content.append(heard - end + marks.get("content", 0.0) - marks.get("heard", 0.0))
    figures.turn_cpu = (cpu(process) - began) / len(asked)


async def _hesitate(caller: Caller, count: int) -> None:
    """Sentences with a pause inside: each begins an answer that nobody will hear."""
    for turn in range(count):
        language, before, after = HESITATIONS[turn % len(HESITATIONS)]
        said, _ = hesitation(before, after, VOICES[language][turn % len(VOICES[language])], PAUSE)
        _, end = await caller.say(recording(f"{before} {after}", language, said.resampled(RATE)))
        await caller.wait_for_sound(end)
        await caller.wait_for_quiet()


def _wasted(caller: Caller) -> float:
    """The share of the engines' CPU seconds that went into answers nobody heard, over the whole talk."""
    timings = caller.told("timings", 0.0)
    last = timings[-1][1] if timings else {"cpu": 0.0, "wasted": 0.0}
    return float(last["wasted"] / last["cpu"]) if last["cpu"] else float("nan")


async def _interrupt(caller: Caller, figures: Figures, count: int) -> None:
    for turn in range(count):
        question = recording("tell me a story", "en", speak("tell me a story", VOICES["en"][0]))
        _, asked = await caller.say(question)
        if not await _well_into_the_reply(caller, asked):
            continue
        language, text = INTERRUPTIONS[turn % len(INTERRUPTIONS)]
        voice = VOICES[language][turn % len(VOICES[language])]
        onset, end = await caller.say(recording(text, language, speak(text, voice)))
        await asyncio.sleep(0.3)
        if ducks := caller.told("duck", onset):
            figures.ducked.append(ducks[0][0] - onset)
        silent = caller.fell_silent(onset)
        if not caller.sounded(onset - 0.1, onset + 0.1):
            continue  # the reply paused just then, or was over
        if silent is None or silent > end + 0.2:
            figures.never_stopped += 1
        elif silent > onset:  # else the reply had come to its end before
            figures.stopped.append(silent - onset)
        await caller.wait_for_quiet()


async def _well_into_the_reply(caller: Caller, asked: float) -> bool:
    """Wait until the reply has gone on for half a second and is to be heard: an opener may be followed by a gap."""
    if await caller.wait_for_sound(asked) is None:
        return False
    await asyncio.sleep(0.5)
    heard = await caller.wait_for_sound(time.perf_counter())
    if heard is None:
        return False
    await asyncio.sleep(max(0.0, heard - time.perf_counter()))
    return True


def _ratios(results: list[Figures]) -> list[str]:
    """What came of the goals: Izwi's times over the rival's, engines and machine being the same."""
    rival = next((figures for figures in results if figures.kind == "stock"), None)
    if rival is None:
        return []
    sentences = []
    for name, field in (("First audio", "first_audio"), ("Barge-in to silence", "stopped")):
        theirs = percentiles(getattr(rival, field))
        for figures in results:
            ours = percentiles(getattr(figures, field))
            if figures is not rival and ours[0] == ours[0] and theirs[0] == theirs[0]:
                p50, p95 = (mine / other for mine, other in zip(ours, theirs, strict=True))
                sentences.append(f"{name}, ratio of {figures.kind} to stock: P50 {p50:.2f}, P95 {p95:.2f}.")
    return sentences


def _forced(shapes: str) -> list[str]:
    if shapes not in SHAPES:
        return []
    from izwi.bench.shapes import REPLY

    return [FORCED.format(words=len(REPLY.split()))]
