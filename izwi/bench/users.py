"""Recorded users: sentences of the domain spoken by espeak-ng voices, with their audible edges known to the sample."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cache

import numpy as np

from izwi.audio import Pcm, Samples, silence
from izwi.faults import BadInput

RATE = 48_000
#: Below this level (dBFS, in 5 ms) nobody hears anything.
AUDIBLE = -45.0

SENTENCES = (
    ("sn", "makadii zvenyu nhasi"),
    ("en", "what is the time please"),
    ("sn", "zita rangu ndi tendai"),
    ("en", "how are you today"),
    ("sn", "inguva yakaita sei"),
    ("en", "i am very hungry"),
    ("sn", "ndiri kunzwa nzara"),
    ("en", "tell me a story"),
    ("sn", "ndiudzei ngano"),
    ("en", "what can you do"),
    ("sn", "unogona kuita chii"),
    ("en", "thank you very much"),
    ("sn", "ndatenda chaizvo"),
    ("en", "where do you come from"),
    ("sn", "kunze kwakadii nhasi"),
    ("en", "what day is it today"),
)
#: A sentence in two parts, with a hesitation between them that must not end the turn.
HESITATIONS = (
    ("sn", "ndinoda kutenga", "chingwa nemukaka"),
    ("en", "i want to buy", "bread and milk"),
    ("sn", "zita rangu", "ndi rudo"),
    ("en", "my name is", "rudo"),
    ("sn", "ndiri kuenda ku", "harare mangwana"),
    ("en", "can you tell me", "what time it is"),
    ("sn", "musoro wangu uri", "kurwadza"),
    ("en", "i have a pain in my", "stomach"),
)
INTERRUPTIONS = (
    ("sn", "mira mira ndapota"),
    ("en", "stop stop please"),
    ("en", "wait a moment"),
    ("sn", "aiwa chimbomira"),
)
VOICES = {"sn": ("sw+f5", "sw+m7", "sw+Andrea", "sw+m3"), "en": ("en-us+f5", "en-gb+m7", "en-us+m3", "en-gb+f5")}


@dataclass(frozen=True)
class Recording:
    """``audio`` at 48 kHz; what is audible of it lies between ``first`` and ``last`` (samples)."""

    text: str
    language: str
    audio: Pcm
    first: int
    last: int


def audible(samples: Samples, rate: int = RATE) -> tuple[int, int]:
    """First and one past the last audible sample, to 5 ms; (0, 0) if all is silent."""
    size = rate // 200
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size).astype(np.float64) / 32768
    loud = np.flatnonzero(10 * np.log10((frames**2).mean(1) + 1e-12) > AUDIBLE)
    return (int(loud[0]) * size, (int(loud[-1]) + 1) * size) if len(loud) else (0, 0)


@cache
def speak(text: str, voice: str, speed: int = 160) -> Pcm:
    """One utterance of an espeak-ng voice at 48 kHz, cut to what is audible. Raises ``BadInput`` without espeak-ng."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", text]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise BadInput("the bench wants espeak-ng; run make setup") from None
    samples = Pcm(np.frombuffer(done.stdout[44:], np.int16), 22_050).resampled(RATE).samples
    first, last = audible(samples)
    return Pcm(samples[first:last], RATE)


def recording(text: str, language: str, audio: Pcm) -> Recording:
    first, last = audible(audio.samples)
    return Recording(text, language, audio, first, last)


def questions(count: int) -> list[Recording]:
    """``count`` questions, languages and voices taking turns."""
    chosen = []
    for turn in range(count):
        language, text = SENTENCES[turn % len(SENTENCES)]
        voice = VOICES[language][turn // len(SENTENCES) % len(VOICES[language])]
        chosen.append(recording(text, language, speak(text, voice)))
    return chosen


def hesitations(count: int) -> list[tuple[Recording, int]]:
    """Sentences with a silence of 0.3 to 0.6 s inside, and the sample at which their second part begins."""
    made = []
    for turn in range(count):
        language, before, after = HESITATIONS[turn % len(HESITATIONS)]
        voice = VOICES[language][turn % len(VOICES[language])]
        first, second = speak(before, voice), speak(after, voice)
        gap = silence(0.3 + 0.3 * (turn * 7 % 10) / 9, RATE)
        audio = Pcm(np.concatenate([first.samples, gap.samples, second.samples]), RATE)
        made.append((recording(f"{before} {after}", language, audio), len(first.samples) + len(gap.samples)))
    return made


def disturbances(count: int) -> list[tuple[str, Pcm]]:
    """Sounds that must not stop a reply: coughs, clicks, noise of a room, and "mm-hm"."""
    noise = np.random.default_rng(3)
    made: list[tuple[str, Pcm]] = []
    for turn in range(count):
        kind = ("cough", "click", "noise", "mm-hm")[turn % 4]
        if kind == "cough":
            bursts = [noise.standard_normal(n) * np.exp(-np.arange(n) / (n / 4)) for n in (9600, 7200)]
            sound = np.concatenate([bursts[0], np.zeros(4800), bursts[1]]) * 6000
        elif kind == "click":
            bursts = [noise.standard_normal(n) * 15_000 for n in (240, 96)]
            sound = np.concatenate([bursts[0], np.zeros(4800), bursts[1]])
        elif kind == "noise":
            sound = np.convolve(noise.standard_normal(RATE), np.ones(24) / 24, "same") * 4000
        else:
            sound = speak("[[m:hm]]", VOICES["en"][turn // 4 % 4]).samples.astype(np.float64)
        made.append((kind, Pcm(np.clip(sound, -32768, 32767).astype(np.int16), RATE)))
    return made
