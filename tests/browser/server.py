"""The server that the browser tests talk to: the real app on the embedded engines.

While no embedded weights are here, a stand-in hears how long somebody spoke and answers with a fixed line; the voice is
real either way. ``--slow S`` takes S seconds to warm up and ``--broken`` then fails, as a missing model would.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from izwi.assembly import assemble
from izwi.audio import Pcm
from izwi.engines import Cancelled, Cost, Engines, Message, TokenChunk, TranscriptChunk, never
from izwi.hub.faults import ModelFault
from izwi.hub.readiness import Readiness
from izwi.service import web
from izwi.service.handler import Service
from izwi.settings import from_env
from izwi.tts.espeak import EspeakVoice

LINES = {
    "sn": "Ndafara kukunzwai. Zuva rakanaka nhasi, uye mhepo iri kutonhorera. Ko imi makadii kumba kwenyu?",
    "en": "I am glad to hear you. It is a fine day, and the wind is cool. How are you and how is your family?",
}


@dataclass
class StandInEar:
    name: str = "stand-in ear"
    languages: frozenset[str] = frozenset({"sn", "en"})
    cost: Cost = field(default_factory=Cost)

    async def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        yield TranscriptChunk(f"{speech.seconds:.1f} seconds of speech", language or "en", final=True)


@dataclass
class StandInMind:
    name: str = "stand-in mind"
    languages: frozenset[str] = frozenset({"sn", "en"})
    cost: Cost = field(default_factory=Cost)

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        for word in LINES[language].split():
            await asyncio.sleep(0.01)
            yield TokenChunk(word + " ")

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        return


def engines(readiness: Readiness) -> Engines:
    try:
        return assemble(from_env(), readiness)
    except ModelFault as fault:
        return Engines(StandInEar(), StandInMind(), EspeakVoice(), notices=[f"A stand-in answers. {fault}"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--broken", action="store_true")
    given = parser.parse_args()
    settings, readiness = from_env(), Readiness()
    service = Service(settings)

    def begin() -> Engines:
        readiness.set("whisper-micro", "asr", "download", 0.4)
        time.sleep(given.slow)
        if given.broken:
            raise RuntimeError("The file model.bin of whisper-micro is missing.")
        return engines(readiness)

    def warming() -> list[dict[str, Any]]:
        return [web.warming_entry(item) for item in readiness.snapshot()]

    door = web.listen(settings)
    web.warm(service, begin)
    web.run(web.create_app(service, warming), door)


if __name__ == "__main__":
    main()
