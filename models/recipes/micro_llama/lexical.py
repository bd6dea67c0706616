"""Train the lexical head: a linear layer from hashed n-grams to topics, on the same drawn questions as the model.

OMP_NUM_THREADS=1 nice -n 10 python -m models.recipes.micro_llama.lexical
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from izwi.llm.lexical import BUCKETS, features
from izwi.llm.plain_words import plain_words
from models.recipes.micro_llama.chat import TOPICS
from models.recipes.micro_llama.corpus import draw
from models.recipes.micro_llama.judge import Question, read_questions
from models.recipes.micro_llama.talk import FOLDER

DEV = Path(__file__).with_name("dev.tsv")
BATCH, RATE, FEATURE_DROPOUT, DECAY, SMOOTHING = 256, 0.02, 0.3, 1e-5, 0.05


def packed(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Bags for ``embedding_bag``: ids, offsets and the weight 1/sqrt(n) of each id in its bag of n."""
    ids = torch.tensor([i for bag in rows for i in bag])
    offsets = torch.tensor(np.cumsum([0] + [len(bag) for bag in rows[:-1]]))
    return ids, offsets, torch.tensor([len(bag) ** -0.5 for bag in rows for _ in bag])


def drawn(rng: random.Random, data: Path, count: int) -> tuple[list[list[int]], list[int]]:
    """Feature rows and topic numbers of `count` drawn questions; empty ones are left out."""
    samples = (draw(rng, data).turn for _ in range(count))
    pairs = [(features(turn.user), TOPICS.index(turn.topic)) for turn in samples]
    kept = [(bag, topic) for bag, topic in pairs if bag]
    return [bag for bag, _ in kept], [topic for _, topic in kept]


def accuracy(weight: torch.Tensor, bias: torch.Tensor, questions: list[Question]) -> float:
    """The share of questions whose likeliest topic is right."""
    ids, offsets, weights = packed([features(plain_words(question.text)) for question in questions])
    scores = F.embedding_bag(ids, weight, offsets, mode="sum", per_sample_weights=weights) + bias
    truth = torch.tensor([TOPICS.index(question.topic) for question in questions])
    return float((scores.argmax(1) == truth).float().mean())


def train(data: Path, rounds: int, count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """`rounds` times `count` freshly drawn questions, one pass each."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = random.Random(seed)
    weight = torch.zeros(BUCKETS, len(TOPICS), requires_grad=True)
    bias = torch.zeros(len(TOPICS), requires_grad=True)
    optimiser = torch.optim.Adam([weight, bias], lr=RATE)
    for turn in range(rounds):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - turn / rounds) + 1e-3
        bags, topics = drawn(rng, data, count)
        total = 0.0
        for at in range(0, len(bags), BATCH):
            kept = [[i for i in bag if rng.random() > FEATURE_DROPOUT] or bag for bag in bags[at : at + BATCH]]
            ids, offsets, weights = packed(kept)
            scores = F.embedding_bag(ids, weight, offsets, mode="sum", per_sample_weights=weights) + bias
            loss = F.cross_entropy(scores, torch.tensor(topics[at : at + BATCH]), label_smoothing=SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            with torch.no_grad():
                weight.mul_(1 - DECAY)
            total += loss.item() * len(kept)
        with torch.no_grad():
            print(
                f"round {turn + 1}: loss {total / len(bags):.3f}, dev {accuracy(weight, bias, read_questions(DEV)):.1%}"
            )
    return weight.detach(), bias.detach()


def save(path: Path, weight: torch.Tensor, bias: torch.Tensor) -> None:
    """Write int8 weights with one scale a topic."""
    scale = weight.abs().amax(dim=0).clamp(min=1e-8) / 127
    whole = (weight / scale).round().to(torch.int8)
    np.savez_compressed(path, weight=whole.numpy(), scale=scale.numpy(), bias=bias.numpy())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/shona"))
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--count", type=int, default=12_000, help="questions drawn for a round")
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    weight, bias = train(given.data, given.rounds, given.count, given.seed)
    save(given.out / "lexical.npz", weight, bias)
    print(f"{given.out / 'lexical.npz'}: {(given.out / 'lexical.npz').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
