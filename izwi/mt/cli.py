"""``python -m izwi translate TEXT --to en``: one translation a line; many lines from standard input.

Set phrases need no model; for anything else the translator of ``spaces-cpu`` is brought here once.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable
from functools import cache

from izwi.engines import Translator
from izwi.languages import detect, languages
from izwi.mt.glossary import translated

PROFILE = "spaces-cpu"
_SURELY = 0.95


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``translate``; it sets ``func(arguments) -> exit code``."""
    parser = subparsers.add_parser("translate", help="translate between Shona and English", description=__doc__)
    parser.add_argument("text", nargs="*", help="the text; without it, every line of standard input")
    parser.add_argument("--to", required=True, choices=languages(), help="the language to translate into")
    parser.set_defaults(func=_translate)


def _translate(arguments: argparse.Namespace) -> int:
    target = arguments.to
    source = next(code for code in languages() if code != target)
    lines: Iterable[str] = [" ".join(arguments.text)] if arguments.text else (line.rstrip("\r\n") for line in sys.stdin)

    async def model(phrase: str) -> str:
        return await _translator(source, target).translate(phrase, source, target)

    for line in lines:
        print(line if _in(target, line) else asyncio.run(translated(line, source, target, model)), flush=True)
    return 0


def _in(target: str, line: str) -> bool:
    """Whether `line` needs no translation: it is surely in `target` already."""
    found = detect(line)
    return len(line.split()) > 1 and found.language == target and found.confidence > _SURELY


@cache
def _translator(source: str, target: str) -> Translator:
    """The registry's translator for this pair. Raises ``ModelFault``."""
    from izwi import settings
    from izwi.hub.faults import ModelFault
    from izwi.hub.registry import load
    from izwi.hub.store import Store, endpoint
    from izwi.loaders import LOADERS

    chosen = settings.from_env()
    store = Store(chosen.models, chosen.cache, endpoint(chosen.hub_url))
    for model in load(chosen.models).profile(PROFILE, "mt"):
        if tuple(model.languages) == (source, target):
            translator: Translator = LOADERS[model.engine](model, store.obtain(model), chosen)
            return translator
    raise ModelFault(f"No model of the registry translates from {source} to {target}.")
