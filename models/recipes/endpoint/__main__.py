"""Train "is this utterance finished?" on whole sentences against their own beginnings.

The sentences: our domain's questions and replies, the whole turns of ``turns.tsv``, and, with ``--news``, Shona news
(the token files of a part-of-speech corpus, `word TAG` a line), which teaches how any Shona sentence ends.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
from pathlib import Path

import numpy as np

from izwi.settings import ROOT
from izwi.turns.completeness import PLACES, WEIGHTS, Completeness, features
from models.recipes.dialogue import dialogues, normalise, sentences

PARAPHRASES = ROOT / "tests" / "data" / "paraphrases.tsv"
TURNS = Path(__file__).with_name("turns.tsv")
SENTENCES, REPLIES, PASSES, RATE = 20_000, 6_000, 4, 0.1
#: How often one of the written turns, and a sentence of the news, is shown for each time one of the grammar's is.
TURNS_OFTEN, NEWS_OFTEN = 20, 4

Text = tuple[str, str]


def beginning(text: str, rng: random.Random) -> str | None:
    """A proper beginning of the sentence, cut between two words."""
    words = text.split()
    return " ".join(words[: rng.randint(1, len(words) - 1)]) if len(words) > 1 else None


def read_tsv(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return list(csv.reader(lines, delimiter="\t"))


def replies(rng: random.Random) -> list[Text]:
    """The sentences Izwi itself says: other words than its users', the same grammar."""
    turns = [turn for _ in range(REPLIES) for turn in dialogues(rng)]
    pieces = {(s, t.language) for t in turns for s in re.split(r"(?<=[.?!])\s+", t.reply) if "{" not in s}
    return sorted((normalise(sentence), language) for sentence, language in pieces)


def news(path: Path) -> list[Text]:
    """Shona sentences of a token file, without their punctuation."""
    blocks = re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))
    sentences = [" ".join(line.split()[0] for line in block.splitlines() if line.strip()) for block in blocks]
    return [(text, "sn") for sentence in sentences if (text := normalise(sentence))]


def train(texts: list[Text], short: list[Text], rng: random.Random) -> np.ndarray:
    """Adagrad on the logistic loss with a little weight decay; finished and unfinished in equal number."""
    weights, grown = np.zeros(PLACES), np.full(PLACES, 1e-2)
    whole = {language: {text for text, spoken in texts + short if spoken == language} for language in ("sn", "en")}
    for _ in range(PASSES):
        shown = texts + short * TURNS_OFTEN
        rng.shuffle(shown)
        for text, language in shown:
            often = 3 if text.count(" ") < 2 else 1  # short ones drown in the beginnings of long ones otherwise
            for example, finished in ((text, 1.0),) * often + ((beginning(text, rng), 0.0),):
                if example is None or (not finished and example in whole[language]):
                    continue  # what could be a whole sentence is no example of an unfinished one
                at = features(example, language)
                slope = 1.0 / (1.0 + np.exp(-weights[at].sum())) - finished
                grown[at] += slope * slope
                weights[at] -= RATE * (slope + 1e-4 * weights[at]) / np.sqrt(grown[at])
    return weights.astype(np.float16)


def score(name: str, texts: list[Text], short: list[Text], judge: Completeness) -> None:
    """How often a whole utterance is called finished, and how often its beginning is, unless that is a turn itself."""
    rng = random.Random(5)
    for language in sorted({language for _, language in texts}):
        own = [text for text, spoken in texts if spoken == language]
        ends = np.array([judge(text, language) for text in own])
        parts = {part for text in own if (part := beginning(text, rng))} - {text for text, _ in short}
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
    rng = random.Random(11)
    texts = [(normalise(t), spoken) for spoken in ("sn", "en") for t in sentences(spoken, rng, SENTENCES)]
    texts = [text for text in texts if text[0]] + replies(rng)
    texts += news(given.news / "train.txt") * NEWS_OFTEN if given.news else []
    short = [(text, language) for language, text in read_tsv(TURNS)]
    weights = train(texts, short, rng)
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(WEIGHTS, weights=weights)
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size / 1024:.0f} KB, from {len(texts):,} sentences")
    judge = Completeness(weights.astype(np.float32))
    head, *rows = read_tsv(PARAPHRASES)
    at = head.index("text"), head.index("language")
    score("everyday wordings", [(normalise(row[at[0]]), row[at[1]]) for row in rows], short, judge)
    if given.news:
        score("news", news(given.news / "dev.txt"), short, judge)


if __name__ == "__main__":
    main()
