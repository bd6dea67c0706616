"""What the voices cost here: VITS beside transformers' own, espeak-ng's first sample, and what the ladder adds."""

from __future__ import annotations

import argparse

from izwi.bench.figures import Report
from izwi.bench.random_weights import kept, vits
from izwi.bench.shapes import VITS
from izwi.faults import BadInput
from izwi.settings import from_env
from izwi.tts import bench

NOTES = (
    "VITS has MMS's shape (36 M) with random weights, which cost the same; it and its rival are measured in CPU time "
    "of one thread, all else by the clock, where other work on this machine counts.",
)


def voices(given: argparse.Namespace) -> Report:
    """The bench's scenario ``--voices``; ``--turns`` phrases of each kind. transformers is left out where not there."""
    try:
        folder = kept(from_env().cache / "shapes" / VITS, vits)
    except ModuleNotFoundError as error:
        raise BadInput(f"--voices makes a model with {error.name}; run make setup-dev") from None
    figures = bench.run(folder / "model", folder / "checkpoint", max(3, given.turns))
    rows = [(f.name, f"{f.value:.2f} {f.unit}".rstrip(), f.target, f.note) for f in figures]
    data = {f.name: {"value": f.value, "unit": f.unit, "target": f.target} for f in figures}
    return Report("Voices", ("", "wanted", ""), rows, NOTES, data)
