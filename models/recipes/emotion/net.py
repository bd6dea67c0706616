"""The recogniser's network: convolutions and a BiLSTM over the frames, statistics of the utterance beside them.

It takes raw features ``[batch, T, 82]`` (see ``izwi/emotion/features.py``) and gives one logit a label. The utterance's
own mean is taken away from each band and from the energy, so that neither the gain nor the microphone is heard; what
remains of them (tilt, dynamics, pitch) goes in as statistics.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from izwi.emotion.features import BANDS, ENERGY, F0

_GROUP = 4  # bands averaged for the statistics


def halve(x: Tensor) -> Tensor:
    """Every two frames become one (20 ms): their mean, and the higher F0 (so a voiced one beats an unvoiced)."""
    x = x[:, : x.shape[1] // 2 * 2].unflatten(1, (-1, 2))
    mean = x.mean(2)
    return torch.cat((mean[:, :, :F0], x[:, :, :, F0 : F0 + 1].amax(2), mean[:, :, F0 + 1 :]), 2)


def _pitch(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """F0 in octaves without its mean over the voiced frames, the voicing (both ``[batch, T]``), and that mean."""
    octaves = x[:, :, F0]
    voiced = (octaves > 0).to(x.dtype)
    mean = (octaves * voiced).sum(1, keepdim=True) / (voiced.sum(1, keepdim=True) + 1.0)
    return (octaves - mean) * voiced, voiced, mean


def sequence(x: Tensor) -> Tensor:
    """What the convolutions see of halved frames: bands, F0, voicing, energy, means taken out: ``[batch, 83, T]``."""
    mel = x[:, :, :BANDS]
    bent, voiced, _ = _pitch(x)
    energy = x[:, :, ENERGY]
    rest = torch.stack((bent * 2.0, voiced - 0.5, energy - energy.mean(1, keepdim=True)), 2)
    return torch.cat(((mel - mel.mean(1, keepdim=True)) / 3.0, rest), 2).transpose(1, 2)


def statistics(x: Tensor) -> Tensor:
    """The halved utterance in 71 figures: tilt, spread and movement of 20 bands; F0, voicing and energy and theirs."""
    bent, voiced, mean = _pitch(x)
    weight = voiced + 0.05
    weight = (weight / weight.sum(1, keepdim=True)).unsqueeze(2)
    mel = x[:, :, :BANDS].unflatten(2, (BANDS // _GROUP, _GROUP)).mean(3)
    tilt = (mel * weight).sum(1)
    spread = ((mel - tilt.unsqueeze(1)) ** 2 * weight).sum(1).sqrt()
    moved = (mel[:, 2:] - mel[:, :-2]).abs().mean(1)
    energy = x[:, :, ENERGY]
    both = voiced[:, 1:] * voiced[:, :-1]
    count = voiced.sum(1, keepdim=True) + 1.0
    step = (bent[:, 1:] - bent[:, :-1]) * both
    figures = (
        mean,
        (bent**2).sum(1, keepdim=True).div(count).sqrt() * 4.0,
        bent.amax(1, keepdim=True),
        bent.amin(1, keepdim=True),
        step.abs().sum(1, keepdim=True) / count * 30.0,
        step.sum(1, keepdim=True) / count * 30.0,
        voiced.mean(1, keepdim=True) * 3.0,
        (voiced[:, 1:] - voiced[:, :-1]).abs().mean(1, keepdim=True) * 20.0,
        energy.std(1, keepdim=True),
        (energy[:, 1:] - energy[:, :-1]).abs().mean(1, keepdim=True) * 10.0,
        (mel * weight).sum(1).std(1, keepdim=True),
    )
    return torch.cat(((tilt - tilt.mean(1, keepdim=True)) / 2.0, spread / 2.0, moved, *figures), 1)


class Net(nn.Module):
    """About 0.17 M weights; ``labels`` logits."""

    def __init__(self, labels: int, drop: float = 0.3, channels: int = 96, hidden: int = 64) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv1d(BANDS + 3, 64, 3, stride=2, padding=1),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Dropout1d(0.1),
            nn.Conv1d(64, channels, 5, stride=2, padding=2),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Dropout1d(drop / 2),
        )
        self.memory = nn.LSTM(channels, hidden, bidirectional=True, batch_first=True)
        self.attention = nn.Sequential(nn.Linear(2 * hidden, 64), nn.Tanh(), nn.Linear(64, 1))
        self.figures = nn.Sequential(nn.BatchNorm1d(71), nn.Dropout(0.1), nn.Linear(71, 64), nn.ReLU())
        self.answer = nn.Sequential(
            nn.Dropout(drop), nn.Linear(4 * hidden + 64, 96), nn.ReLU(), nn.Dropout(drop), nn.Linear(96, labels)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = halve(x)
        return self.judge(sequence(x), statistics(x))

    def judge(self, frames: Tensor, figures: Tensor) -> Tensor:
        """Logits from ``sequence`` and ``statistics`` of the features (training mixes utterances in between)."""
        seen, _ = self.memory(self.convolutions(frames).transpose(1, 2))
        share = torch.softmax(self.attention(seen), 1)
        mean = (seen * share).sum(1)
        spread = ((seen - mean.unsqueeze(1)) ** 2 * share).sum(1).clamp_min(1e-5).sqrt()
        return self.answer(torch.cat((mean, spread, self.figures(figures)), 1))
