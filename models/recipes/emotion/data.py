"""RAVDESS and EmoDB as features: every clip clean and as it may arrive, computed once and kept in one file."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from izwi import audio
from izwi.emotion.features import features
from izwi.emotion.recogniser import EMOTIONS, heard_part
from models.recipes.emotion import augment

#: Our six, the corpora's other feelings, and sounds that are no voice. All after the sixth mean "something else".
LABELS = (*EMOTIONS, "disgust", "surprised", "bored", "no voice")
#: EmoDB has no "calm".
SHARED = tuple(e for e in EMOTIONS if e != "calm")
NO_VOICES = 300
NOISY = "noisy"


@dataclass
class Clip:
    """One recording: its features clean (``views[0]``) and on other ways, each ``[T, 82]`` float16."""

    corpus: str
    speaker: str
    gender: str
    label: int
    views: list[NDArray[np.float16]]
    noisy: NDArray[np.float16]  # at 10 dB SNR, for the score alone


def _seen(samples: NDArray[np.float32]) -> NDArray[np.float16]:
    return heard_part(features(samples)).astype(np.float16)


def _clip(row: dict[str, str], folder: Path, views: int, seed: int) -> Clip:
    rng = np.random.default_rng(seed)
    x = audio.read(folder / row["path"]).resampled(augment.RATE).floats
    ways = [x] + [augment.render(x, rng) for _ in range(views)]
    noise = augment.coloured(len(x), rng)
    loud = np.sqrt(np.mean(x * x) / np.mean(noise * noise)) * 10.0 ** (-10.0 / 20.0)
    corpus = row["path"].split("/")[0]
    label = LABELS.index(row["emotion"])
    return Clip(corpus, row["speaker"], row["gender"], label, [_seen(w) for w in ways], _seen(x + loud * noise))


def _no_voice(views: int, seed: int) -> Clip:
    rng = np.random.default_rng(seed)
    sounds = [_seen(augment.no_voice(rng)) for _ in range(views + 1)]
    return Clip("none", f"none_{seed}", "", LABELS.index("no voice"), sounds, sounds[0])


def load(folder: Path, cache: Path, views: int = 4) -> list[Clip]:
    """All clips of ``folder`` (with its MANIFEST.csv), from ``cache`` if they are there."""
    kept = cache / f"clips-{views}.npz"
    if kept.exists():
        return _unpack(kept)
    rows = list(csv.DictReader((folder / "MANIFEST.csv").open()))
    clips = []
    for i, row in enumerate(rows):
        clips.append(_clip(row, folder, views, i))
        if i % 200 == 0:
            print(f"features: {i} of {len(rows)}", flush=True)
    clips += [_no_voice(views, 100_000 + i) for i in range(NO_VOICES)]
    _pack(clips, kept)
    return clips


def _pack(clips: list[Clip], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pieces = [v for c in clips for v in (*c.views, c.noisy)]
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        frames=np.concatenate(pieces),
        lengths=[len(p) for p in pieces],
        about=[(c.corpus, c.speaker, c.gender) for c in clips],
        labels=[c.label for c in clips],
    )
    part.rename(path)


def _unpack(path: Path) -> list[Clip]:
    with np.load(path) as kept:
        frames, ends = kept["frames"], np.cumsum(kept["lengths"])
        pieces = np.split(frames, ends[:-1])
        ways = len(pieces) // len(kept["labels"])
        return [
            Clip(*map(str, about), int(label), pieces[i * ways : (i + 1) * ways - 1], pieces[(i + 1) * ways - 1])
            for i, (about, label) in enumerate(zip(kept["about"], kept["labels"], strict=True))
        ]
