"""The voices beside the server: what was skipped is tried while nobody talks, and all are let go at the end."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from izwi.engines import Engines
from izwi.service.call import Service
from izwi.tts import choice
from izwi.tts.ladder import Ladder, Preferring

log = logging.getLogger(__name__)

#: Seconds between two looks whether a skipped voice may be tried.
EVERY = 30.0


async def attend(service: Service, every: float = EVERY) -> None:
    """Run until cancelled; then the voices' workers are ended, and what was learned about them is kept."""
    try:
        while True:
            await asyncio.sleep(every)
            ladder = ladder_of(service)
            if ladder is not None and not service.door.taken:
                try:
                    await ladder.probe()
                except Exception:  # whatever a voice does that nobody hears, the others are to be looked after
                    log.exception("a voice that was tried while idle broke")
    finally:
        ladder = ladder_of(service)
        if ladder is not None:
            await choice.close(ladder)


def offered(engines: Engines) -> list[dict[str, Any]]:
    """The voices one may choose: each with what it is worth here, and whether this machine can afford it."""
    ladder = _ladder(engines)
    reports = {report.name: report for report in ladder.report()} if ladder else {}
    return [
        {
            "id": name,
            "name": name,
            "languages": sorted(reports[name].languages if name in reports else voice.languages),
            "note": reports[name].note if name in reports and not reports[name].affordable else "",
            "affordable": name not in reports or reports[name].affordable,
        }
        for name, voice in engines.voices.items()
    ]


def ladder_of(service: Service) -> Ladder | None:
    """The ladder that speaks now; None while there are no engines, or one voice alone."""
    future = service.engines
    return None if not future.done() or future.exception() else _ladder(future.result())


def _ladder(engines: Engines) -> Ladder | None:
    voice = engines.tts.ladder if isinstance(engines.tts, Preferring) else engines.tts
    return voice if isinstance(voice, Ladder) else None
