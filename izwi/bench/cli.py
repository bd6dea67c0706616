"""``python -m izwi bench``: how fast and how polite Izwi is here. Every scenario is one line of ``SCENARIOS``."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from izwi.bench.figures import Report
from izwi.bench.random_weights import SHAPES
from izwi.faults import BadInput


@dataclass(frozen=True)
class Scenario:
    """Run by ``--name``: ``place`` ("module:function") takes the parsed command line and gives a ``Report``.

    With a ``value`` the flag takes one of its type, and stands for this one when given alone (``--talkers [N]``).
    The ``usual`` ones run when none is asked for.
    """

    name: str
    help: str
    place: str
    value: Any = None
    usual: bool = False

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        if self.value is None:
            parser.add_argument(f"--{self.name}", action="store_true", help=self.help)
        else:
            kind = type(self.value)
            parser.add_argument(f"--{self.name}", nargs="?", type=kind, const=self.value, metavar="N", help=self.help)

    def run(self, given: argparse.Namespace) -> Report:
        module, function = self.place.split(":")
        measure: Callable[[argparse.Namespace], Report] = getattr(importlib.import_module(module), function)
        return measure(given)


#: The usual ones run when none is asked for.
SCENARIOS = (
    Scenario("talk", "users over a real connection, beside stock FastRTC (usual)", "izwi.bench.talk:talk", usual=True),
    Scenario("listening", "false stops, hesitations, words lost (usual)", "izwi.bench.listening:listening", usual=True),
    Scenario("page", "breaking in at a real Chromium page: turned down, stopped", "izwi.bench.page:page"),
    Scenario("talkers", "how many can talk at once, and what becomes of more", "izwi.bench.load:load", "1,2,3,4"),
    Scenario("beside-dub", "what a dub takes from those who talk meanwhile", "izwi.bench.beside_dub:beside"),
    Scenario("overhead", "what auth, limits and metrics add to a message", "izwi.bench.overhead:overhead"),
    Scenario("emotion", "what hearing a feeling costs, and how soon the voice answers", "izwi.bench.emotion:emotion"),
    Scenario("voices", "VITS beside transformers', espeak-ng, what the ladder adds", "izwi.bench.voices:voices"),
)


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``bench``."""
    bench = commands.add_parser("bench", help="measure first audio, barge-in, cut-offs and CPU against stock FastRTC")
    for scenario in SCENARIOS:
        scenario.add_to(bench)
    bench.add_argument("--all", action="store_true", help="every scenario, one after the other")
    bench.add_argument("--turns", type=int, default=16, help="how many questions, interruptions … each scenario has")
    bench.add_argument("--shapes", choices=("embedded", *SHAPES), default="embedded", help="models that talk")
    bench.add_argument("--alone", action="store_true", help="leave the rival out")
    bench.add_argument("--json", type=Path, metavar="FILE", help="all figures as JSON (docs/bench.md)")
    bench.add_argument("--plot", type=Path, metavar="FILE", help="the waterfall of a turn, as .svg or .png")
    bench.set_defaults(func=_bench)


def _bench(given: argparse.Namespace) -> int:
    if given.turns < 1:
        raise BadInput("--turns must be 1 or more")
    for file in (given.json, given.plot):
        if file and not file.absolute().parent.is_dir():
            raise BadInput(f"{file} cannot be written: there is no folder {file.parent}")
    chosen = [s for s in SCENARIOS if given.all or getattr(given, s.name.replace("-", "_")) not in (None, False)]
    chosen = chosen or [s for s in SCENARIOS if s.usual]
    results: dict[str, Any] = {"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "turns": given.turns}
    for scenario in chosen:
        report = scenario.run(given)
        print(f"{report}\n", flush=True)
        results[scenario.name] = report.data
        if given.json:  # after each, so that a long run that is broken off has not been in vain
            given.json.write_text(json.dumps(_plain(results), indent=1), encoding="utf-8")
    return 0


def _plain(value: Any) -> Any:
    """``value`` as JSON can hold it: numbers rounded to 0.1 ms, none where there is none."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value
