"""What happens to a voice before it is heard: speed, room, equaliser, codec, noise, level."""

import random

import numpy as np
import numpy.typing as npt
from scipy import fft

Floats = npt.NDArray[np.float32]
RATE = 16_000


def coloured(length: int, slope: float, rng: np.random.Generator) -> Floats:
    """Noise whose amplitude falls as frequency to the power ``slope`` (0 white, 0.5 pink, 1 brown), unit RMS."""
    spectrum = fft.rfft(rng.standard_normal(length).astype(np.float32))
    spectrum /= np.maximum(1, np.arange(len(spectrum), dtype=np.float32)) ** slope
    noise = fft.irfft(spectrum, length).astype(np.float32)
    return noise / np.sqrt(np.mean(noise**2))


def room(rng: np.random.Generator, chance: random.Random) -> Floats:
    """An impulse response: the direct sound and an exponentially dying noise tail of 50 to 500 ms."""
    length = int(chance.uniform(0.05, 0.5) * RATE)
    decay = np.exp(-6.9 * np.arange(length, dtype=np.float32) / length)
    tail = rng.standard_normal(length).astype(np.float32) * decay * np.float32(chance.uniform(0.02, 0.14))
    tail[0] = 1
    return tail


class Distortion:
    """Random distortions drawn from prepared banks of noises and rooms; ``apply`` one utterance at a time."""

    def __init__(self, seed: int, voices: list[Floats]) -> None:
        """``voices`` are utterances of which babble and background talk are made."""
        self.chance = random.Random(seed)
        self.rng = np.random.default_rng(seed)
        minute = 20 * RATE
        self.noises = [coloured(minute, slope, self.rng) for slope in (0, 0, 0.2, 0.4, 0.5, 0.5, 0.7, 0.9)]
        self.noises += [self._babble(voices, talkers, minute) for talkers in (1, 2, 4, 6, 8)]
        self.noises += [self._music(minute) for _ in range(2)]
        self.rooms = [room(self.rng, self.chance) for _ in range(300)]

    def _babble(self, voices: list[Floats], talkers: int, length: int) -> Floats:
        mix = np.zeros(length, np.float32)
        for _ in range(talkers):
            line = np.concatenate(self.chance.choices(voices, k=30))[:length]
            mix[: len(line)] += line / (np.sqrt(np.mean(line**2)) + 1e-6)
        return mix / np.sqrt(np.mean(mix**2))

    def _music(self, length: int) -> Floats:
        """Chords of decaying harmonics, and mains hum under them."""
        time = np.arange(length, dtype=np.float32) / RATE
        sound = 0.2 * np.sin(2 * np.pi * 50 * time)
        for start in range(0, length, RATE // 2):
            t = time[: min(RATE, length - start)]
            for note in self.chance.choices(range(36), k=3):
                pitch = 110 * 2 ** (note / 12)
                tone = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in (1, 2, 3))
                sound[start : start + len(t)] += tone * np.exp(-3 * t)
        return (sound / np.sqrt(np.mean(sound**2))).astype(np.float32)

    def noise(self, length: int) -> Floats:
        bank = self.chance.choice(self.noises)
        start = self.chance.randrange(len(bank) - length)
        return bank[start : start + length]

    def apply(self, samples: Floats, lead: float = 0.3) -> Floats:
        """Distort speech of shape (n,) in [−1, 1]; up to ``lead`` seconds are added before, half a second after."""
        chance = self.chance
        if chance.random() < 0.35:
            samples = self._speed(samples, chance.uniform(0.85, 1.18))
        before, after = chance.randrange(int(lead * RATE)), chance.randrange(640, 8000)
        if chance.random() < 0.1:
            before, after = 0, 0
        samples = np.concatenate([np.zeros(before, np.float32), samples, np.zeros(after, np.float32)])[
            : 10 * RATE - 400
        ]
        if chance.random() < 0.5:
            samples = self._filter(samples)
        level = float(np.sqrt(np.mean(samples**2))) + 1e-6
        if chance.random() < 0.72:
            ratio = chance.uniform(3, 22) if chance.random() < 0.8 else chance.uniform(22, 60)
            samples = samples + self.noise(len(samples)) * np.float32(level * 10 ** (-ratio / 20))
        if chance.random() < 0.1:
            samples = self._telephone(samples / (np.abs(samples).max() + 1e-6))
        level = float(np.sqrt(np.mean(samples**2))) + 1e-6
        return np.clip(samples * np.float32(10 ** chance.uniform(-2, -0.5) / level), -1, 1)

    def _speed(self, samples: Floats, factor: float) -> Floats:
        at = np.arange(int(len(samples) / factor), dtype=np.float32) * np.float32(factor)
        return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)

    def _filter(self, samples: Floats) -> Floats:
        """A room and an equaliser of six random bands, in one transform."""
        echo = self.chance.choice(self.rooms) if self.chance.random() < 0.6 else None
        size = fft.next_fast_len(len(samples) + (len(echo) if echo is not None else 0), real=True)
        spectrum = fft.rfft(samples, size)
        if echo is not None:
            spectrum *= fft.rfft(echo, size)
        if self.chance.random() < 0.7:
            gains = 10 ** (self.rng.uniform(-10, 10, 7) / 20)
            spectrum *= np.interp(np.linspace(0, 1, len(spectrum)), np.linspace(0, 1, 7), gains).astype(np.float32)
        return fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)

    def _telephone(self, samples: Floats) -> Floats:
        """8 kHz and the 8-bit mu-law of ITU-T G.711."""
        narrow = np.repeat(samples[: len(samples) // 2 * 2].reshape(-1, 2).mean(1), 2)
        squeezed = np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)
        coarse = np.round(squeezed * 127) / 127
        return (np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255).astype(np.float32)
