"""Train the micro-Whisper on one CPU core: `python -m models.recipes.micro_whisper.train --minutes 85`.

Resumable: a checkpoint is written every few minutes, and shards that appear in the cache meanwhile are taken up.
"""

import argparse
import json
import math
import os
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from models.recipes.micro_whisper import tokens
from models.recipes.micro_whisper.model import BLANK, WINDOW, MicroWhisper, config, log_mel
from models.recipes.micro_whisper.sound import Distortion
from models.recipes.micro_whisper.speech import CACHE, RATE
from models.recipes.micro_whisper.text import LETTERS

BATCH = 32
TOKEN_DROPOUT = 0.2  # of the decoder's input: without it the small decoder recites instead of listening
PEAK = 2e-3
WARM_STEPS = 300
NO_SPEECH = 0.02
WHOLE = 0.02  # of the batches fill the window with silence, as whisper.cpp does to find the language
IGNORED = -100
GRAIN = 5120  # samples; few distinct shapes let oneDNN keep its compiled kernels


@dataclass
class Batch:
    """One training batch: ``mel`` (b, 80, t), decoder ``inputs`` and ``targets`` (b, n), letters and frame counts."""

    mel: Tensor
    inputs: Tensor
    targets: Tensor
    letters: list[list[int]]
    frames: list[int]


class Shards:
    """The utterances on disk, memory-mapped; asked again before every pass so that new shards join."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sound: dict[str, np.ndarray] = {}
        self.items: list[tuple[str, int, int, str, str]] = []

    def refresh(self) -> None:
        for path in sorted(self.folder.glob("train-*.json")):
            if path.stem not in self.sound:
                self.sound[path.stem] = np.memmap(path.with_suffix(".pcm"), np.int16, "r")
                self.items += [(path.stem, *item) for item in json.loads(path.read_text())]

    def samples(self, item: tuple[str, int, int, str, str]) -> np.ndarray:
        shard, offset, length, *_ = item
        return self.sound[shard][offset : offset + length].astype(np.float32) / 32768


class Feeder:
    """Makes batches in a background thread, shuffled, of similar lengths."""

    def __init__(self, tokenizer: Tokenizer, shards: Shards, seed: int) -> None:
        self.tokenizer, self.shards, self.chance = tokenizer, shards, random.Random(seed)
        self.ids = {name: tokenizer.token_to_id(name) for name in tokens.SPECIALS}
        shards.refresh()
        voices = [shards.samples(item) for item in self.chance.sample(shards.items, 300)]
        self.distortion = Distortion(seed, voices)
        self.queue: Queue[Batch] = Queue(6)
        threading.Thread(target=self._fill, daemon=True).start()

    def __iter__(self) -> Iterator[Batch]:
        while True:
            yield self.queue.get()

    def _fill(self) -> None:
        while True:
            self.shards.refresh()
            jitter = self.chance.uniform
            order = sorted(self.shards.items, key=lambda item: item[2] * jitter(0.85, 1.15))
            groups = [order[i : i + BATCH] for i in range(0, len(order) - BATCH + 1, BATCH)]
            self.chance.shuffle(groups)
            for group in groups[:400]:  # a short pass, so that new shards are seen soon
                self.queue.put(self._batch(group))

    def _batch(self, group: list[tuple[str, int, int, str, str]]) -> Batch:
        sounds, rows, letters = [], [], []
        lead = self.chance.uniform(0.3, 5) if self.chance.random() < 0.04 else 0.3  # a batch is as long as its longest
        for item in group:
            *_, language, text = item
            samples = self.shards.samples(item)
            if self.chance.random() < NO_SPEECH:
                noise = self.distortion.noise(len(samples)) if self.chance.random() < 0.8 else 0 * samples
                sounds.append(noise * np.float32(10 ** self.chance.uniform(-4, -0.7)))
                rows.append([self.ids["<|startoftranscript|>"], self.ids["<|nospeech|>"]])
                letters.append([])
                continue
            sounds.append(self.distortion.apply(samples, lead))
            start = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
            end = self.ids["<|endoftext|>"]
            rows.append([*(self.ids[s] for s in start), *self.tokenizer.encode(" " + text).ids, end])
            letters.append([LETTERS.index(letter) + 1 for letter in text])
        inputs, targets = self._teach(rows)
        mel = self._features(sounds)
        return Batch(mel, inputs, targets, letters, [min(mel.shape[2] // 2, len(s) // 320) for s in sounds])

    def _features(self, sounds: list[np.ndarray]) -> Tensor:
        longest = min(math.ceil(max(map(len, sounds)) / GRAIN) * GRAIN, WINDOW * RATE)
        if self.chance.random() < WHOLE:
            longest = WINDOW * RATE
        padded = np.zeros((len(sounds), longest), np.float32)
        for row, samples in zip(padded, sounds, strict=True):
            row[: len(samples)] = samples
        mel = log_mel(torch.from_numpy(padded))
        for row in mel:  # SpecAugment: a band and two moments are hidden
            if self.chance.random() < 0.7:
                low, at = self.chance.randrange(70), self.chance.randrange(row.shape[1])
                row[low : low + self.chance.randrange(12)] = row.mean()
                row[:, at : at + self.chance.randrange(14)] = row.mean()
        return mel

    def _teach(self, rows: list[list[int]]) -> tuple[Tensor, Tensor]:
        """Shifted inputs and targets: language (or "no speech") and text are learned, the fixed prompt is not."""
        length = math.ceil((max(map(len, rows)) - 1) / 4) * 4
        end = self.ids["<|endoftext|>"]
        inputs = torch.full((len(rows), length), end)
        targets = torch.full((len(rows), length), IGNORED)
        for i, row in enumerate(rows):
            inputs[i, : len(row) - 1] = torch.tensor(row[:-1])
            targets[i, 0] = row[1]
            targets[i, 3 : len(row) - 1] = torch.tensor(row[4:], dtype=torch.long)
        dropped = (torch.rand(inputs.shape) < TOKEN_DROPOUT) & (inputs < end)
        return torch.where(dropped, torch.randint(0, end, inputs.shape), inputs), targets


def losses(model: MicroWhisper, batch: Batch) -> tuple[Tensor, Tensor]:
    """Cross-entropy of the decoder and CTC loss of the encoder."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        encoded = model.encode(batch.mel)
        logits = model.decode(encoded, batch.inputs)
    cross = functional.cross_entropy(
        logits.float().flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED, label_smoothing=0.1
    )
    scores = functional.log_softmax(model.ctc(encoded.float()), -1).transpose(0, 1)
    flat = torch.tensor([letter for row in batch.letters for letter in row])
    sizes = torch.tensor([len(row) for row in batch.letters])
    ctc = functional.ctc_loss(scores, flat, torch.tensor(batch.frames), sizes, BLANK, zero_infinity=True)
    return cross, ctc


