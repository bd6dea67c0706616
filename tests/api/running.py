"""The real app on a real port of loopback, in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from izwi.engines import Engines
from izwi.security.keys import make
from izwi.service.call import Service
from izwi.service.web import create_app
from izwi.settings import Settings


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[str]:
    """``app`` behind uvicorn; gives its address."""
    door = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(app, log_level="error", proxy_headers=False, timeout_graceful_shutdown=1, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: server.run(sockets=[door]), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        door.close()


def key_for(service: Service, *scopes: str, **limits: float) -> str:
    """A fresh key of ``service``."""
    shown, key = make("test", scopes or ("talk", "tts", "asr", "chat"), **limits)
    service.guard.keys.add(key)
    return shown


def service_with(engines: Engines | None, settings: Settings) -> Service:
    """A service whose engines are there already, or never come."""
    service = Service(settings)
    if engines is not None:
        service.engines.set_result(engines)
    return service


@dataclass(frozen=True)
class Running:
    """An Izwi that serves."""

    address: str
    service: Service
    app: FastAPI

    def key(self, *scopes: str) -> dict[str, str]:
        """The header that brings a fresh key of these scopes."""
        return {"Authorization": f"Bearer {key_for(self.service, *scopes)}"}


@contextmanager
def izwi(engines: Engines, settings: Settings, port: int = 0) -> Iterator[Running]:
    """An Izwi on ``engines``."""
    service = service_with(engines, settings)

    async def make() -> FastAPI:  # Gradio asks for an event loop, and would leave one behind
        return create_app(service)

    app = asyncio.run(make())
    with serving(app, port) as address:
        yield Running(address, service, app)
