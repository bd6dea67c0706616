"""The server under test, in its own process: ``python -m izwi.bench.host izwi|governed|stock PORT SHAPES``."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import uvicorn

from izwi.engines import Engines
from izwi.settings import Settings, from_env


def engines(settings: Settings, shapes: str) -> Engines:
    """The profile's engines, or engines of ``shapes`` with random weights."""
    if shapes == "embedded":
        from izwi.assembly import assemble

        return assemble(settings)
    from izwi.bench.shapes import engines_of

    return engines_of(shapes, settings)


def main(kind: str, port: int, shapes: str) -> None:
    os.environ["IZWI_PROFILE"] = "embedded"  # for the worker that dubs, too
    settings = replace(from_env(), greet=False, talkers=8)
    made = engines(settings, shapes)
    if kind == "stock":
        from izwi.bench.stock import create_app

        app = create_app(made, settings.talkers)
    else:
        from izwi.service.handler import Service
        from izwi.service.web import create_app as create_izwi

        if kind == "governed":
            from izwi.service.keeper import Keeper

            settings = replace(settings, talkers=from_env().talkers, metrics="open", hang_limit=0.0)
        service = Service(replace(settings, public_requests=0, public_talk=0.0, public_connections=0))
        service.engines.set_result(made)
        app = create_izwi(service, keeper=Keeper(service) if kind == "governed" else None)
    print("ready", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
