"""The network of `izwi.turns.completeness` in PyTorch, its training and its file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from izwi.turns.completeness import PLACES, words
from models.recipes.endpoint.examples import Example, Strangers

WIDTH, STATE, BATCH, PASSES, RATE = 32, 64, 256, 10, 4e-3
#: How sure any answer may become.
SURE = 0.98

Said = list[tuple[int, ...]]


class Network(torch.nn.Module):
    """Words, each a set of places, to the logit that the utterance is finished."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = torch.nn.EmbeddingBag(PLACES, WIDTH, mode="mean")
        self.unit = torch.nn.GRU(WIDTH, STATE, batch_first=True)
        self.leave = torch.nn.Linear(STATE, 1)
        self.forget = torch.nn.Dropout(0.2)

    def forward(self, batch: list[Said]) -> torch.Tensor:
        """Logits of shape (len(batch),)."""
        lengths = torch.tensor([len(said) for said in batch])
        flat = [places for said in batch for places in said]
        starts = np.cumsum([0, *(len(places) for places in flat[:-1])])
        vectors = self.pieces(torch.tensor([at for places in flat for at in places]), torch.tensor(starts))
        heard = torch.nn.utils.rnn.pad_sequence(vectors.split(lengths.tolist()), batch_first=True)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            self.forget(heard), lengths, batch_first=True, enforce_sorted=False
        )
        _, state = self.unit(packed)
        return self.leave(self.forget(state[0]))[:, 0]  # type: ignore[no-any-return]


def batches(
    examples: list[Example], strangers: Strangers, rng: random.Random
) -> Iterator[tuple[list[Said], torch.Tensor]]:
    """Each whole utterance once, with one beginning of it; some words are such as nobody has heard before."""
    shown = [example for example in examples for _ in range(example.often)]
    rng.shuffle(shown)
    for start in range(0, len(shown) - BATCH + 1, BATCH):
        said, finished = [], []
        for example in shown[start : start + BATCH]:
            for text, label in example.pair(rng):
                said.append(words(strangers.put_into(text, rng), example.language))
                finished.append(label)
        yield said, torch.tensor(finished)


def train(examples: list[Example], rng: random.Random) -> Network:
    """About three minutes on one core."""
    torch.manual_seed(rng.randrange(1 << 30))
    network, strangers = Network(), Strangers(examples)
    steps = PASSES * (sum(example.often for example in examples) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)
    for turn in range(PASSES):
        losses = []
        for said, finished in batches(examples, strangers, rng):
            goal = finished * (2 * SURE - 1) + (1 - SURE)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(network(said), goal)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        print(f"pass {turn + 1} of {PASSES}: loss {np.mean(losses):.3f}", flush=True)
    return network.eval()


def write(network: Network, path: Path) -> None:
    """What `izwi.turns.completeness.load` reads."""
    values = {name: value.detach().numpy() for name, value in network.named_parameters()}
    scale = np.abs(values["pieces.weight"]).max() / 127
    np.savez_compressed(
        path,
        pieces=np.round(values["pieces.weight"] / scale).astype(np.int8),
        scale=np.float32(scale),
        enter=values["unit.weight_ih_l0"].astype(np.float16),
        enter_bias=values["unit.bias_ih_l0"].astype(np.float16),
        stay=values["unit.weight_hh_l0"].astype(np.float16),
        stay_bias=values["unit.bias_hh_l0"].astype(np.float16),
        leave=values["leave.weight"][0].astype(np.float16),
        leave_bias=values["leave.bias"][0].astype(np.float16),
    )
