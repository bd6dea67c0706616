"""What the voices cost on this machine, at true shapes: the figures the ladder's promises rest on."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from izwi.audio import Pcm, silence
from izwi.engines import TTS, Cancelled, Cost, Style, never
from izwi.tts.attempt import Rung
from izwi.tts.ladder import Ladder

#: Said by every voice that is measured.
TEXTS = {"sn": "mangwanani marara here shamwari yangu nhasi", "en": "good morning how did you sleep last night"}


@dataclass(frozen=True)
class Figure:
    """One measurement and what is wanted of it, both in ``unit``."""

    name: str
    value: float
    unit: str
    target: str
    note: str = ""


def vits(folder: Path, checkpoint: Path | None = None, runs: int = 9) -> list[Figure]:
    """An exported VITS (`izwi.tts.vits_export`) against transformers' own model of ``checkpoint`` in the same run.

    CPU time of one thread, in turns, the best of ``runs``: other work on the machine counts little. transformers'
    figures are left out where torch or the checkpoint is missing.
    """
    from izwi.tts.prosody import prosody
    from izwi.tts.vits import VitsVoice, tokens

    voice = VitsVoice(folder)
    ids = tokens(TEXTS["sn"], voice._card["vocabulary"], voice._card["blank"])
    seconds = voice.latents(ids, prosody(Style())).shape[2] * voice._card["hop"] / voice._card["rate"]

    def first() -> float:
        next(voice.windows(voice.latents(ids, prosody(Style()))))
        return 1.0

    def whole() -> float:
        return sum(map(len, voice.windows(voice.latents(ids, prosody(Style()))))) / voice._card["rate"]

    work: dict[str, Callable[[], float]] = {"first": first, "whole": whole}
    if checkpoint is not None and (theirs := _transformers(checkpoint, ids)) is not None:
        work["theirs"] = theirs
    best = _best(work, runs)
    voice.close()
    found = [
        Figure("vits, first sound", 1000 * best["first"], "ms", "≤ 120", f"phrase of {seconds:.1f} s, one thread"),
        Figure("vits, real-time factor", best["whole"], "", "≤ 0.35", "one thread"),
    ]
    if "theirs" in best:
        found += [
            Figure("transformers, first sound (it gives the whole)", 1000 * best["theirs"] * seconds, "ms", ""),
            Figure("transformers, real-time factor", best["theirs"], "", ""),
            Figure("vits against transformers, first sound", best["theirs"] * seconds / best["first"], "×", "≥ 2"),
            Figure("vits against transformers, whole phrase", best["theirs"] / best["whole"], "×", "≥ 2"),
        ]
    return found


def _transformers(checkpoint: Path, ids: Any) -> Callable[[], float] | None:
    """Let transformers' VITS say ``ids``; gives the seconds it spoke."""
    try:
        import torch
        from transformers import VitsModel
    except ImportError:
        return None
    model = VitsModel.from_pretrained(checkpoint).eval()
    given = torch.from_numpy(ids)

    def speak() -> float:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with torch.inference_mode():
                return float(model(given).waveform.shape[1] / model.config.sampling_rate)
        finally:
            torch.set_num_threads(threads)

    return speak


def _best(work: dict[str, Callable[[], float]], runs: int) -> dict[str, float]:
    """CPU seconds for each unit of what a piece of work says it gave, the least of ``runs``; they take turns."""
    for do in work.values():
        do()
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, do in work.items():
            start = time.process_time()
            made = do()
            times[name].append((time.process_time() - start) / made)
    return {name: min(taken) for name, taken in times.items()}


async def espeak(runs: int = 30) -> list[Figure]:
    """Wall seconds from the text to the first finished samples, and the CPU time of a whole phrase, ours and its."""
    from izwi.tts.espeak import EspeakVoice

    voice, waits, spent = EspeakVoice(), [], []
    for run in range(runs + 1):
        language, before = ("sn", "en")[run % 2], _cpu()
        waits.append(await _first(voice, TEXTS[language], language))
        spent.append(_cpu() - before)
    cpu = Figure("espeak, CPU of a whole phrase, P50", 1000 * statistics.median(spent[1:]), "ms", "")
    return [*_percentiles("espeak, first samples", waits[1:], "≤ 20"), cpu]


def _cpu() -> float:
    """CPU seconds of this process and of those it has waited for."""
    return sum(os.times()[:4])


async def overhead(runs: int = 200) -> list[Figure]:
    """What the ladder adds to a phrase: the same voice through it and without it, in turns."""
    voice = _Ready()
    ladder = Ladder([Rung(voice, trusted=True)])
    added = []
    for _ in range(runs):
        alone = await _all(voice)
        added.append(await _all(ladder) - alone)
    note = f"{runs} phrases of 2 s"
    return [Figure("ladder, overhead a phrase, P50", 1000 * statistics.median(added), "ms", "≤ 2", note)]


async def dead_rung(runs: int = 20) -> list[Figure]:
    """What a listener waits longer for the first sound because the first rung never answers."""
    ladder = Ladder([Rung(_Dead(), trusted=True), Rung(_Ready(), trusted=True)])
    alone = Ladder([Rung(_Ready(), trusted=True)])
    waits = [await _first(ladder, TEXTS["sn"], "sn") for _ in range(runs + 1)]
    usual = statistics.median([await _first(alone, TEXTS["sn"], "sn") for _ in range(runs)])
    name = "ladder, first rung dead: added wait"
    learned = _percentiles(f"{name}, learned", [wait - usual for wait in waits[1:]], "≤ 50")
    return [Figure(f"{name}, first phrase", 1000 * (waits[0] - usual), "ms", "≤ 5000"), *learned]


class _Ready:
    """A voice that has its 2 s of speech ready."""

    name, licence, languages, cost = "ready", "none", frozenset({"sn"}), Cost()

    def __init__(self) -> None:
        t = np.arange(24_000) / 24_000
        self._pieces = list(Pcm((6000 * np.sin(2 * np.pi * 200 * t)).astype(np.int16), 24_000).frames(6000)) * 2

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        for piece in self._pieces:
            yield piece


class _Dead:
    """A voice that never answers."""

    name, licence, languages, cost = "dead", "none", frozenset({"sn"}), Cost()

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        await asyncio.sleep(3600)
        yield silence(1.0, 24_000)


async def _all(voice: TTS) -> float:
    start = time.perf_counter()
    async for _ in voice.synthesize_stream(TEXTS["sn"], "sn"):
        pass
    return time.perf_counter() - start


async def _first(voice: TTS, text: str, language: str) -> float:
    start, first = time.perf_counter(), 0.0
    async for _ in voice.synthesize_stream(text, language):
        first = first or time.perf_counter() - start
    return first


def _percentiles(name: str, seconds: list[float], target: str) -> list[Figure]:
    ordered = sorted(1000 * value for value in seconds)
    found = (("P50", ordered[len(ordered) // 2]), ("P95", ordered[int(0.95 * len(ordered))]))
    return [Figure(f"{name}, {which}", value, "ms", target) for which, value in found]


def run(vits_folder: Path | None = None, checkpoint: Path | None = None, runs: int = 9) -> list[Figure]:
    """All of it. ``vits_folder`` is an exported voice of MMS's shape (random weights will do), with its checkpoint."""
    found = [
        figure for part in (espeak(3 * runs), overhead(20 * runs), dead_rung(2 * runs)) for figure in asyncio.run(part)
    ]
    return found + (vits(vits_folder, checkpoint, runs) if vits_folder is not None else [])
