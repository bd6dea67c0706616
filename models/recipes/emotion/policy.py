"""Teaching the policy its manners: situations are drawn, the table says what is right, the network imitates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from izwi.emotion import manners
from izwi.emotion.policy import MOOD_STANDS_OUT, view
from izwi.emotion.recogniser import EMOTIONS
from izwi.engines import EmotionTag

HIDDEN = 32
Random = np.random.Generator


def _peaked(at: int, least: float, rng: Random) -> NDArray[np.float64]:
    """Shares of the six (and a rest) whose largest is at ``at`` and at least ``least``."""
    top = rng.uniform(least, 1.0)
    rest = rng.dirichlet(np.full(len(EMOTIONS) + 1, 0.5)) * (1.0 - top)
    rest = np.minimum(rest[:-1], top * 0.95)
    rest[at] = top
    return rest


def _heard(word: str, rng: Random) -> EmotionTag:
    if word == manners.UNSURE:
        return EmotionTag("neutral", False, {})
    shares = _peaked(EMOTIONS.index(word), 0.3, rng)
    return EmotionTag(EMOTIONS[EMOTIONS.index(word)], True, dict(zip(EMOTIONS, map(float, shares), strict=True)))


def _mood(word: str, rng: Random) -> NDArray[np.float64]:
    if word == manners.NONE:
        return rng.uniform(0.0, 0.95 * MOOD_STANDS_OUT) * rng.dirichlet(np.ones(len(EMOTIONS)))
    return _peaked(EMOTIONS.index(word), MOOD_STANDS_OUT, rng)


def _situation(words: tuple[str, str, str], rng: Random) -> manners.Situation:
    turn, often, night = words
    return manners.Situation(
        turn=1 if turn == "first" else int(rng.integers(2, 30)),
        barge_ins=int(rng.integers(2, 8)) if often == "often" else int(rng.integers(0, 2)),
        hour=int(rng.choice([22, 23, 0, 1, 2, 3, 4, 5]) if night == "night" else rng.integers(6, 22)),
    )


def examples(count: int, rng: Random) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """``count`` drawings of every case of the table: the network's inputs and the right answers."""
    seen, right = [], []
    for heard, before, words in manners.cases() * count:
        seen.append(view(_heard(heard, rng), _mood(before, rng), _situation(words, rng)))
        right.append(EMOTIONS.index(manners.answer(heard, before, words)))
    return np.array(seen, np.float32), np.array(right)


def train(out: Path, seed: int = 0) -> float:
    """Train, write ``out`` (npz), and return the share of fresh drawings answered as the table says."""
    torch.manual_seed(seed)
    x, y = map(torch.from_numpy, examples(40, np.random.default_rng(seed)))
    net = nn.Sequential(nn.Linear(x.shape[1], HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, len(EMOTIONS)))
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 30)
    for _ in range(30):
        for batch in torch.randperm(len(x)).split(256):
            optimiser.zero_grad()
            nn.functional.cross_entropy(net(x[batch]), y[batch]).backward()
            optimiser.step()
        schedule.step()
    first, second = net[0], net[2]
    arrays = {"first": first.weight.T, "first_bias": first.bias, "second": second.weight.T, "second_bias": second.bias}
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(out, **{name: value.detach().numpy() for name, value in arrays.items()})
    fresh, right = map(torch.from_numpy, examples(10, np.random.default_rng(seed + 1)))
    with torch.no_grad():
        return float((net(fresh).argmax(1) == right).float().mean())
