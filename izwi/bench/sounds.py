"""Sounds that must not stop a reply: coughs, clicks, typing, a café, "mm-hm", and our own voice come back.

All are made here from a seed; recorded noises and an echo pair join them where the shared data lies beside the project.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from izwi.audio import LISTENING_RATE, Pcm, Samples, from_floats, read
from izwi.bench.users import SENTENCES, VOICES, speak
from izwi.settings import ROOT

Sound = npt.NDArray[np.float64]
RATE = LISTENING_RATE
#: Where recordings lie, if they do.
SPEECH = ROOT.parent / "shared" / "data" / "speech"
#: What listeners say in between, as espeak-ng is told to say it.
NODS = ("[[m:hm]]", "[[mm]]", "[[@h@]]", "[[aha]]", "[[m:]]", "[[hm]]")


def level(sound: Sound, dbfs: float) -> Sound:
    """``sound`` at that level (root mean square over its loud half)."""
    power = np.sort(sound**2)[len(sound) // 2 :].mean()
    return np.asarray(sound * 10 ** (dbfs / 20) / np.sqrt(power + 1e-12))


def coloured(draw: np.random.Generator, seconds: float, low: float, high: float) -> Sound:
    """Noise between two frequencies (Hz)."""
    spectrum = np.fft.rfft(draw.standard_normal(round(seconds * RATE)))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    return np.fft.irfft(spectrum * ((hertz > low) & (hertz < high)), round(seconds * RATE))


def cough(draw: np.random.Generator) -> Sound:
    """One to three bursts: an explosion, then a hoarse tail."""
    pieces = []
    for _ in range(draw.integers(1, 4)):
        burst = coloured(draw, draw.uniform(0.15, 0.35), 200, draw.uniform(2500, 6000))
        burst *= np.exp(-np.arange(len(burst)) / (len(burst) / draw.uniform(2.5, 5)))
        pieces += [burst, np.zeros(round(draw.uniform(0.05, 0.25) * RATE))]
    return level(np.concatenate(pieces), draw.uniform(-26, -16))


def click(draw: np.random.Generator) -> Sound:
    """A switch, a cup set down, a knock on the table: a ring that dies away."""
    time = np.arange(round(0.2 * RATE)) / RATE
    tone = np.sin(2 * np.pi * draw.uniform(120, 3000) * time) + 0.5 * draw.standard_normal(len(time))
    knock = tone * np.exp(-time / draw.uniform(0.004, 0.03))
    gap = np.zeros(round(draw.uniform(0.08, 0.3) * RATE))
    return level(np.concatenate([knock, gap, knock][: draw.integers(1, 4)]), draw.uniform(-24, -12))


def typing(draw: np.random.Generator) -> Sound:
    """Two seconds on a keyboard."""
    sound = np.zeros(2 * RATE)
    for at in np.cumsum(draw.uniform(0.07, 0.22, 12)):
        start = round(at * RATE)
        key = coloured(draw, 0.05, 800, 7000) * np.exp(-np.arange(800) / 120)
        sound[start : start + 800] += key[: max(0, len(sound) - start)]
    return level(sound, draw.uniform(-38, -28))


def cafe(draw: np.random.Generator) -> Sound:
    """Six people at other tables, in the room's reverberation, over the hum of machines."""
    sound = np.zeros(3 * RATE)
    for _ in range(6):
        language, text = SENTENCES[draw.integers(len(SENTENCES))]
        voice = speak(text, VOICES[language][draw.integers(4)]).resampled(RATE).floats.astype(np.float64)
        start = draw.integers(0, 2 * RATE)
        piece = np.convolve(voice, reverberation(draw, 0.6))[: len(sound) - start]
        sound[start : start + len(piece)] += piece / np.abs(piece).max()
    return level(sound + 0.05 * coloured(draw, 3.0, 60, 400), draw.uniform(-46, -36))


def nod(draw: np.random.Generator) -> Sound:
    """ "Mm-hm", "aha" …"""
    voice = VOICES["en"][draw.integers(4)]
    spoken = speak(NODS[draw.integers(len(NODS))], voice, int(draw.integers(140, 200))).resampled(RATE)
    return level(spoken.floats.astype(np.float64), draw.uniform(-30, -20))