def optimisers(model: MicroWhisper) -> list[torch.optim.Optimizer]:
    """Muon for the layers' matrices (K. Jordan, 2024), AdamW for everything else."""
    wanted = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    matrices = [p for name, p in wanted if ".layers." in name and p.ndim == 2]
    others = [p for name, p in wanted if not (".layers." in name and p.ndim == 2)]
    return [
        torch.optim.Muon(matrices, lr=PEAK, weight_decay=0.01, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=PEAK, betas=(0.9, 0.98), weight_decay=0.01, fused=True),
    ]


def pace(step: int, done: float) -> float:
    """Learning-rate factor: a linear warm-up, then level, then down to 2 % over the last 45 % of the time."""
    return min(1, (step + 1) / WARM_STEPS) * max(0.02, min(1.0, (1 - done) / 0.45))


class Run:
    """A training run and its checkpoint."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(seed)
        self.tokenizer = tokens.load(CACHE / "tokenizer.json")
        ids = {name: self.tokenizer.token_to_id(name) for name in tokens.SPECIALS}
        self.model = MicroWhisper(config(tokens.vocabulary_size(self.tokenizer), ids))
        self.optimisers = optimisers(self.model)
        self.seconds, self.step = 0.0, 0
        if (folder / "checkpoint.pt").exists():
            self._load(torch.load(folder / "checkpoint.pt"))

    def _load(self, saved: dict) -> None:
        self.model.load_state_dict(saved["model"])
        for optimiser, state in zip(self.optimisers, saved["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.seconds, self.step = saved["seconds"], saved["step"]

    def save(self) -> None:
        states = [optimiser.state_dict() for optimiser in self.optimisers]
        saved = {"model": self.model.state_dict(), "optimisers": states, "seconds": self.seconds, "step": self.step}
        torch.save(saved, self.folder / "checkpoint.part")
        (self.folder / "checkpoint.part").rename(self.folder / "checkpoint.pt")

    def train(self, minutes: float, keep_every: float = 180) -> None:
        """Until ``minutes`` of training are over, counted across resumptions; logs and saves as it goes."""
        feeder = Feeder(self.tokenizer, Shards(CACHE), seed=self.step)
        self.model.train()
        saved, sums = self.seconds, np.zeros(3)
        before = time.monotonic()
        for batch in feeder:
            done = self.seconds / (60 * minutes)
            if done >= 1:
                break
            for optimiser in self.optimisers:
                for group in optimiser.param_groups:
                    group["lr"] = PEAK * pace(self.step, done)
            sums += [*self._learn(batch, 0.5 if done < 0.7 else 0.4), 1]
            self.step += 1
            now = time.monotonic()
            self.seconds, before = self.seconds + now - before, now
            if self.step % 100 == 0:
                self._log(sums, len(feeder.shards.items))
                sums[:] = 0
            if self.seconds - saved > keep_every:
                self.save()
                saved = self.seconds
        self.save()

    def _learn(self, batch: Batch, ctc_share: float) -> tuple[float, float]:
        cross, ctc = losses(self.model, batch)
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        ((1 - ctc_share) * cross + ctc_share * ctc).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        return cross.item(), ctc.item()

    def _log(self, sums: np.ndarray, utterances: int) -> None:
        cross, ctc = (sums[:2] / sums[2]).tolist()
        line = {"step": self.step, "minutes": round(self.seconds / 60, 1), "decoder": round(cross, 3)}
        line |= {"ctc": round(ctc, 3), "utterances": utterances}
        print(line, flush=True)
        with open(self.folder / "log.jsonl", "a") as file:
            file.write(json.dumps(line) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=85)
    parser.add_argument("--run", default="run")
    options = parser.parse_args()
    torch.set_num_threads(1)
    Run(CACHE / options.run).train(options.minutes)


if __name__ == "__main__":
    main()
