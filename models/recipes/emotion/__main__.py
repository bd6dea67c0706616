"""Train, test, export: one command, resumable, about an hour on two cores.

python -m models.recipes.emotion --data ../shared/data/ser
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from models.recipes.emotion import card, policy, run, score
from models.recipes.emotion.data import load
from models.recipes.emotion.export import difference, export
from models.recipes.emotion.train import Plan

OUT = Path(__file__).parents[2] / "embedded" / "emotion"
#: Said on the card: how often the settings were changed after looking at folds.
TRIES = "the figures were chosen by a simpler classifier on these folds, so slightly optimistic"
LICENCE = "CC-BY-NC-SA-4.0"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipes.emotion", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with MANIFEST.csv, ravdess/ and emodb/")
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "izwi" / "recipes" / "emotion")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    parser.add_argument("--members", type=int, default=2, help="networks whose mean is the answer")
    given = parser.parse_args()
    torch.set_num_threads(1)

    clips = load(given.data, given.work)
    shop = run.Workshop(given.work, Plan(epochs=given.epochs), given.members)
    unheard = run.speakers(shop, clips)
    heat = score.temperature(unheard.logits, unheard.labels)
    threshold = score.threshold(unheard, heat)
    nets = shop.nets("final", clips)
    export(nets, given.out / "emotion.onnx", heat, threshold, LICENCE)
    off, equal = difference(nets, [c.views[0] for c in clips[::10]], given.out / "emotion.onnx")
    print(f"int8 against fp32: logits differ by up to {off:.3f}, answers equal in {100 * equal:.1f} %")
    print(f"policy: {100 * policy.train(given.out / 'policy.npz'):.2f} % of fresh situations as the table says")
    crossed = run.corpora(replace(shop, members=1), clips)
    about = {"weights": sum(p.numel() for net in nets for p in net.parameters()), "tries": TRIES}
    about |= {"epochs": given.epochs, "members": given.members}
    card.write(given.out, unheard, crossed, heat, threshold, **about)


if __name__ == "__main__":
    main()
