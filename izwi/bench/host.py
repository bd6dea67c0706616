"""The server under test, in its own process: ``python -m izwi.bench.host izwi|stock PORT SHAPES``."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

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
    settings = replace(from_env(), greet=False, profile="embedded", talkers=8)
    made = engines(settings, shapes)
    if kind == "stock":
        from izwi.bench.stock import create_app

        app = create_app(made, settings.talkers)
    else:
        from izwi.service.handler import Service
        from izwi.service.web import create_app as create_izwi

        service = Service(settings)
        service.engines.set_result(made)
        app = create_izwi(service)
    print("ready", flush=True)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
