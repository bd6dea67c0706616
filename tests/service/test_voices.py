"""The voices beside the server: what the page is told of them, and who looks after them."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from izwi.engines import Engines
from izwi.service.voices import attend, offered
from izwi.tts.estimates import Estimates
from izwi.tts.ladder import Ladder, Preferring
from tests.tts.scripted import TEXT, Scripted, rungs
from tests.tts.virtual import run


class Ending(Scripted):
    """Says whether it was let go of."""

    closed = False

    async def close(self) -> None:
        self.closed = True


def served(ladder: Ladder, taken: int = 0) -> Any:
    """A service as far as the voices know it."""
    engines: Future[Engines] = Future()
    names: Any = {name: Preferring(ladder, name) for name in ladder.rungs}
    engines.set_result(Engines(asr=None, llm=None, tts=ladder, voices=names))  # type: ignore[arg-type]
    return SimpleNamespace(engines=engines, door=SimpleNamespace(taken=taken))


def test_page_is_told_what_the_machine_cannot_afford() -> None:
    async def main() -> None:
        estimates = Estimates()
        estimates.learn("heavy", "sn", TEXT, 6.0, 60.0, 3.0)
        ladder = Ladder(rungs([Scripted("heavy", 200), Scripted("light", 400)]), estimates=estimates)
        heavy, light = offered(served(ladder).engines.result())
        assert heavy == {
            "id": "heavy",
            "name": "heavy",
            "languages": ["en", "sn"],
            "note": "20× slower than real time here: off",
            "affordable": False,
        }
        assert (light["note"], light["affordable"]) == ("", True)

    run(main())


@pytest.mark.parametrize("taken", [0, 1])
def test_skipped_voices_are_tried_while_nobody_talks(taken: int, tmp_path: Path) -> None:
    async def main() -> None:
        slow, last = Ending("slow", 200, first=1e6), Ending("last", 400)
        ladder = Ladder(rungs([slow, last]), estimates=Estimates(tmp_path / "voices.json"))
        for _ in range(2):
            async for _ in ladder.synthesize_stream(TEXT, "sn"):
                pass
        calls = slow.calls
        attending = asyncio.create_task(attend(served(ladder, taken)))
        await asyncio.sleep(100)
        assert (slow.calls > calls) == (not taken)
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)
        assert slow.closed
        assert last.closed
        assert (tmp_path / "voices.json").is_file()

    run(main())


def test_no_engines_yet_is_no_trouble() -> None:
    async def main() -> None:
        attending = asyncio.create_task(attend(SimpleNamespace(engines=Future())))  # type: ignore[arg-type]
        await asyncio.sleep(100)
        assert not attending.done()
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)

    run(main())
