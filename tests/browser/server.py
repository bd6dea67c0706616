"""The server that the browser tests talk to: the real app on the embedded engines.

``--slow S`` takes S seconds more to warm up, and ``--broken`` then fails, as a missing model would. ``--heavy`` has a
voice, besides, of which this machine has learned that it is too slow.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from izwi.assembly import assemble
from izwi.engines import Engines
from izwi.hub.readiness import Readiness
from izwi.service import web
from izwi.service.handler import Service
from izwi.settings import from_env
from izwi.tts.attempt import Rung
from izwi.tts.estimates import Estimates
from izwi.tts.ladder import Ladder, Preferring
from izwi.tts.remote import RemoteVoice


def with_heavy_voice(engines: Engines) -> Engines:
    """A ladder as a full profile has it: first a voice that took 20 s for each second of speech."""
    estimates, heavy = Estimates(), RemoteVoice("http://127.0.0.1:9", frozenset({"en"}), "qwen3-tts-0.6b")
    estimates.learn(heavy.name, "en", "Good morning, how did you sleep?", first=6.0, whole=60.0, speech=3.0)
    ladder = Ladder([Rung(heavy), Rung(engines.tts, trusted=True)], estimates=estimates)
    engines.tts, own = ladder, engines.voices
    engines.voices = {**{name: Preferring(ladder, name) for name in ladder.rungs}, **own}
    return engines


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--broken", action="store_true")
    parser.add_argument("--heavy", action="store_true")
    given = parser.parse_args()
    settings, readiness = from_env(), Readiness()
    service = Service(settings)

    def begin() -> Engines:
        readiness.set("izwi-micro-whisper", "asr", "download", 0.4)
        time.sleep(given.slow)
        if given.broken:
            raise RuntimeError("The file model.bin of izwi-micro-whisper is missing.")
        engines = assemble(settings, readiness)
        return with_heavy_voice(engines) if given.heavy else engines

    def warming() -> list[dict[str, Any]]:
        return [web.warming_entry(item) for item in readiness.snapshot()]

    door = web.listen(settings)
    web.warm(service, begin)
    web.run(web.create_app(service, warming), door)


if __name__ == "__main__":
    main()
