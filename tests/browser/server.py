"""The server that the browser tests talk to: the real app on the embedded engines.

``--slow S`` takes S seconds more to warm up, and ``--broken`` then fails, as a missing model would.
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


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--broken", action="store_true")
    given = parser.parse_args()
    settings, readiness = from_env(), Readiness()
    service = Service(settings)

    def begin() -> Engines:
        readiness.set("izwi-micro-whisper", "asr", "download", 0.4)
        time.sleep(given.slow)
        if given.broken:
            raise RuntimeError("The file model.bin of izwi-micro-whisper is missing.")
        return assemble(settings, readiness)

    def warming() -> list[dict[str, Any]]:
        return [web.warming_entry(item) for item in readiness.snapshot()]

    door = web.listen(settings)
    web.warm(service, begin)
    web.run(web.create_app(service, warming), door)


if __name__ == "__main__":
    main()
