"""Synthetic speech: espeak-ng and flite as processes, written to a cache of 16 kHz PCM shards that training reads."""

import argparse
import json
import random
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from models.recipes.micro_whisper import text as texts
from models.recipes.micro_whisper.voices import Voice, training_voice

RATE = 16_000
LONGEST = 9.0  # seconds; the model's window is 10
CACHE = Path(__file__).parents[1] / ".cache" / "micro_whisper"
Samples = npt.NDArray[np.int16]


def _command(sentence: str, voice: Voice) -> list[str]:
    if voice.accent == "flite":
        stretch = f"duration_stretch={170 / voice.rate:.2f}"
        return ["flite", "-voice", voice.variant, "--setf", stretch, "-o", "/dev/stdout", "-t", sentence]
    name, spoken = voice.accent, sentence
    if voice.accent == "map":
        from izwi.languages.shona.speech import espeak

        name, spoken = "sw", espeak(sentence)
    name += f"+{voice.variant}" if voice.variant else ""
    settings = ["-s", str(voice.rate), "-p", str(voice.pitch), "-g", str(voice.gap)]
    return ["espeak-ng", "-v", name, *settings, "--stdout", "--", spoken]


def speak(sentence: str, voice: Voice) -> Samples:
    """The sentence in that voice at 16 kHz, trimmed to 25 ms before and 50 ms after; empty if nothing was said."""
    wav = subprocess.run(_command(sentence, voice), capture_output=True, check=True).stdout
    start = wav.find(b"data") + 8
    rate = int.from_bytes(wav[24:28], "little")
    samples = np.frombuffer(wav[start : start + (len(wav) - start) // 2 * 2], np.int16)
    if rate != RATE:
        samples = soxr.resample(samples, rate, RATE, "MQ")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 150)
    if not len(loud):
        return np.zeros(0, np.int16)
    return samples[max(0, loud[0] - 400) : loud[-1] + 800]


def write_shard(name: str, pairs: Iterable[tuple[str, str]], rng: random.Random, folder: Path = CACHE) -> int:
    """Speak (language, sentence) pairs in training voices into ``name``.pcm and ``name``.json; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    index: list[tuple[int, int, str, str]] = []
    offset = 0
    with open(folder / f"{name}.pcm", "wb") as file:
        for language, sentence in pairs:
            spoken = speak(sentence, training_voice(language, rng))
            if 0 < len(spoken) <= LONGEST * RATE:
                file.write(spoken.tobytes())
                index.append((offset, len(spoken), language, texts.normalise(sentence)))
                offset += len(spoken)
    partial = folder / f"{name}.json.part"
    partial.write_text(json.dumps(index))
    partial.rename(folder / f"{name}.json")  # training picks a shard up once its index is there
    return len(index)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--until", type=int, default=20, help="shards the cache shall hold in the end")
    parser.add_argument("--size", type=int, default=3000, help="utterances a shard")
    parser.add_argument("--domain", type=float, default=0.58, help="share of whole domain sentences")
    options = parser.parse_args()
    for number in range(options.until):
        if not (CACHE / f"train-{number:03d}.json").exists():
            rng = random.Random(f"shard {number}")
            source = texts.training_text(rng, options.domain)
            count = write_shard(f"train-{number:03d}", (next(source) for _ in range(options.size)), rng)
            print(f"train-{number:03d}: {count} utterances", flush=True)


if __name__ == "__main__":
    main()
