"""What hearing a feeling costs on one core; ``python -m izwi bench --emotion`` prints it as a table.

Run as a program of its own (``python -m izwi.emotion.bench``) it tells the figures of a fresh process as JSON.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from izwi.audio import Pcm, from_floats


def voice(seconds: float, rate: int = 16_000) -> Pcm:
    """A sound as costly as speech: a gliding buzz in syllables, with a little noise."""
    t = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * np.cumsum(140.0 + 40.0 * np.sin(2 * np.pi * 0.7 * t)) / rate
    buzz = sum(np.cos(k * phase) / k for k in range(1, 30)) * (0.5 + 0.5 * np.sin(2 * np.pi * 4.0 * t))
    noise = np.random.default_rng(0).standard_normal(len(t))
    return from_floats(0.1 * buzz + 0.002 * noise, rate)


def resident() -> float:
    """This process's resident memory in MB (0 where the system does not say)."""
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
    except OSError:
        return 0.0


def _median_ms(work: Callable[[], object], times: int = 30) -> float:
    """Median processor time of this thread: what it takes on one core, whatever else the machine does."""
    work()
    took = []
    for _ in range(times):
        began = time.thread_time()
        work()
        took.append((time.thread_time() - began) * 1e3)
    return statistics.median(took)


def measure(seconds: float = 3.0) -> dict[str, float]:
    """Median milliseconds of one core a stage for an utterance of ``seconds``, and the megabytes the room adds."""
    before = resident()
    from izwi.emotion.f0 import track
    from izwi.emotion.features import features
    from izwi.emotion.manners import Situation
    from izwi.emotion.policy import Mood, Policy
    from izwi.emotion.prosody import prosody
    from izwi.emotion.recogniser import EmbeddedEmotion, heard_part

    speech = voice(seconds)
    recogniser, policy = EmbeddedEmotion(), Policy()
    frames = features(speech.floats)
    part = heard_part(frames)
    tag = recogniser.hear(speech).tag
    whole = _median_ms(lambda: Mood(policy).respond(recogniser.hear(speech).tag, Situation()))
    return {
        "F0 and energy": (f0 := _median_ms(lambda: track(speech.floats))),
        "log-mel": max(0.0, _median_ms(lambda: features(speech.floats)) - f0),
        "voice figures": _median_ms(lambda: prosody(frames)),
        "network": _median_ms(lambda: recogniser.logits(part)),
        "policy": _median_ms(lambda: Mood(policy).respond(tag, Situation())),
        "whole": whole,
        "RSS added, MB": resident() - before,
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
