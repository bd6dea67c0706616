"""``python -m izwi bench``: how fast and how polite Izwi is here, beside stock FastRTC."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from izwi.faults import BadInput


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``bench``."""
    bench = commands.add_parser("bench", help="measure first audio, barge-in, cut-offs and CPU against stock FastRTC")
    bench.add_argument("--turns", type=int, default=16, help="questions a server is asked")
    bench.add_argument("--shapes", choices=("embedded", "spaces-cpu"), default="embedded", help="models to run")
    bench.add_argument("--json", type=Path, metavar="FILE", help="all figures as JSON")
    bench.add_argument("--plot", type=Path, metavar="FILE.svg", help="the waterfall of the last turn")
    bench.add_argument("--alone", action="store_true", help="leave the rival out")
    bench.set_defaults(func=_bench)


def _bench(given: argparse.Namespace) -> int:
    from izwi.bench.figures import table
    from izwi.bench.run import run
    from izwi.bench.waterfall import svg

    if given.turns < 1:
        raise BadInput("--turns must be 1 or more")
    results = run(given.shapes, given.turns, not given.alone)
    print(table(results))
    if given.json:
        given.json.write_text(json.dumps([figures.json() for figures in results], indent=1), encoding="utf-8")
    if given.plot:
        given.plot.write_text(svg(results[0].waterfall), encoding="utf-8")
    return 0
