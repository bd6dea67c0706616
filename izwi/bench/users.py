"""Recorded users: sentences of the domain spoken by espeak-ng voices, with their audible edges known to the sample."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np

from izwi.audio import LISTENING_RATE, Pcm, Samples, join, read, silence
from izwi.dialogue.intents import Context, answer
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
    ("sn", "zita rangu ndi", "rudo"),
    ("en", "my name is", "rudo"),
    ("sn", "ndiri kuenda ku", "harare mangwana"),
    ("en", "can you tell me", "what time it is"),
    ("sn", "musoro wangu uri", "kurwadza"),
    ("en", "i have a pain in my", "stomach"),
    ("sn", "nhasi ndanga ndichi", "shanda mumunda"),
    ("en", "yesterday i went to the", "market with my sister"),
    ("sn", "ndaona amai vako pa", "chitoro"),
    ("en", "how much does it", "cost to go to mutare"),
    ("sn", "kana mvura ikanaya", "tichadyara chibage"),
    ("en", "if it rains tomorrow", "we will stay at home"),
    ("sn", "ndinofunga kuti", "zvichanaka"),
    ("en", "i think that", "she is not coming"),
    ("sn", "shamwari yangu ine", "imba hombe"),
    ("en", "my brother lives in a", "very big house"),
    ("sn", "handina kuuya nekuti", "ndanga ndichirwara"),
    ("en", "i did not come because", "i was ill"),
    ("sn", "unogona here kundi", "batsira nhasi"),
    ("en", "could you please help me with", "my homework"),
    ("sn", "takaenda kumusha na", "sekuru nambuya"),
    ("en", "we are going to visit", "my grandmother"),
    ("sn", "vana vangu vaviri", "vari kuchikoro"),
    ("en", "the children are playing", "behind the school"),
    ("sn", "ndakadya sadza ne", "muriwo"),
    ("en", "for supper we had", "rice and chicken"),
    ("sn", "bhazi rino enda ku", "bulawayo nguvai"),
    ("en", "when does the bus to", "bulawayo leave"),
    ("sn", "ndapota ndiudzei nezve", "mamiriro ekunze"),
    ("en", "please tell me about", "the weather today"),
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


def questions(count: int, for_the_model: bool = False) -> list[Recording]:
    """``count`` questions, languages and voices taking turns; or only those that no instant answer is ready for."""
    known = Context(datetime(2026, 1, 5, 10))
    sentences = [said for said in SENTENCES if not for_the_model or answer(said[1], said[0], known) is None]
    chosen = []
    for turn in range(count):
        language, text = sentences[turn % len(sentences)]
        voice = VOICES[language][turn // len(sentences) % len(VOICES[language])]
        chosen.append(recording(text, language, speak(text, voice)))
    return chosen


def hesitation(before: str, after: str, voice: str, pause: float) -> tuple[Pcm, int]:
    """A sentence at 16 kHz with ``pause`` seconds of silence inside, and the sample at which its second part begins.

    The comma keeps espeak-ng's voice from falling, as it does at the end of a sentence.
    """
    first, second = speak(f"{before},", voice).resampled(LISTENING_RATE), speak(after, voice).resampled(LISTENING_RATE)
    whole = join([first, silence(pause, LISTENING_RATE), second])
    return whole, len(whole.samples) - len(second.samples)


def marked(folder: Path, pause: float) -> list[tuple[Pcm, int]]:
    """Recorded people, as ``hesitation``: a pause where the middle of the sentence is quietest. Empty without data.

    The recordings end where their marks (``speech_truth.csv``) say that the speech ends.
    """
    truth = folder / "speech_truth.csv"
    rows = csv.DictReader(truth.read_text(encoding="utf-8").splitlines()) if truth.is_file() else []
    made = []
    for row in rows:
        if not row["path"].startswith("speechbrain/"):
            continue
        speech = read(folder / row["path"]).resampled(LISTENING_RATE)
        samples = speech.samples[: round(float(row["last_end"]) * LISTENING_RATE)]
        third, hop = len(samples) // 3, LISTENING_RATE // 50
        middle = samples[third : third + third // hop * hop].reshape(-1, hop).astype(np.float64)
        power = (middle**2).mean(1)
        cut = third + int(power.argmin()) * hop + hop // 2
        parts = Pcm(samples[:cut], LISTENING_RATE), silence(pause, LISTENING_RATE), Pcm(samples[cut:], LISTENING_RATE)
        made.append((join(list(parts)), cut + len(parts[1].samples)))
    return made
