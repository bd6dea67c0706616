"""The model card, written from the results of the run and from nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.recipes.emotion import score
from models.recipes.emotion.data import EMOTIONS
from models.recipes.emotion.score import FIVE, SIX, Tested

TITLE = """---
license: cc-by-nc-sa-4.0
tags: [audio-classification, speech-emotion-recognition, onnx]
---

# izwi-emotion

`emotion.onnx` tags an utterance with one of six feelings (neutral, calm, happy, sad, angry, fearful) or says "not
sure"; `policy.npz` (a two-layer network, numpy) chooses the feeling of the answer as `izwi/emotion/manners.csv` says.

- **Input** `features` `[1, T, 82]` float32: `izwi/emotion/features.py` (80 log-mel, F0, energy; 10 ms), quiet ends cut.
- **Output** `logits` `[1, 10]`: the six, then disgust, surprised, bored and "no voice", which mean "something else".
- **Networks** {weights:,} weights: {members} with two convolutions, a BiLSTM and attentive statistics beside 203
  figures of the utterance, and {readers} small ones that read the figures alone; half of the answer is either kind's
  mean. The utterance's own mean is taken out of every band, so gain and microphone are not heard. LSTM and dense
  weights int8.
- **File** {size:.2f} MB; temperature {heat:.2f}, "not sure" below {threshold:.2f} (both in the file's metadata).
- **Made by** `python -m models.recipes.emotion --data ../shared/data/ser` ({epochs} epochs).

## Licence: not for commercial use

Trained on RAVDESS (Livingstone and Russo 2018, CC BY-NC-SA 4.0) and EmoDB (Burkhardt et al. 2005, CC0). The weights are
taken to be adapted from RAVDESS, so they carry **CC BY-NC-SA 4.0**: credit, no commercial use, same licence for what is
made from them. Izwi's code stays Apache-2.0. For commercial use turn emotion off (`IZWI_EMOTION=0`), put another model
in its place, or train again on EmoDB alone. `policy.npz` is trained on our own table only and is Apache-2.0.

## What it is not

Acted feelings of 34 people in English and German, none in Shona, none spontaneous: **how well it does on Shona speakers
was never measured.** Do not use it to judge people. It hears a manner of speaking, not what somebody feels.

## Results: speakers it never heard

Six folds without a shared speaker (`folds.py`), every speaker tested once, by networks trained without them. The
shipped ones are trained on all speakers by the same recipe. What was decided after looking at whom:

{tries}

"""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _uars(t: Tested) -> str:
    rows = []
    for name, corpus, classes in (
        ("RAVDESS, six classes", "ravdess", SIX),
        ("EmoDB, five shared classes", "emodb", FIVE),
        ("EmoDB, five classes, answers out of six", "emodb", SIX),
    ):
        some = t.only((t.corpus == corpus) & (t.labels < len(SIX)))
        genders = [score.uar(g.logits, g.labels, classes) for g in (some.only(some.gender == s) for s in "fm")]
        clean, noisy = (score.uar(z, some.labels, classes) for z in (some.logits, some.noisy))
        rows.append([name, str(len(some.labels)), *(f"{v:.3f}" for v in (clean, *genders, noisy))])
    return _table(["unweighted average recall", "clips", "all", "women", "men", "all, noise at 10 dB"], rows)


def _confusion(t: Tested, corpus: str, classes: tuple[int, ...]) -> str:
    some = t.only((t.corpus == corpus) & (t.labels < len(SIX)))
    table = score.confusion(some.logits, some.labels, classes)
    recall = score.recalls(table)
    names = [EMOTIONS[c] for c in classes]
    rows = [
        [f"**{name}**", *map(str, row), f"{value:.2f}"]
        for name, row, value in zip(names, table, recall, strict=True)
        if row.sum()
    ]
    return _table([f"{corpus}: said, heard as", *names, "recall"], rows)


def _certainty(t: Tested, heat: float, threshold: float) -> str:
    rows = []
    for name in ("ravdess", "emodb"):
        some = t.only(t.corpus == name)
        c, raw = score.certainty(some, heat, threshold), score.certainty(some, 1.0, threshold)
        rows.append([name, *(f"{v:.2f}" for v in (c.kept, c.right, c.others_kept, c.calibration, raw.calibration))])
    head = ["", "sure", "right when sure", "other feelings told as sure", "calibration error", "before temperature"]
    return _table(head, rows)


def write(
    out: Path,
    unheard: Tested,
    crossed: dict[str, Tested],
    heat: float,
    threshold: float,
    **about: object,
) -> None:
    """Write ``out/README.md``."""
    size = (out / "emotion.onnx").stat().st_size / 1e6
    across = [
        [name.replace("-to-", " → "), f"{score.uar(t.logits, t.labels, FIVE):.3f}"]
        for name, whole in crossed.items()
        for t in [whole.only(np.isin(whole.labels, FIVE))]
    ]
    parts = [
        TITLE.format(size=size, heat=heat, threshold=threshold, **about),
        _uars(unheard),
        _confusion(unheard, "ravdess", SIX),
        _confusion(unheard, "emodb", SIX),
        "Trained on one corpus, tested on the other (five shared classes, chance 0.200):\n",
        _table(["trained → tested", "unweighted average recall"], across),
        '"Not sure" (temperature and threshold were fitted on these same out-of-fold answers):\n',
        _certainty(unheard, heat, threshold),
    ]
    (out / "README.md").write_text("\n".join(parts), encoding="utf-8")
