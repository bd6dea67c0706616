"""What the bench has measured: percentiles, a server's figures, and the report that is printed and kept as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

#: What a server of ours tells about each turn, in the usual order.
STAGES = ("started", "understood", "first word", "first sound", "committed", "heard")
#: Characters a line of a report may have.
WIDTH = 100


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """P50 and P95 of at least one value; NaN for none."""
    if not seconds:
        return float("nan"), float("nan")
    return float(np.percentile(seconds, 50)), float(np.percentile(seconds, 95))


@dataclass
class Figures:
    """One line's results. Times in seconds from the audible edge of the user's speech, at the client.

    ``marks`` are each turn's, as the server tells them (``Timings``): seconds since the user's last sound.
    """

    kind: str
    first_audio: list[float] = field(default_factory=list)
    first_content: list[float] = field(default_factory=list)
    unanswered: int = 0
    marks: list[dict[str, float]] = field(default_factory=list)
    ducked: list[float] = field(default_factory=list)
    stopped: list[float] = field(default_factory=list)
    never_stopped: int = 0
    start: float = float("nan")
    idle_cores: float = float("nan")
    turn_cpu: float = float("nan")
    wasted: float = float("nan")
    rss: float = float("nan")

    def rows(self) -> list[tuple[str, str]]:
        """Names and values as printed."""
        return [
            ("first audio, P50 / P95", pair(self.first_audio)),
            ("first content, P50 / P95", pair(self.first_content)),
            *((f"  {name} (server, P50)", number(self._stage(name), "{:.2f} s")) for name in STAGES),
            ("unanswered", str(self.unanswered)),
            ("barge-in: duck message, P50 / P95", pair(self.ducked)),
            ("barge-in: silent, P50 / P95", pair(self.stopped)),
            ("barge-in: never stopped", str(self.never_stopped)),
            ("start to ready", number(self.start, "{:.1f} s")),
            ("idle connection", number(self.idle_cores, "{:.3f} core")),
            ("CPU a turn", number(self.turn_cpu, "{:.2f} s")),
            ("CPU wasted on speculation", number(self.wasted, "{:.1%}")),
            ("memory", number(self.rss, "{:.0f} MB")),
        ]

    def waterfall(self) -> dict[str, float]:
        """The marks of the turn whose first audio was the median."""
        turns = sorted(zip(self.first_audio, self.marks, strict=True), key=lambda turn: turn[0])
        return turns[len(turns) // 2][1] if turns else {}

    def json(self) -> dict[str, Any]:
        summary = {
            name: dict(zip(("p50", "p95"), percentiles(values), strict=True))
            for name, values in asdict(self).items()
            if isinstance(values, list) and name != "marks"
        }
        return {**asdict(self), "percentiles": summary}

    def _stage(self, name: str) -> float:
        return percentiles([marks[name] for marks in self.marks if name in marks])[0]


@dataclass
class Report:
    """What one scenario found: a table (``rows`` are a name and a value a column), plain sentences, and the JSON."""

    title: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    data: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """At most ``WIDTH`` characters a line as long as the names and values are short enough for that."""
        lines = [["", *self.columns], *self.rows] if self.columns else list(self.rows)
        widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))] if lines else []
        table = ["  ".join(_cell(line, widths)).rstrip() for line in lines]
        sentences = [line for note in self.notes for line in textwrap.wrap(note, WIDTH)]
        return "\n".join([self.title, *table, *sentences])


def _cell(line: Sequence[str], widths: list[int]) -> list[str]:
    return [
        f"{value:<{width}}" if not place else f"{value:>{width}}"
        for place, (value, width) in enumerate(zip(line, widths, strict=True))
    ]


def pair(values: list[float]) -> str:
    return "{:.2f} / {:.2f} s".format(*percentiles(values)) if values else "–"


def share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "–"


def number(value: float, form: str) -> str:
    return "–" if np.isnan(value) else form.format(value)