MADE: dict[str, Callable[[np.random.Generator], Sound]] = {
    "cough": cough, "click": click, "typing": typing, "café, made": cafe, "mm-hm": nod,
}  # fmt: skip


def disturbances(count: int) -> list[tuple[str, Pcm]]:
    """``count`` made sounds of every kind, by kind."""
    return [
        (kind, from_floats(make(np.random.default_rng([3, place, turn])), RATE))
        for place, (kind, make) in enumerate(MADE.items())
        for turn in range(count)
    ]


def recorded(most: int) -> list[tuple[str, Pcm]]:
    """Up to ``most`` pieces of 2.5 s of recorded noise at the level of a café; none without the shared data."""
    pieces = []
    for file in sorted([*SPEECH.glob("noise/cafe*.wav"), *SPEECH.glob("speechbrain/noise*.wav")]):
        sound = read(file).resampled(RATE).floats.astype(np.float64)
        kind = "café, recorded" if "cafe" in file.name else "noise, recorded"
        size = round(2.5 * RATE)
        parts = [sound[at : at + size] for at in range(0, len(sound) - size // 2, size)]
        pieces += [(kind, from_floats(level(part, -36.0), RATE)) for part in parts[: 2 + most // 8]]
    return pieces[:most]


def echo_pieces(seconds: float = 4.0) -> list[tuple[Pcm, Pcm]]:
    """Of a recorded pair, 16 kHz: what a loudspeaker played and what the microphone beside it heard, in pieces.

    Each begins in a pause of the loudspeaker's, so that no echo of what came before is in it. None without the data.
    """
    files = sorted(SPEECH.glob("aec_dtln/*farend_singletalk_*.wav"))
    if len(files) != 2:
        return []
    played, back = (read(file) for file in files)
    size, step = round(seconds * RATE), RATE // 10
    tenths = played.floats[: len(played.samples) // step * step].reshape(-1, step)
    quiet = 10 * np.log10((tenths.astype(np.float64) ** 2).mean(1) + 1e-12) < -45
    starts, free = [], 0
    for place in range(len(quiet) - 3):
        if place >= free and quiet[place : place + 3].all() and (place + 3) * step + size <= len(back.samples):
            starts.append((place + 2) * step)
            free = place + 10
    pieces = [slice(at, at + size) for at in starts]
    return [(Pcm(played.samples[piece], RATE), Pcm(back.samples[piece], RATE)) for piece in pieces]


def reverberation(draw: np.random.Generator, seconds: float, direct: float = 0.0) -> Sound:
    """The impulse response of a room whose sound dies by 60 dB in that time; ``direct`` dB over its reverberation."""
    time = np.arange(round(seconds * RATE)) / RATE
    tail = draw.standard_normal(len(time)) * 10 ** (-3 * time / seconds)
    tail[0] = 10 ** (direct / 20) * np.sqrt((tail**2).sum())
    return np.asarray(tail / np.sqrt((tail**2).sum()))


class Room:
    """A loudspeaker and a microphone: our voice comes back ``late`` seconds later, ``db`` fainter, reverberating."""

    def __init__(self, late: float, db: float, seed: int, seconds: float = 0.3) -> None:
        self._late = round(late * RATE)
        draw = np.random.default_rng([5, seed])
        self._response = 10 ** (db / 20) * reverberation(draw, seconds, draw.uniform(0.0, 6.0))

    def __call__(self, voice: list[tuple[float, Samples]], now: float) -> Sound:
        """What the microphone hears from ``now`` on for 20 ms."""
        size, reach = RATE // 50, len(self._response)
        start = round(now * RATE) - self._late - reach
        played = np.zeros(size + reach)
        for at, samples in voice[-60:]:
            first = round(at * RATE) - start
            left, right = max(0, first), min(len(played), first + len(samples))
            if left < right:
                played[left:right] = samples[left - first : right - first]
        return np.convolve(played, self._response)[reach : reach + size]
