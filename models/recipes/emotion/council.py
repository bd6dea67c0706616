"""Those that answer together: networks that follow the sound, and readers of its figures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.recipes.emotion.figures import figures
from models.recipes.emotion.net import Net, halve, level, sequence
from models.recipes.emotion.reader import Reader


class Council(nn.Module):
    """Half of the answer is the networks' mean logits, half the readers'."""

    def __init__(self, nets: list[Net], readers: list[Reader]) -> None:
        super().__init__()
        self.nets, self.readers = nn.ModuleList(nets), nn.ModuleList(readers)

    def forward(self, x: Tensor) -> Tensor:
        x = level(x)
        frames, facts = sequence(x), figures(halve(x))
        heard = torch.stack([net.judge(frames, facts) for net in self.nets]).mean(0)
        read = torch.stack([reader.judge(facts) for reader in self.readers]).mean(0)
        return (heard + read) / 2.0
