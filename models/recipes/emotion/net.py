"""The recogniser's network: convolutions and a BiLSTM over the frames, figures of the whole utterance beside them.

It takes raw features ``[batch, T, 82]`` (see ``izwi/emotion/features.py``) and gives one logit a label. The utterance's
own mean is taken away from each band and from the energy, so that neither the gain nor the microphone is heard.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from izwi.emotion.features import BANDS, ENERGY, F0
from models.recipes.emotion.figures import COUNT, figures

_DEPTH = 11.5  # 50 dB in natural log of power


def level(x: Tensor) -> Tensor:
    """Flatten what lies 50 dB below the utterance's loudest: how quiet a studio is says nothing about a feeling."""
    mel, energy = x[:, :, :BANDS], x[:, :, ENERGY:]
    mel = torch.maximum(mel, mel.amax((1, 2), keepdim=True) - _DEPTH)
    return torch.cat((mel, x[:, :, F0:ENERGY], torch.maximum(energy, energy.amax(1, keepdim=True) - 2.5)), 2)


def halve(x: Tensor) -> Tensor:
    """Every two frames become one (20 ms): their mean, and the higher F0 (so a voiced one beats an unvoiced)."""
    second = x[:, 1::2]
    first = x[:, 0::2][:, : second.shape[1]]
    mean, pitch = (first + second) / 2.0, torch.maximum(first, second)[:, :, F0:ENERGY]
    return torch.cat((mean[:, :, :F0], pitch, mean[:, :, ENERGY:]), 2)


def sequence(x: Tensor) -> Tensor:
    """What the convolutions see: bands, F0, voicing and energy, their means taken out, ``[batch, 83, T]``."""
    mel, octaves, energy = x[:, :, :BANDS], x[:, :, F0:ENERGY], x[:, :, ENERGY:]
    voiced = (octaves > 0).to(x.dtype)
    mean = (octaves * voiced).sum(1, keepdim=True) / (voiced.sum(1, keepdim=True) + 1.0)
    rest = ((octaves - mean) * voiced * 2.0, voiced - 0.5, energy - energy.mean(1, keepdim=True))
    return torch.cat(((mel - mel.mean(1, keepdim=True)) / 3.0, *rest), 2).transpose(1, 2)


class Scale(nn.Module):
    """Figures at zero mean and unit deviation, by running statistics, within ±5."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(count))
        self.register_buffer("spread", torch.ones(count))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.mean.lerp_(x.mean(0).detach(), 0.05)
            self.spread.lerp_(x.std(0).detach(), 0.05)
        return ((x - self.mean) / (self.spread + 1e-4)).clamp(-5.0, 5.0)


class Net(nn.Module):
    """About 0.4 M weights; ``labels`` logits."""

    def __init__(self, labels: int, drop: float = 0.3, channels: int = 128, hidden: int = 96) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.BatchNorm1d(BANDS + 3),
            nn.Conv1d(BANDS + 3, 96, 5, stride=2, padding=2),
            nn.BatchNorm1d(96),
            nn.ReLU(),
            nn.Conv1d(96, channels, 5, stride=2, padding=2),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Dropout(drop / 2),
        )
        self.memory = nn.LSTM(channels, hidden, bidirectional=True, batch_first=True)
        self.attention = nn.Sequential(nn.Linear(2 * hidden, 64), nn.Tanh(), nn.Linear(64, 1))
        self.scale = Scale(COUNT)
        self.figures = nn.Sequential(nn.Dropout(0.1), nn.Linear(COUNT, 128), nn.ReLU())
        self.answer = nn.Sequential(
            nn.Dropout(drop), nn.Linear(4 * hidden + 128, 128), nn.ReLU(), nn.Dropout(drop), nn.Linear(128, labels)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = level(x)
        return self.judge(sequence(x), figures(halve(x)))

    def judge(self, frames: Tensor, facts: Tensor) -> Tensor:
        """Logits from ``sequence`` and ``figures`` of the features (training mixes utterances in between)."""
        seen, _ = self.memory(self.convolutions(frames).transpose(1, 2))
        share = torch.softmax(self.attention(seen), 1)
        mean = (seen * share).sum(1)
        spread = ((seen - mean.unsqueeze(1)) ** 2 * share).sum(1).clamp_min(1e-5).sqrt()
        facts = self.figures(self.scale(facts))
        return self.answer(torch.cat((mean, spread, facts), 1))
