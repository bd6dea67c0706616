"""Which speakers are trained on and which are tested. No speaker is ever on both sides."""

from __future__ import annotations

from dataclasses import dataclass

from models.recipes.emotion.data import Clip

#: Four RAVDESS actors a fold (two women, two men) and one or two speakers of EmoDB, of both sexes where two.
_RAVDESS = tuple(tuple(f"ravdess_{actor:02d}" for actor in range(4 * fold + 1, 4 * fold + 5)) for fold in range(6))
_EMODB = (("03", "08"), ("09", "10"), ("11", "13"), ("12", "14"), ("15",), ("16",))
SPEAKERS = tuple((*r, *(f"emodb_{s}" for s in e)) for r, e in zip(_RAVDESS, _EMODB, strict=True))


@dataclass(frozen=True)
class Fold:
    name: str
    train: list[Clip]
    test: list[Clip]

    def __post_init__(self) -> None:
        shared = {c.speaker for c in self.train} & {c.speaker for c in self.test}
        if shared:
            raise ValueError(f"speakers on both sides of {self.name}: {sorted(shared)}")


def by_speaker(clips: list[Clip]) -> list[Fold]:
    """Six folds over both corpora together; each speaker is tested exactly once."""
    everyone = {s for fold in SPEAKERS for s in fold}
    unknown = {c.speaker for c in clips if c.corpus != "none"} - everyone
    if unknown:
        raise ValueError(f"speakers in no fold: {sorted(unknown)}")
    return [
        Fold(f"fold-{i}", [c for c in clips if c.speaker not in out], [c for c in clips if c.speaker in out])
        for i, out in enumerate(map(set, SPEAKERS))
    ]


def by_corpus(clips: list[Clip]) -> list[Fold]:
    """Trained on one corpus, tested on the other."""
    return [
        Fold(f"{a}-to-{b}", [c for c in clips if c.corpus != b], [c for c in clips if c.corpus == b])
        for a, b in (("ravdess", "emodb"), ("emodb", "ravdess"))
    ]
