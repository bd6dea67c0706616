"""``python -m izwi dub-demo``: a made clip and its dub to listen to, and what the dub is worth in figures."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from izwi.dub import engines_for
from izwi.dub.edits import Edit
from izwi.dub.example import example
from izwi.dub.figures import measured
from izwi.dub.pipeline import Means, dubbed
from izwi.dub.source import read_clip
from izwi.dub.store import Store
from izwi.settings import from_env


def demo(given: argparse.Namespace) -> int:
    """Write ``demo-dub.before.wav`` and ``demo-dub.after.wav`` and print the figures."""
    given.out.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_demo(given.language, given.voice, given.out))


def _spent() -> float:
    """CPU seconds of this process and of the programs it has run."""
    return sum(os.times()[:4])


async def _demo(language: str, voice: str, out: Path) -> int:
    made = await example(language, variant=voice)
    before, after = out / "demo-dub.before.wav", out / "demo-dub.after.wav"
    before.write_bytes(made.sound.wav())
    clip = read_clip(before)
    engines = await asyncio.to_thread(engines_for, from_env())
    folder = Path(tempfile.mkdtemp(prefix="izwi-demo-"))
    try:
        store = Store(folder)
        started = _spent()
        dub = await dubbed(clip, Means(engines, store))
        whole = _spent() - started
        plain = await dubbed(clip, Means(engines, store, match=False))
        started = _spent()
        await dubbed(clip, Means(engines, store), "", {3: Edit(3, translation="Mutare")})
        one = _spent() - started
        assert dub.sound is not None
        after.write_bytes(dub.sound.wav())
        figures = await measured(made, dub, plain, store, engines.asr)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for segment in dub.segments:
        print(f"{segment.start:6.2f} s  {segment.text:<34} {segment.translation or '(' + segment.note + ')'}")
    print(figures.table())
    print(
        f"{'work of editing one line':<32}{100 * one / whole:>10.0f} %   ≤ 15 % of the whole ({whole:.1f} CPU seconds)"
    )
    print(f"{before} and {after}: {dub.seconds:.0f} s each")
    return 0
