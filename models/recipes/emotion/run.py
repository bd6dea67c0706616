"""The whole recipe, resumable: every network trained is kept in the work folder and not trained again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor

from models.recipes.emotion import reader
from models.recipes.emotion.council import Council
from models.recipes.emotion.data import LABELS, Clip
from models.recipes.emotion.folds import Fold, by_corpus, by_speaker
from models.recipes.emotion.net import Net
from models.recipes.emotion.reader import Reader, Reading
from models.recipes.emotion.score import Tested, joined, summary, tested
from models.recipes.emotion.train import Plan, logits, train


@dataclass(frozen=True)
class Workshop:
    """Where trained networks are kept, how they are trained, and how many of each kind answer together."""

    folder: Path
    plan: Plan
    members: int
    readers: int
    reading: Reading = field(default_factory=Reading)

    def council(self, name: str, clips: list[Clip]) -> Council:
        """All that answer together, trained on ``clips``."""
        return Council(self.nets(name, clips), self._readers(name, clips))

    def nets(self, name: str, clips: list[Clip]) -> list[Net]:
        """The networks trained on ``clips``, one a member."""
        return [self._net(name, clips, member) for member in range(self.members)]

    def _net(self, name: str, clips: list[Clip], member: int) -> Net:
        tag = sha256(json.dumps([asdict(self.plan), len(clips)]).encode()).hexdigest()[:8]
        kept = self.folder / f"{name}-{member}-{tag}.pt"
        net = Net(len(LABELS), self.plan.drop)
        if kept.exists():
            net.load_state_dict(torch.load(kept, weights_only=True))
            return net.eval()
        net = train(clips, self.plan, member, f"{name} ({member})")
        self.folder.mkdir(parents=True, exist_ok=True)
        torch.save(net.state_dict(), kept)
        return net

    def _readers(self, name: str, clips: list[Clip]) -> list[Reader]:
        tag = sha256(json.dumps([asdict(self.reading), len(clips), self.readers]).encode()).hexdigest()[:8]
        kept = self.folder / f"{name}-readers-{tag}.pt"
        readers = [Reader(len(LABELS)).eval() for _ in range(self.readers)]
        if kept.exists():
            for found, state in zip(readers, torch.load(kept, weights_only=True), strict=True):
                found.load_state_dict(state)
            return readers
        seen: Tensor = reader.facts(clips)
        readers = [reader.train(clips, seen, self.reading, seed) for seed in range(self.readers)]
        torch.save([found.state_dict() for found in readers], kept)
        return readers

    def test(self, fold: Fold) -> Tested:
        """The fold's test speakers, heard by networks that never heard them."""
        council = self.council(fold.name, fold.train)
        clean, noisy = (
            logits(council, views) for views in ([c.views[0] for c in fold.test], [c.noisy for c in fold.test])
        )
        result = tested(clean, noisy, fold.test)
        print(f"{fold.name}: {summary(result)}", flush=True)
        return result


def speakers(shop: Workshop, clips: list[Clip]) -> Tested:
    """Every speaker, tested once by networks trained without them."""
    result = joined([shop.test(fold) for fold in by_speaker(clips)])
    print(f"all speakers: {summary(result)}", flush=True)
    return result


def corpora(shop: Workshop, clips: list[Clip]) -> dict[str, Tested]:
    """Trained on one corpus, tested on the other."""
    return {fold.name: shop.test(fold) for fold in by_corpus(clips)}
