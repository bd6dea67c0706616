"""What happens to a voice on its way: speed, rooms, microphones, noise, gain, codecs; and sounds that are no voice."""

from __future__ import annotations

import io
from collections.abc import Callable

import av
import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

RATE = 16_000
Sound = NDArray[np.float32]
Random = np.random.Generator


def _power(x: Sound) -> float:
    return float(np.mean(x * x)) + 1e-12


def speed(x: Sound, rng: Random) -> Sound:
    """Another speaker, nearly: pitch, formants and tempo move together, by up to 12 %."""
    return soxr.resample(x, RATE, RATE * rng.uniform(0.88, 1.12)).astype(np.float32)


def room(x: Sound, rng: Random) -> Sound:
    """A room drawn as noise that dies away, RT60 0.15 to 0.6 s, behind the direct sound."""
    rt60 = rng.uniform(0.15, 0.6)
    t = np.arange(int(rt60 * RATE)) / RATE
    tail = rng.standard_normal(len(t)) * 10.0 ** (-3.0 * t / rt60)
    tail *= rng.uniform(0.2, 0.7) / np.sqrt(np.sum(tail * tail))
    tail[0] = 1.0
    size = next_fast_len(len(x) + len(tail), real=True)
    wet = irfft(rfft(x, size) * rfft(tail.astype(np.float32), size), size)[: len(x)]
    return wet.astype(np.float32)


def microphone(x: Sound, rng: Random) -> Sound:
    """A smooth random frequency response, within about 6 dB, and sometimes a telephone's band."""
    size = next_fast_len(len(x), real=True)
    hz = np.fft.rfftfreq(size, 1 / RATE)
    points = np.linspace(0.0, np.log(RATE / 2), 8)
    response = 10.0 ** (np.interp(np.log(np.maximum(hz, 1.0)), points, rng.normal(0.0, 4.0, 8)) / 20.0)
    if rng.random() < 0.2:
        response *= (hz > 200.0) & (hz < 3600.0)
    return irfft(rfft(x, size) * response, size)[: len(x)].astype(np.float32)


def coloured(n: int, rng: Random) -> Sound:
    """Noise whose power falls with frequency to the power 0 (white) to 2 (brown), its loudness slowly wandering."""
    size = next_fast_len(n, real=True)
    spectrum = rfft(rng.standard_normal(size, np.float32))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** (rng.uniform(0.0, 2.0) / 2.0)
    spectrum[: int(40 * size / RATE)] = 0.0
    x = irfft(spectrum, size)[:n]
    wander = np.interp(np.arange(n), np.linspace(0, n, 6), rng.uniform(0.3, 1.0, 6))
    return (x * wander / np.sqrt(_power(x))).astype(np.float32)


def noise(x: Sound, rng: Random) -> Sound:
    """Coloured noise, and sometimes mains hum, at 3 to 25 dB below the voice."""
    n = coloured(len(x), rng)
    if rng.random() < 0.2:
        t = np.arange(len(x)) / RATE
        n = n + sum(rng.uniform(0, 1) * np.sin(2 * np.pi * 50 * k * t) for k in range(1, 6)).astype(np.float32)
    gain = np.sqrt(_power(x) / _power(n)) * 10.0 ** (-rng.uniform(3.0, 25.0) / 20.0)
    return x + np.float32(gain) * n


def codec(x: Sound, rng: Random) -> Sound:
    """Opus at 8 to 24 kbit/s and back, the sound that browsers send."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=RATE, layout="mono", bit_rate=int(rng.uniform(8e3, 24e3)))
        frame = av.AudioFrame.from_ndarray(np.clip(x, -1, 1).reshape(1, -1), format="flt", layout="mono")
        frame.rate = RATE
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    file.seek(0)
    with av.open(file) as heard:
        back = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        pieces = [p.to_ndarray()[0] for f in heard.decode(audio=0) for p in back.resample(f)]
    return np.concatenate(pieces).astype(np.float32)


STEPS: tuple[tuple[float, Callable[[Sound, Random], Sound]], ...] = (
    (0.8, speed),
    (0.4, room),
    (0.5, microphone),
    (0.6, noise),
    (0.3, codec),
)


def render(x: Sound, rng: Random) -> Sound:
    """One random way for a voice to arrive; at last a gain of up to 10 dB either way, clipped like 16-bit sound."""
    for chance, step in STEPS:
        if rng.random() < chance:
            x = step(x, rng)
    return np.clip(x * 10.0 ** (rng.uniform(-10.0, 10.0) / 20.0), -1.0, 1.0).astype(np.float32)


def _tone(hz: float, seconds: float, rng: Random) -> Sound:
    t = np.arange(int(seconds * RATE)) / RATE
    fall = np.exp(-t * rng.uniform(0.5, 6.0)) * np.minimum(1.0, t * rng.uniform(20.0, 300.0))
    partials = rng.uniform(0, 1, 8) / np.arange(1, 9) ** rng.uniform(0.3, 2.0)
    heard = [p * np.sin(2 * np.pi * hz * k * t) for k, p in enumerate(partials, 1) if hz * k < RATE / 2]
    return (np.sum(heard, axis=0) * fall).astype(np.float32)


def music(seconds: float, rng: Random) -> Sound:
    """Notes and chords of a pentatonic scale over a beat, some with a noisy drum."""
    x = np.zeros(int(seconds * RATE), np.float32)
    beat, base = rng.uniform(0.15, 0.6), rng.uniform(80.0, 300.0)
    drum = rng.random() < 0.5
    for start in np.arange(0.0, seconds - 0.1, beat):
        at = int(start * RATE)
        for _ in range(int(rng.integers(1, 4))):
            hz = base * 2.0 ** ((rng.choice([0, 2, 4, 7, 9]) + 12 * rng.integers(0, 3)) / 12.0)
            note = _tone(hz, min(rng.uniform(1.0, 3.0) * beat, seconds - start), rng)
            x[at : at + len(note)] += note[: len(x) - at]
        if drum:
            hit = coloured(int(0.1 * RATE), rng) * np.exp(-np.arange(int(0.1 * RATE)) / 400.0).astype(np.float32)
            x[at : at + len(hit)] += hit[: len(x) - at]
    return x


def no_voice(rng: Random) -> Sound:
    """A sound nobody spoke: noise, hum, beeps or music, 1 to 4 s, −50 to −10 dBFS."""
    seconds = rng.uniform(1.0, 4.0)
    n = int(seconds * RATE)
    kind = rng.random()
    if kind < 0.35:
        x = coloured(n, rng)
    elif kind < 0.45:
        x = np.resize(_tone(rng.uniform(60, 1500), rng.uniform(0.2, seconds), rng), n)
    elif kind < 0.55:
        x = np.cumsum(rng.standard_normal(n) * (rng.random(n) < rng.uniform(0.0003, 0.01))).astype(np.float32)
        x = x - np.convolve(x, np.ones(64) / 64, "same").astype(np.float32)
    else:
        x = music(seconds, rng)
    if rng.random() < 0.3:
        x = noise(x, rng)
    level = 10.0 ** (rng.uniform(-50.0, -10.0) / 20.0)
    return np.clip(x / np.sqrt(_power(x)) * level, -1.0, 1.0).astype(np.float32)
