"""The dub's own process beside live talk: lower in priority, and it asks before every segment whether it may go on.

One JSON object a line. In: ``{"dub": FOLDER, "name": …, "to": "en", "edits": {…}}`` with the clip at ``FOLDER/clip``;
``"go"`` or ``"stop"`` as the answer to each ``{"ask": true}``. Out: ``{"step": {…}}``, and at last ``{"done": true}``
or ``{"failed": SENTENCE, "stopped": bool}``. It ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np

from izwi.audio import Floats, Pcm
from izwi.dub import engines_for
from izwi.dub.edits import parsed
from izwi.dub.pipeline import Means, Stopped, dubbed
from izwi.dub.source import read_clip
from izwi.dub.store import Store
from izwi.dub.subtitles import subtitles
from izwi.dub.timeline import Timeline
from izwi.engines import EngineFailed, Engines, UnsupportedLanguage
from izwi.faults import BadInput
from izwi.hub.faults import ModelFault
from izwi.settings import from_env
from izwi.whole import write_whole

log = logging.getLogger(__name__)

#: How far below live talk the operating system ranks this process: as low as it can. At 10 live work beside two busy
#: threads still took a quarter longer, at 19 as long as alone. And the points of each track's picture.
NICE, POINTS = 19, 800


class Worker:
    """Dubs what it is told to on ``out``; ``lines`` are the commands."""

    def __init__(self, lines: IO[str], out: IO[str]) -> None:
        self._lines, self._out = lines, out
        self._engines: Engines | None = None
        self._stop = False

    async def run(self) -> None:
        """One dub after another until the input ends, or nobody reads the output any more."""
        with contextlib.suppress(BrokenPipeError):
            await self._run()

    async def _run(self) -> None:
        while line := await asyncio.to_thread(self._lines.readline):
            command = json.loads(line)
            if not isinstance(command, dict):
                continue  # an answer that came after its dub had ended
            self._stop = False
            try:
                await self._dub(command)
                self._say(done=True)
            except BrokenPipeError:
                raise
            except Stopped as stopped:
                self._say(failed=str(stopped), stopped=True)
            except (BadInput, EngineFailed, UnsupportedLanguage, ModelFault) as error:
                self._say(failed=_sentence(error, command["name"]), stopped=False)
            except Exception as error:
                log.exception("a dub broke")
                self._say(failed=f"The dub broke ({type(error).__name__}); what is ready is kept.", stopped=True)

    async def _dub(self, command: dict[str, Any]) -> None:
        folder = Path(command["dub"])
        clip = await asyncio.to_thread(read_clip, folder / "clip", name=command["name"])
        if self._engines is None:
            self._engines = await asyncio.to_thread(engines_for, from_env())
        means = Means(
            self._engines,
            Store(folder / "made"),
            progress=lambda step: self._say(step=asdict(step)),
            cancelled=lambda: self._stop,
            give_way=self._ask,
        )
        timeline = await dubbed(clip, means, command["to"], parsed(command["edits"]))
        await asyncio.to_thread(keep, timeline, clip.sound, folder)

    async def _ask(self) -> None:
        """Wait until the service says that we may go on."""
        self._say(ask=True)
        answer = await asyncio.to_thread(self._lines.readline)
        self._stop = not answer or json.loads(answer) == "stop"

    def _say(self, **message: Any) -> None:
        print(json.dumps(message, ensure_ascii=False), file=self._out, flush=True)


def keep(timeline: Timeline, original: Pcm, folder: Path) -> None:
    """Everything the page shows and gives away, under ``folder``."""
    assert timeline.sound is not None
    picture = {"original": peaks(original), "dub": peaks(timeline.sound)}
    files = {
        "original.wav": original.wav(),
        "dub.wav": timeline.sound.wav(),
        "timeline.json": timeline.json().encode(),
        "subtitles.srt": subtitles(timeline, "srt").encode(),
        "subtitles.vtt": subtitles(timeline, "vtt").encode(),
        "picture.json": json.dumps(picture).encode(),
    }
    for name, data in files.items():
        write_whole(folder / name, data)


def peaks(sound: Pcm, points: int = POINTS) -> list[float]:
    """The loudest sample of each of ``points`` stretches, in [0, 1]."""
    parts: list[Floats] = np.array_split(np.abs(sound.floats), points)
    return [round(float(part.max(initial=0.0)), 3) for part in parts]


def _sentence(error: Exception, name: str) -> str:
    said = str(error)
    start = said[:1] if said.startswith(name) else said[:1].upper()
    return start + said[1:] + ("" if said.endswith((".", "?")) else ".")


def main() -> int:
    os.nice(NICE)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not come between our lines
    asyncio.run(Worker(sys.stdin, out).run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
