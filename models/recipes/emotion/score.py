"""How well unheard speakers are understood: recall a class, calibration, and the threshold of "not sure"."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from models.recipes.emotion.data import EMOTIONS, LABELS, SHARED, Clip

SIX = tuple(LABELS.index(e) for e in EMOTIONS)
FIVE = tuple(LABELS.index(e) for e in SHARED)


@dataclass(frozen=True)
class Tested:
    """Logits ``[n, labels]`` of speakers that the network which gave them had never heard."""

    logits: NDArray[np.float32]
    noisy: NDArray[np.float32]
    labels: NDArray[np.int64]
    corpus: NDArray[np.str_]
    gender: NDArray[np.str_]

    def only(self, which: NDArray[np.bool_]) -> Tested:
        return Tested(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def tested(logits: NDArray[np.float32], noisy: NDArray[np.float32], clips: list[Clip]) -> Tested:
    about = (np.array([getattr(c, name) for c in clips]) for name in ("label", "corpus", "gender"))
    return Tested(logits, noisy, *about)


def joined(parts: list[Tested]) -> Tested:
    return Tested(*(np.concatenate([getattr(p, name) for p in parts]) for name in Tested.__dataclass_fields__))


def confusion(logits: NDArray[np.float32], labels: NDArray[np.int64], classes: tuple[int, ...]) -> NDArray[np.int64]:
    """Clips of each class (rows) by the class that was told (columns), the answer being one of ``classes``."""
    told = np.argmax(logits[:, classes], axis=1)
    table = np.zeros((len(classes), len(classes)), np.int64)
    for row, c in enumerate(classes):
        table[row] = np.bincount(told[labels == c], minlength=len(classes))
    return table


def recalls(table: NDArray[np.int64]) -> NDArray[np.float64]:
    """Recall of each class; NaN for one that was not tested."""
    total = table.sum(axis=1)
    return np.where(total > 0, np.diag(table) / np.maximum(total, 1), np.nan)


def uar(logits: NDArray[np.float32], labels: NDArray[np.int64], classes: tuple[int, ...]) -> float:
    """Unweighted average recall."""
    return float(np.nanmean(recalls(confusion(logits, labels, classes))))


def shares(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    scaled = logits.astype(float) / temperature
    out = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return out / out.sum(axis=1, keepdims=True)


def _nll(logits: NDArray[np.float32], labels: NDArray[np.int64], temperature: float) -> float:
    share = shares(logits, temperature)
    six = np.where(labels < len(SIX), share[np.arange(len(labels)), np.minimum(labels, len(SIX) - 1)], 0.0)
    return float(-np.mean(np.log(np.where(labels < len(SIX), six, share[:, len(SIX) :].sum(axis=1)) + 1e-9)))


def temperature(logits: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The divisor of the logits under which the truth is likeliest; seven outcomes: the six, and "something else"."""
    return float(minimize_scalar(lambda t: _nll(logits, labels, t), bounds=(0.2, 5.0), method="bounded").x)


@dataclass(frozen=True)
class Certainty:
    """What a threshold does: ``kept`` share of the clips, how often those are right (``right``), calibration error."""

    kept: float
    right: float
    calibration: float
    others_kept: float  # share of the other feelings and sounds that are wrongly told with certainty


def certainty(t: Tested, heat: float, threshold: float) -> Certainty:
    """Over our six classes; ``calibration`` is the expected calibration error of the best class in ten bins."""
    share = shares(t.logits, heat)
    best, top, rest = share[:, SIX].argmax(1), share[:, SIX].max(1), share[:, len(SIX) :].sum(1)
    sure, ours = (top >= threshold) & (top >= rest), t.labels < len(SIX)
    right = best == t.labels
    bins = np.minimum((top * 10).astype(int), 9)
    gaps = [
        (ours & (bins == b)).sum() * abs(right[ours & (bins == b)].mean() - top[ours & (bins == b)].mean())
        for b in range(10)
        if (ours & (bins == b)).any()
    ]
    kept = sure & ours
    others = float(sure[~ours].mean()) if (~ours).any() else 0.0
    return Certainty(float(kept.sum() / ours.sum()), float(right[kept].mean()), float(sum(gaps) / ours.sum()), others)


def threshold(t: Tested, heat: float, wanted: float = 0.75) -> float:
    """The lowest threshold from which sure answers are right in ``wanted`` of the cases (0.4 to 0.9)."""
    for value in np.arange(0.40, 0.90, 0.01):
        if certainty(t, heat, float(value)).right >= wanted:
            return round(float(value), 2)
    return 0.90


def summary(t: Tested) -> str:
    """One line of UARs: RAVDESS six classes, EmoDB five (choosing among five, and among six), clean and at 10 dB."""
    parts = []
    for name, corpus, classes in (
        ("RAVDESS 6", "ravdess", SIX),
        ("EmoDB 5", "emodb", FIVE),
        ("EmoDB 5 of 6", "emodb", SIX),
    ):
        some = t.only((t.corpus == corpus) & (t.labels < len(SIX)))
        if len(some.labels):
            clean, noisy = uar(some.logits, some.labels, classes), uar(some.noisy, some.labels, classes)
            parts.append(f"{name}: {clean:.3f} (10 dB: {noisy:.3f})")
    return ", ".join(parts)
