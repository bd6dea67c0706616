"""A clip with known words and times to try and to measure the dub on: everyday lines, spoken in a noisy room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from izwi.audio import Floats, Pcm, from_floats
from izwi.dub.fitting import said
from izwi.engines import Style
from izwi.tts.espeak import EspeakVoice

RATE = 24_000
#: Everyday lines, one a segment.
LINES = {
    "sn": (
        "mhoroi shamwari yangu",
        "zita rangu ndinonzi tendai",
        "ndinogara kubulawayo",
        "ndine makore makumi matatu",
        "ndine nzara chaizvo",
        "ndiri kuenda kuharare mangwana",
        "ndinoda kutenga chingwa nhasi",
        "mvura iri kunaya",
        "amai vangu vari kumba",
        "musoro wangu uri kurwadza",
        "mungandibatsira here",
        "ndaneta chaizvo nhasi",
        "ndinoda mhuri yangu",
        "chitoro chiri kupi",
        "bhazi rasvika",
        "ndiri kutsvaga basa",
        "ndiudzei ngano ndapota",
        "handina mari yakakwana",
        "ndatenda zvikuru shamwari",
        "tichaonana mangwana",
    ),
    "en": (
        "hello my friend",
        "my name is tendai",
        "i live in bulawayo",
        "i am very hungry",
        "i am going to harare tomorrow",
        "i want to buy some bread today",
        "it is raining",
        "my mother is at home",
        "can you help me",
        "i am looking for a job",
        "tell me a story",
        "thank you very much",
        "see you tomorrow",
    ),
}


@dataclass(frozen=True)
class Example:
    """A made clip; ``lines`` are (start, end, text) in seconds, ``voice`` is the speech alone."""

    sound: Pcm
    lines: tuple[tuple[float, float, str], ...]
    voice: Floats


async def example(
    language: str = "sn",
    lines: Sequence[str] = (),
    variant: str = "m3",
    snr: float = 15.0,
    seed: int = 1,
    pauses: tuple[float, float] = (0.6, 1.2),
) -> Example:
    """``lines`` (default: all of ``LINES``) said by espeak-ng in a small room, noise ``snr`` dB below the speech."""
    chance = np.random.default_rng(seed)
    speaker = EspeakVoice(variant)
    lines = lines or LINES[language]
    pieces, placed, now = [], [], 0.0
    for line in lines:
        pause = round(float(chance.uniform(*pauses)) * RATE)
        spoken = (await said(line, language, Style(), speaker)).resampled(RATE).floats
        start = now + pause / RATE
        now = start + len(spoken) / RATE
        pieces += [np.zeros(pause, np.float32), spoken * np.float32(10 ** (chance.uniform(-3, 0) / 20))]
        placed.append((start, now, line))
    voice = _in_a_room(np.concatenate([*pieces, np.zeros(RATE, np.float32)]), chance)
    speaking = np.concatenate([voice[round(a * RATE) : round(b * RATE)] for a, b, _ in placed])
    noise = _hiss(len(voice), chance)
    noise *= np.sqrt(np.mean(speaking**2) / np.mean(noise**2)) * 10 ** (-snr / 20)
    return Example(from_floats(voice + noise, RATE), tuple(placed), voice)


def _in_a_room(voice: Floats, chance: np.random.Generator) -> Floats:
    """A few early reflections and a dull microphone: a colour for the dub to find."""
    from scipy.signal import lfilter, oaconvolve

    room = np.zeros(round(0.05 * RATE), np.float32)
    room[0] = 1.0
    for delay in (0.007, 0.013, 0.022, 0.031):
        room[round(delay * RATE)] = 0.25 * chance.uniform(-1, 1)
    dull = lfilter([0.45], [1.0, -0.55], oaconvolve(voice, room)[: len(voice)])
    return np.asarray(dull, np.float32)


def _hiss(length: int, chance: np.random.Generator) -> Floats:
    """Pink noise (power falls 3 dB an octave), as rooms and streets have."""
    spectrum = np.fft.rfft(chance.standard_normal(length))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20.0))
    return np.asarray(np.fft.irfft(spectrum, length), np.float32)
