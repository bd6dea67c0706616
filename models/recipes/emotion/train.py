"""Training one network on some speakers: class-balanced, SpecAugment, mixup, label smoothing, averaged weights."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from izwi.emotion.features import BANDS, F0
from models.recipes.emotion.data import LABELS, Clip
from models.recipes.emotion.figures import figures
from models.recipes.emotion.net import Net, halve, level, sequence


@dataclass(frozen=True)
class Plan:
    """How long and how hard to train."""

    epochs: int = 32
    batch: int = 32
    rate: float = 3e-3
    mixup: float = 0.2
    smoothing: float = 0.05
    clean: float = 0.3  # share of clips taken as they were recorded
    drop: float = 0.3
    average_from: float = 0.7  # share of the training after which the weights are averaged


class Item(NamedTuple):
    view: NDArray[np.float16]
    label: int
    weight: float


def _batches(clips: list[Clip], plan: Plan, rng: np.random.Generator) -> list[list[Item]]:
    """One random view of each clip, in batches of nearly one length (so that hardly anything is cut)."""
    items: list[Item] = []
    for clip, weight in zip(clips, weights(clips), strict=True):
        view = clip.views[0 if rng.random() < plan.clean else rng.integers(len(clip.views))]
        if rng.random() < 0.5:
            keep = max(60, int(len(view) * rng.uniform(0.6, 1.0)))
            start = int(rng.integers(0, max(1, len(view) - keep)))
            view = view[start : start + keep]
        items.append(Item(view, clip.label, weight))
    items.sort(key=lambda item: len(item.view) * rng.uniform(0.95, 1.05))
    batches = [items[i : i + plan.batch] for i in range(0, len(items), plan.batch)]
    rng.shuffle(batches)  # type: ignore[arg-type]
    return [b for b in batches if len(b) > 4]


def _stack(batch: list[Item], rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    shortest = max(40, min(len(item.view) for item in batch))
    rows = []
    for view, _, _ in batch:
        start = int(rng.integers(0, max(1, len(view) - shortest + 1)))
        rows.append(np.resize(view[start : start + shortest], (shortest, view.shape[1])))
    labels, weight = torch.tensor([item.label for item in batch]), torch.tensor([item.weight for item in batch])
    return torch.from_numpy(np.stack(rows).astype(np.float32)), labels, weight


def _bars(rows: int, length: int, widest: int, rng: np.random.Generator) -> Tensor:
    """Two bars at random places of ``length`` in each of ``rows``: booleans ``[rows, length]``."""
    start, wide = rng.integers(0, length, (rows, 2, 1)), rng.integers(0, widest + 1, (rows, 2, 1))
    at = np.arange(length)
    return torch.from_numpy(((at >= start) & (at < start + wide)).any(axis=1))


def _spec_augment(x: Tensor, rng: np.random.Generator) -> Tensor:
    """Two bars of bands and two of time are flattened to the utterance's mean; F0 moves by about a semitone."""
    rows, frames, _ = x.shape
    mel, octaves = x[:, :, :BANDS], x[:, :, F0 : F0 + 1]
    hidden = _bars(rows, BANDS, 8, rng)[:, None, :] | _bars(rows, frames, frames // 10, rng)[:, :, None]
    moved = octaves + torch.from_numpy(rng.normal(0.0, 0.07, (rows, 1, 1)).astype(np.float32))
    flat = torch.where(hidden, mel.mean(1, keepdim=True), mel)
    return torch.cat((flat, torch.where(octaves > 0, moved, octaves), x[:, :, F0 + 1 :]), 2)


def weights(clips: list[Clip]) -> list[float]:
    """What each clip counts: in its corpus every label counts alike, as in unweighted recall; mean 1 over a corpus."""
    count = Counter((clip.corpus, clip.label) for clip in clips)
    labels = Counter(corpus for corpus, _ in count)
    size = Counter(clip.corpus for clip in clips)
    return [size[c.corpus] / labels[c.corpus] / count[c.corpus, c.label] for c in clips]


def train(clips: list[Clip], plan: Plan, seed: int, say: str = "") -> Net:
    """A network trained on ``clips``; the mean of its weights over the last part of the training."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = Net(len(LABELS), plan.drop)
    mean = torch.optim.swa_utils.AveragedModel(net, use_buffers=True)
    loss = nn.CrossEntropyLoss(label_smoothing=plan.smoothing, reduction="none")
    optimiser = torch.optim.AdamW(net.parameters(), lr=plan.rate, weight_decay=0.02)
    steps = plan.epochs * len(_batches(clips, plan, np.random.default_rng(0)))
    done, began = 0, time.monotonic()
    for epoch in range(plan.epochs):
        net.train()
        total = 0.0
        batches = _batches(clips, plan, rng)
        for batch in batches:
            x, y, weight = _stack(batch, rng)
            x = level(x)
            facts, frames = figures(halve(x)), sequence(_spec_augment(x, rng))
            part, other = float(rng.beta(plan.mixup, plan.mixup)), torch.randperm(len(x))
            with torch.autocast("cpu", torch.bfloat16):  # half the time on CPUs that have it
                out = net.judge(torch.lerp(frames[other], frames, part), torch.lerp(facts[other], facts, part))
            out = out.float()
            error = (part * weight * loss(out, y) + (1 - part) * weight[other] * loss(out, y[other])).mean()
            for group in optimiser.param_groups:
                group["lr"] = plan.rate * _schedule(done / steps)
            optimiser.zero_grad()
            error.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 2.0)
            optimiser.step()
            total += float(error.detach())
            done += 1
        if epoch + 1 >= plan.average_from * plan.epochs:
            mean.update_parameters(net)
        if (epoch + 1) % 5 == 0:
            print(
                f"{say} epoch {epoch + 1}: loss {total / len(batches):.3f}, {time.monotonic() - began:.0f} s",
                flush=True,
            )
    return mean.module.eval()


def _schedule(done: float) -> float:
    """Warm up for a twentieth, then a cosine down to a tenth."""
    return min(1.0, done * 20.0) * (0.1 + 0.9 * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done))))


@torch.no_grad()
def logits(net: nn.Module, views: list[NDArray[np.float16]]) -> NDArray[np.float32]:
    """Logits of utterances, one at a time, as in use: ``[n, labels]``."""
    net.eval()
    return np.concatenate([net(torch.from_numpy(v[None].astype(np.float32))).numpy() for v in views])
