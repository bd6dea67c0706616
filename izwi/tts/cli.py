"""``python -m izwi voices``: which voices there are, what they cost here, and how they are."""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress

from izwi.engines import EngineFailed
from izwi.settings import Settings, from_env
from izwi.tts import choice
from izwi.tts.bench import TEXTS
from izwi.tts.ladder import Ladder
from izwi.tts.report import Speed, VoiceReport

HEAD = ("voice", "installed", "languages: first sound × rate", "breaker", "licence", "")


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``voices``; it sets ``func(arguments) -> exit code``."""
    parser = subparsers.add_parser("voices", help="the voices: installed, languages, licence, speed here, breaker")
    parser.add_argument("--measure", action="store_true", help="let every installed voice speak a phrase first")
    parser.set_defaults(func=lambda given: asyncio.run(_voices(given, from_env())))


async def _voices(given: argparse.Namespace, settings: Settings) -> int:
    ladder = choice.ladder(settings)
    try:
        if given.measure:
            await measure(ladder)
        reports = {report.name: report for report in ladder.report()}
    finally:
        await choice.close(ladder)
    lines = [HEAD, *(_line(offer, reports.get(offer.name)) for offer in choice.offers(settings))]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())
    return 0


def _line(offer: choice.Offer, report: VoiceReport | None) -> tuple[str, ...]:
    """One voice: what is known of it on this machine, or how to get it."""
    if report is None:
        return offer.name, "no", ", ".join(sorted(offer.languages)), "-", offer.licence, offer.missing
    speeds = ", ".join(_speed(language, speed) for language, speed in report.speeds.items())
    return offer.name, "yes", speeds, report.breaker, offer.licence, report.note


def _speed(language: str, speed: Speed) -> str:
    """Milliseconds to the first sound and seconds of work per second of speech, as learned here."""
    return f"{language} {1000 * speed.first:.0f} ms × {speed.rate:.2f}" if speed.first else language


async def measure(ladder: Ladder) -> None:
    """Let each voice speak one phrase in each of its languages, unheard; the ladder learns from it."""
    for rung in ladder.rungs.values():
        if hasattr(rung.voice, "warm"):
            with suppress(EngineFailed):
                await rung.voice.warm()
        for language in sorted(rung.voice.languages & set(TEXTS)):
            alone = Ladder([rung], estimates=ladder.estimates, cap=300.0)
            try:
                async for _ in rung.voice.synthesize_stream("a", language):
                    pass  # the first phrase of all pays for imports and is not counted
                async for _ in alone.synthesize_stream(TEXTS[language], language):
                    pass
            except EngineFailed as error:
                print(f"izwi: {rung.name}: {error}", file=sys.stderr)
