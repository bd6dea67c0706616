"""Train "is this utterance finished?" on whole sentences of the domain against their own beginnings."""

from __future__ import annotations

import csv
import random

import numpy as np

from izwi.settings import ROOT
from izwi.turns.completeness import PLACES, WEIGHTS, Completeness, features
from models.recipes.dialogue import normalise, sentences

PARAPHRASES = ROOT / "tests" / "data" / "paraphrases.tsv"
SENTENCES, PASSES, RATE = 20_000, 4, 0.1


def beginning(text: str, rng: random.Random) -> str | None:
    """A proper beginning of the sentence, cut between two words."""
    words = text.split()
    return " ".join(words[: rng.randint(1, len(words) - 1)]) if len(words) > 1 else None


def train(texts: list[tuple[str, str]], rng: random.Random) -> np.ndarray:
    """Adagrad on the logistic loss with a little weight decay; finished and unfinished in equal number."""
    weights, grown = np.zeros(PLACES), np.full(PLACES, 1e-2)
    whole = {language: {text for text, spoken in texts if spoken == language} for language in ("sn", "en")}
    for _ in range(PASSES):
        rng.shuffle(texts)
        for text, language in texts:
            often = 3 if text.count(" ") < 2 else 1  # short ones drown in the beginnings of long ones otherwise
            for example, finished in ((text, 1.0),) * often + ((beginning(text, rng), 0.0),):
                if example is None or (not finished and example in whole[language]):
                    continue  # what could be a whole sentence is no example of an unfinished one
                at = features(example, language)
                slope = 1.0 / (1.0 + np.exp(-weights[at].sum())) - finished
                grown[at] += slope * slope
                weights[at] -= RATE * (slope + 1e-4 * weights[at]) / np.sqrt(grown[at])
    return weights.astype(np.float16)


def score(weights: np.ndarray) -> None:
    """Held-out wordings: how often a whole one is called finished, and its beginnings unfinished."""
    rng, judge = random.Random(5), Completeness(weights.astype(np.float32))
    lines = [line for line in PARAPHRASES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(lines, delimiter="\t"))
    for language in ("sn", "en"):
        texts = [normalise(row["text"]) for row in rows if row["language"] == language]
        ends = np.array([judge(text, language) for text in texts])
        starts = np.array([judge(part, language) for text in texts if (part := beginning(text, rng))])
        ordered = np.mean(ends[:, None] > starts[None, :])
        print(f"{language}: {len(texts)} held-out wordings; AUC {ordered:.3f}")
        for bar in (0.3, 0.5, 0.7, 0.8, 0.9):
            hit, miss = np.mean(ends >= bar), np.mean(starts >= bar)
            print(f"   called finished at {bar}: whole {hit:.2f}, beginnings {miss:.2f}")


def main() -> None:
    rng = random.Random(11)
    texts = [(normalise(t), spoken) for spoken in ("sn", "en") for t in sentences(spoken, rng, SENTENCES)]
    weights = train([(t, spoken) for t, spoken in texts if t], rng)
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(WEIGHTS, weights=weights)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1024:.0f} KB")
    score(weights)


if __name__ == "__main__":
    main()
