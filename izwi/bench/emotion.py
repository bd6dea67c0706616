"""``--emotion``: what hearing a feeling costs, stage by stage, and how soon the light voice answers in kind."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from contextlib import aclosing

from izwi.bench.figures import Report
from izwi.emotion.bench import voice
from izwi.emotion.manners import Situation
from izwi.emotion.policy import Mood, Policy
from izwi.emotion.recogniser import EmbeddedEmotion
from izwi.emotion.style import style_for
from izwi.tts.espeak import EspeakVoice

#: What is wanted, in milliseconds and MB.
WHOLE, MEMORY, FIRST_SOUND = 45.0, 80.0, 120.0
TIMES = 12


def emotion(given: argparse.Namespace) -> Report:
    """A 3 s utterance on one core (its own CPU time, in a fresh process), then to the first sound (wall time)."""
    told = subprocess.run([sys.executable, "-m", "izwi.emotion.bench"], check=True, capture_output=True, text=True)
    stages: dict[str, float] = json.loads(told.stdout)
    memory = stages.pop("RSS added, MB")
    sound = asyncio.run(_first_sound())
    rows = [(stage, f"{value:.1f} ms") for stage, value in stages.items() if stage != "whole"]
    rows += [
        (f"all of it, of at most {WHOLE:.0f}", f"{stages['whole']:.1f} ms"),
        (f"memory added, of at most {MEMORY:.0f}", f"{memory:.0f} MB"),
        (f"utterance to first sound in kind, P50, of at most {FIRST_SOUND:.0f}", f"{statistics.median(sound):.0f} ms"),
    ]
    notes = ("Stages are medians of CPU time; the first sound is espeak-ng's, by the clock, busy machine or not.",)
    return Report(
        "emotion: an utterance of 3 s", (), rows, notes, {**stages, "rss_mb": memory, "first_sound_ms": sound}
    )


async def _first_sound() -> list[float]:
    """Milliseconds from an utterance to the first piece of the light voice that answers it."""
    recogniser, policy, speaker, speech = EmbeddedEmotion(), Policy(), EspeakVoice(), voice(3.0)
    if not speaker.installed:
        return [float("nan")]
    took = []
    for _ in range(TIMES + 2):
        began = time.perf_counter()
        answer = Mood(policy).respond(await recogniser.recognise(speech), Situation())
        stream = speaker.synthesize_stream("I hear you.", "en", style_for(answer.emotion, "en"))
        async with aclosing(stream):
            async for _ in stream:
                break
        took.append((time.perf_counter() - began) * 1e3)
    return took[2:]  # the first two warm up
