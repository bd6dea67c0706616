"""Train "is this utterance finished?" on whole sentences against their own beginnings, and score it on unseen ones."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch

from izwi.settings import ROOT
from izwi.turns.completeness import WEIGHTS, Completeness, load
from models.recipes.dialogue import normalise
from models.recipes.endpoint.examples import Text, examples, news, read_tsv, turns
from models.recipes.endpoint.network import train, write

PARAPHRASES = ROOT / "tests" / "data" / "paraphrases.tsv"


def beginning(text: str, rng: random.Random) -> str | None:
    """A proper beginning of the sentence, cut between two words."""
    words = text.split()
    return " ".join(words[: rng.randint(1, len(words) - 1)]) if len(words) > 1 else None


def score(name: str, texts: list[Text], judge: Completeness) -> None:
    """How often a whole utterance is called finished, and how often its beginning is, unless that is a turn itself."""
    rng = random.Random(5)
    for language in sorted({language for _, language in texts}):
        own = [text for text, spoken in texts if spoken == language]
        ends = np.array([judge(text, language) for text in own])
        parts = {part for text in own if (part := beginning(text, rng))} - {text for text, _ in turns()}
        starts = np.array([judge(part, language) for part in sorted(parts)])
        ordered = np.mean(ends[:, None] > starts[None, :])
        print(f"{name}, {language}: {len(own)} unseen; AUC {ordered:.3f}")
        for bar in (0.3, 0.5, 0.7, 0.8, 0.9):
            hit, miss = np.mean(ends >= bar), np.mean(starts >= bar)
            print(f"   called finished at {bar}: whole {hit:.2f}, beginnings {miss:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipes.endpoint", description=__doc__)
    parser.add_argument("--news", type=Path, help="folder with train.txt and dev.txt, one `word TAG` a line")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(11)
    learned = examples(given.news, rng)
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    write(train(learned, rng), WEIGHTS)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1024:.0f} KB, from {len(learned):,} sentences")
    judge = load(WEIGHTS)
    head, *rows = read_tsv(PARAPHRASES)
    at = head.index("text"), head.index("language")
    score("everyday wordings", [(normalise(row[at[0]]), row[at[1]]) for row in rows], judge)
    if given.news:
        score("news", news(given.news / "dev.txt"), judge)


if __name__ == "__main__":
    main()
