"""``python -m izwi translate TEXT --to en``: one translation a line; many lines from standard input."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable
from functools import cached_property

from izwi.engines import Translator
from izwi.hub.faults import HubOutOfReach, ModelFault
from izwi.languages import detect, languages
from izwi.mt.glossary import set_phrase
from izwi.mt.phrasebook import PhraseBook
from izwi.settings import Settings, from_env

PROFILE = "spaces-cpu"
ABOUT = f"""Translate between Shona and English, one result a line. Set phrases need no model; for anything else the
translator of the profile {PROFILE} is brought here once. In the embedded profile, and where the Hub is out of reach,
Izwi's phrase book translates what it knows; other lines stay empty."""
_SURELY = 0.95


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``translate``; it sets ``func(arguments) -> exit code``."""
    parser = subparsers.add_parser("translate", help="translate between Shona and English", description=ABOUT)
    parser.add_argument("text", nargs="*", help="the text; without it, every line of standard input")
    parser.add_argument("--to", required=True, choices=languages(), help="the language to translate into")
    parser.set_defaults(func=_translate)


def _translate(arguments: argparse.Namespace) -> int:
    target = arguments.to
    source = next(code for code in languages() if code != target)
    given = " ".join(" ".join(arguments.text).split())
    lines: Iterable[str] = [given] if arguments.text else (line.rstrip("\r\n") for line in sys.stdin)
    means = Means(from_env(), source, target)
    unknown = 0
    for line in lines:
        said = line if not line.strip() or _in(target, line) else asyncio.run(means.translated(line))
        unknown += bool(line.strip()) and not said
        print(said, flush=True)
    if unknown:
        print(f"izwi: {unknown} line{'s' if unknown > 1 else ''} could not be translated", file=sys.stderr)
    return 1 if unknown else 0


def _in(target: str, line: str) -> bool:
    """Whether `line` needs no translation: it is surely in `target` already."""
    found = detect(line)
    return len(line.split()) > 1 and found.language == target and found.confidence > _SURELY


class Means:
    """What translates from `source` to `target`: set phrases, then the model, or the phrase book in its place."""

    def __init__(self, settings: Settings, source: str, target: str) -> None:
        self._settings, self._source, self._target = settings, source, target

    async def translated(self, line: str) -> str:
        """`line` in the other language, or "" where only the phrase book is there and does not know it."""
        known = set_phrase(line, self._source, self._target)
        return known or await self._translator.translate(line, self._source, self._target)

    @cached_property
    def _translator(self) -> Translator:
        if self._settings.profile == "embedded":
            return PhraseBook()
        try:
            return _model(self._settings, self._source, self._target)
        except HubOutOfReach as fault:
            print(
                f"izwi: {fault} Izwi's own phrase book translates; it knows everyday sentences only.", file=sys.stderr
            )
            return PhraseBook()


def _model(settings: Settings, source: str, target: str) -> Translator:
    """The registry's translator for this pair. Raises ``ModelFault``."""
    from izwi.hub.registry import load
    from izwi.hub.store import Store, endpoint
    from izwi.loaders import LOADERS

    store = Store(settings.models, settings.cache, endpoint(settings.hub_url))
    for model in load(settings.models).profile(PROFILE, "mt"):
        if tuple(model.languages) == (source, target):
            translator: Translator = LOADERS[model.engine](model, store.obtain(model), settings)
            return translator
    raise ModelFault(f"No model of the registry translates from {source} to {target}.")
