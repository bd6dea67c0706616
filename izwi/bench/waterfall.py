"""A turn's waterfall: what happened when, from the user's last sound on."""

from __future__ import annotations

from pathlib import Path

from izwi.faults import BadInput


def draw(marks: dict[str, float], file: Path) -> None:
    """One bar a stage, from the mark before to its own; ``marks`` are seconds since the user's last sound.

    ``file`` ends in .svg or .png. Raises ``BadInput`` for another ending, or no marks.
    """
    if file.suffix not in (".svg", ".png"):
        raise BadInput(f"{file} should end in .svg or .png")
    if not marks:
        raise BadInput("there is no turn to draw: nothing was answered")
    from matplotlib.figure import Figure

    names, ends = zip(*sorted(marks.items(), key=lambda mark: mark[1]), strict=True)
    starts = [min(0.0, ends[0]), *ends[:-1]]
    figure = Figure(figsize=(8, 0.6 + 0.35 * len(names)), layout="constrained")
    axes = figure.add_subplot(xlabel="seconds since the user's last sound")
    lengths = [end - start for start, end in zip(starts, ends, strict=True)]
    axes.bar_label(axes.barh(names, lengths, left=starts, color="#c2632f"), [f"{end:.3f}" for end in ends], padding=4)
    axes.axvline(0.0, color="grey", linewidth=0.8)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.1)
    figure.savefig(file)
