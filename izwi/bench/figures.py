"""What the bench has measured: numbers, percentiles, the table and the JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np


def percentiles(seconds: list[float]) -> tuple[float, float]:
    """P50 and P95 of at least one value; NaN for none."""
    if not seconds:
        return float("nan"), float("nan")
    return float(np.percentile(seconds, 50)), float(np.percentile(seconds, 95))


@dataclass
class Figures:
    """One server's results. Times in seconds from the audible edge of the user's speech, at the client."""

    kind: str
    first_audio: list[float] = field(default_factory=list)
    unanswered: int = 0
    ducked: list[float] = field(default_factory=list)
    stopped: list[float] = field(default_factory=list)
    never_stopped: int = 0
    disturbed: int = 0
    false_stops: int = 0
    hesitated: int = 0
    cut_off: int = 0
    start: float = float("nan")
    idle_cores: float = float("nan")
    turn_cpu: float = float("nan")
    wasted: float = float("nan")
    rss: float = float("nan")
    waterfall: dict[str, float] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, str]]:
        """Names and values as printed."""
        return [
            ("first audio, P50 / P95", _pair(self.first_audio)),
            ("unanswered", str(self.unanswered)),
            ("barge-in: duck message, P50 / P95", _pair(self.ducked)),
            ("barge-in: silent, P50 / P95", _pair(self.stopped)),
            ("barge-in: never stopped", str(self.never_stopped)),
            ("false stops", _share(self.false_stops, self.disturbed)),
            ("hesitations cut off", _share(self.cut_off, self.hesitated)),
            ("start to ready", _number(self.start, "{:.1f} s")),
            ("idle connection", _number(self.idle_cores, "{:.3f} core")),
            ("CPU a turn", _number(self.turn_cpu, "{:.2f} s")),
            ("CPU wasted on speculation", _number(self.wasted, "{:.0%}")),
            ("memory", _number(self.rss, "{:.0f} MB")),
        ]

    def json(self) -> dict[str, Any]:
        summary = {
            name: dict(zip(("p50", "p95"), percentiles(values), strict=True))
            for name, values in asdict(self).items()
            if isinstance(values, list)
        }
        return {**asdict(self), "percentiles": summary}


def table(results: list[Figures]) -> str:
    """One column a server; the last one is Izwi's P50 and P95 of first audio over the rival's."""
    width = max(len(name) for name, _ in results[0].rows())
    lines = [" " * width + "".join(f"  {figures.kind:>20}" for figures in results)]
    rows = zip(*(figures.rows() for figures in results), strict=True)
    lines += [f"{row[0][0]:<{width}}" + "".join(f"  {value:>20}" for _, value in row) for row in rows]
    if len(results) == 2 and all(figures.first_audio for figures in results):
        ours, theirs = (percentiles(figures.first_audio) for figures in results)
        p50, p95 = (mine / other for mine, other in zip(ours, theirs, strict=True))
        lines.append(f"ratio of first audio to {results[1].kind}: P50 {p50:.2f}, P95 {p95:.2f}")
    return "\n".join(lines)


def _pair(values: list[float]) -> str:
    return "{:.2f} / {:.2f} s".format(*percentiles(values)) if values else "–"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.0%})" if whole else "–"


def _number(value: float, form: str) -> str:
    return "–" if np.isnan(value) else form.format(value)
