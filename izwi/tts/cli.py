"""``python -m izwi voices``: which voices there are, what they cost here, and how they are."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress

from izwi.engines import EngineFailed
from izwi.settings import Settings, from_env
from izwi.tts import choice
from izwi.tts.ladder import Ladder, VoiceReport

#: What is spoken to measure a voice.
PHRASES = {"sn": "Mangwanani, marara here shamwari yangu?", "en": "Good morning, how did you sleep last night?"}
COLUMNS = "{:<18} {:<10} {:<14} {:<28} {:>9} {:>7} {:<9} {}"


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``voices``; it sets ``func(arguments) -> exit code``."""
    parser = subparsers.add_parser("voices", help="the voices: installed, languages, licence, speed here, breaker")
    parser.add_argument("--measure", action="store_true", help="let every installed voice speak a phrase first")
    parser.set_defaults(func=lambda given: asyncio.run(_voices(given, from_env())))


async def _voices(given: argparse.Namespace, settings: Settings) -> int:
    ladder = choice.ladder(settings)
    if given.measure:
        await measure(ladder)
    reports = {report.name: report for report in ladder.report()}
    print(COLUMNS.format("voice", "installed", "languages", "licence", "first", "rate", "breaker", ""))
    for offer in choice.offers(settings):
        known = reports.get(offer.name)
        print(_line(offer, known).rstrip())
    await ladder.close()
    return 0


def _line(offer: choice.Offer, report: VoiceReport | None) -> str:
    """One voice: seconds to its first sound and its real-time factor, as learned on this machine."""
    languages = " ".join(sorted(offer.languages))
    if report is None:
        return COLUMNS.format(offer.name, "no", languages, offer.licence, "-", "-", "-", offer.missing)
    first = f"{1000 * report.first:.0f} ms" if report.first else "-"
    rate = f"{report.rate:.2f}" if report.rate else "-"
    return COLUMNS.format(offer.name, "yes", languages, offer.licence, first, rate, report.breaker, report.note)


async def measure(ladder: Ladder) -> None:
    """Let each voice speak one phrase in each of its languages, unheard; the ladder learns from it."""
    for rung in ladder.rungs.values():
        if hasattr(rung.voice, "warm"):
            with suppress(EngineFailed):
                await rung.voice.warm()
        for language in sorted(rung.voice.languages & set(PHRASES)):
            alone = Ladder([rung], estimates=ladder.estimates, cap=300.0)
            try:
                async for _ in rung.voice.synthesize_stream("a", language):
                    pass  # the first phrase of all pays for imports and is not counted
                async for _ in alone.synthesize_stream(PHRASES[language], language):
                    pass
            except EngineFailed as error:
                print(f"izwi: {rung.name}: {error}", file=sys.stderr)
