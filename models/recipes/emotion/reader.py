"""Small networks that read an utterance's figures alone. They are trained in seconds, so a fold has several of them;
beside the networks that follow the sound they are right about other speakers than those."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.recipes.emotion.data import LABELS, Clip
from models.recipes.emotion.figures import COUNT, figures
from models.recipes.emotion.net import halve, level
from models.recipes.emotion.train import weights


@dataclass(frozen=True)
class Reading:
    """How long and how hard a reader is trained."""

    epochs: int = 120
    batch: int = 64
    rate: float = 2e-3
    mixup: float = 0.4
    noise: float = 0.1  # deviations
    smoothing: float = 0.05
    clean: float = 0.3  # share of clips taken as they were recorded


class Reader(nn.Module):
    """About 90 k weights; ``labels`` logits."""

    def __init__(self, labels: int, hidden: int = 256, drop: float = 0.4) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(COUNT))
        self.register_buffer("spread", torch.ones(COUNT))
        self.answer = nn.Sequential(
            nn.Linear(COUNT, hidden),
            nn.ReLU(),
            nn.Dropout(drop),
            nn.Linear(hidden, hidden // 2),
            nn.ReLU(),
            nn.Dropout(drop),
            nn.Linear(hidden // 2, labels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.judge(figures(halve(level(x))))

    def judge(self, facts: Tensor) -> Tensor:
        """Logits from ``figures`` of the features."""
        return self.answer(((facts - self.mean) / self.spread).clamp(-5.0, 5.0))


@torch.no_grad()
def facts(clips: list[Clip]) -> Tensor:
    """The figures of every clip in all its ways to arrive: ``[clips, views, 203]``."""
    return torch.stack(
        [
            torch.cat([figures(halve(level(torch.from_numpy(view[None].astype(np.float32))))) for view in clip.views])
            for clip in clips
        ]
    )


def train(clips: list[Clip], seen: Tensor, plan: Reading, seed: int) -> Reader:
    """A reader of ``seen``, the ``facts`` of ``clips``."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    reader = Reader(len(LABELS))
    reader.mean.copy_(seen.flatten(0, 1).mean(0))
    reader.spread.copy_(seen.flatten(0, 1).std(0) + 1e-4)
    labels, weight = torch.tensor([c.label for c in clips]), torch.tensor(weights(clips))
    loss = nn.CrossEntropyLoss(label_smoothing=plan.smoothing, reduction="none")
    optimiser = torch.optim.AdamW(reader.parameters(), lr=plan.rate, weight_decay=0.05)
    steps = plan.epochs * math.ceil(len(clips) / plan.batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(plan.epochs):
        for batch in torch.from_numpy(rng.permutation(len(clips))).split(plan.batch):
            ways = rng.integers(0, seen.shape[1], len(batch)) * (rng.random(len(batch)) >= plan.clean)
            x = seen[batch, torch.from_numpy(ways)]
            x = x + plan.noise * reader.spread * torch.randn_like(x)
            y, counts = labels[batch], weight[batch]
            part, other = float(rng.beta(plan.mixup, plan.mixup)), torch.randperm(len(batch))
            out = reader.judge(torch.lerp(x[other], x, part))
            error = (part * counts * loss(out, y) + (1 - part) * counts[other] * loss(out, y[other])).mean()
            optimiser.zero_grad()
            error.backward()
            optimiser.step()
            schedule.step()
    return reader.eval()
