"""What the voices cost on this machine, at true shapes: the figures the ladder's promises rest on."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from izwi.audio import Pcm
from izwi.engines import TTS, Cancelled, Cost, Style, never

#: Said by every voice that is measured.
TEXTS = {"sn": "mangwanani marara here shamwari yangu nhasi", "en": "good morning how did you sleep last night"}


@dataclass(frozen=True)
class Figure:
    """One measurement and its target; ``wall`` and ``cpu`` seconds unless ``unit`` says otherwise."""

    name: str
    value: float
    unit: str
    target: str
    note: str = ""


def vits(folder: Path, checkpoint: Path | None = None, runs: int = 9) -> list[Figure]:
    """An exported VITS (`izwi.tts.vits_export`) against transformers' own model of ``checkpoint`` in the same run.

    CPU time of one thread, the best of ``runs``: other work on the machine does not count. transformers' figures are
    left out where torch or the checkpoint is missing.
    """
    from izwi.tts.prosody import prosody
    from izwi.tts.vits import WINDOWS, VitsVoice, tokens

    voice = VitsVoice(folder)
    ids = tokens(TEXTS["sn"], voice._card["vocabulary"], voice._card["blank"])
    latents = voice.latents(ids, prosody(Style()))
    seconds = latents.shape[2] * voice._card["hop"] / voice._card["rate"]

    def first() -> None:
        next(voice.windows(voice.latents(ids, prosody(Style())), WINDOWS))

    def whole() -> None:
        list(voice.windows(voice.latents(ids, prosody(Style()))))

    ours_first, ours = _best(first, runs), _best(whole, runs)
    found = [
        Figure("vits, first sound", 1000 * ours_first, "ms", "≤ 120", f"phrase of {seconds:.1f} s, one thread"),
        Figure("vits, real-time factor", ours / seconds, "", "≤ 0.35", "one thread"),
    ]
    if checkpoint is not None:
        theirs = _transformers(checkpoint, ids, runs)
        if theirs:
            per_second, length = theirs
            found += [
                Figure(
                    "transformers VITS, first sound (whole)", 1000 * per_second * seconds, "ms", "", f"{length:.1f} s"
                ),
                Figure("vits sooner than transformers", per_second * seconds / ours_first, "×", "≥ 2"),
                Figure("vits faster than transformers", per_second * seconds / ours, "×", "", "whole phrase"),
            ]
    return found


def _transformers(checkpoint: Path, ids: Any, runs: int) -> tuple[float, float] | None:
    """CPU seconds per second of speech of transformers' VITS on one thread, and the seconds it spoke."""
    try:
        import torch
        from transformers import VitsModel
    except ImportError:
        return None
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    model = VitsModel.from_pretrained(checkpoint).eval()
    given = torch.from_numpy(ids)
    per_second, length = [], 0.0
    with torch.inference_mode():
        for _ in range(runs):
            start = time.process_time()
            spoken = model(given).waveform.shape[1]
            length = spoken / model.config.sampling_rate
            per_second.append((time.process_time() - start) / length)
    torch.set_num_threads(threads)
    return min(per_second), length


def _best(work: Callable[[], None], runs: int) -> float:
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


async def espeak(runs: int = 30) -> list[Figure]:
    """Wall seconds from the text to the first finished samples, P50 and P95."""
    from izwi.tts.espeak import EspeakVoice

    voice, waits = EspeakVoice(), []
    for run in range(runs + 1):
        language = ("sn", "en")[run % 2]
        waits.append(await _first(voice, TEXTS[language], language))
    return _percentiles("espeak, first samples", waits[1:], "≤ 20")


async def overhead(runs: int = 200) -> list[Figure]:
    """What the ladder adds to a phrase: the same voice through it and without it, in turns."""
    from izwi.tts.attempt import Rung
    from izwi.tts.ladder import Ladder

    voice = _Ready()
    ladder = Ladder([Rung(voice, trusted=True)])
    added = []
    for _ in range(runs):
        alone = await _all(voice)
        added.append(await _all(ladder) - alone)
    return [Figure("ladder overhead, P50", 1000 * statistics.median(added), "ms", "≤ 2", f"{runs} phrases of 2 s")]


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


def run(vits_folder: Path | None = None, checkpoint: Path | None = None) -> list[Figure]:
    """All of it. ``vits_folder`` is an exported voice of MMS's shape (random weights will do), with its checkpoint."""
    found = asyncio.run(espeak()) + asyncio.run(overhead())
    return found + (vits(vits_folder, checkpoint) if vits_folder is not None else [])


def table(figures: list[Figure]) -> str:
    """The figures as lines of text."""
    return "\n".join(f"{f.name:<42} {f.value:>9.2f} {f.unit:<3} {f.target:<7} {f.note}".rstrip() for f in figures)
