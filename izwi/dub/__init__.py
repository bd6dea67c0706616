"""Dub: a clip of speech in one language, given back in the other, in a voice that sits in the same room.

``dub(path, to="en")`` does it all and returns the `Timeline`; `pipeline.dubbed` is the same with engines of one's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from izwi.dub.edits import Edit, Edits
from izwi.dub.progress import Step
from izwi.dub.timeline import Segment, Timeline, Word
from izwi.engines import Cancelled, Engines, never
from izwi.settings import Settings, from_env

__all__ = ["Edit", "Segment", "Step", "Timeline", "Word", "dub"]

#: A dub is made before anybody hears it, so a slow voice is waited for (seconds).
BUDGET, CAP = 30.0, 120.0


def dub(
    path: Path | str,
    to: str = "",
    edits: Edits | None = None,
    progress: Callable[[Step], None] = lambda _: None,
    cancelled: Cancelled = never,
    settings: Settings | None = None,
) -> Timeline:
    """The clip in ``path`` spoken in ``to`` ("sn", "en"; "": the other one than is spoken), with its sound.

    What is made is kept under the settings' cache, so a run that was broken off goes on, and ``edits`` (by number of
    segment) make only those segments again. Raises ``BadInput`` and ``pipeline.Stopped``.
    """
    from izwi.dub.pipeline import Means, dubbed
    from izwi.dub.source import read_clip
    from izwi.dub.store import Store

    settings = settings or from_env()
    clip = read_clip(Path(path))
    store = Store(settings.cache / "dub")
    means = Means(engines_for(settings), store, progress, cancelled)
    timeline = asyncio.run(dubbed(clip, means, to, edits))
    store.tidy()
    return timeline


def engines_for(settings: Settings) -> Engines:
    """The engines of the settings' profile, with voices that may take their time."""
    from izwi.assembly import assemble
    from izwi.tts.ladder import Ladder

    engines = assemble(replace(settings, tts_budget=BUDGET, tts_cap=CAP), late=True)
    ladder = getattr(engines.tts, "ladder", engines.tts)
    if isinstance(ladder, Ladder):
        ladder.whole = True
    return engines
