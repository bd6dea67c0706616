"""A real server on loopback in the test's own event loop, with scripted engines, so that a test sees both sides."""

import asyncio
import contextlib
import gc
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from websockets.asyncio.client import ClientConnection, connect

from izwi.client import Client
from izwi.engines import Engines
from izwi.service.call import Service
from izwi.service.line import Line
from izwi.service.protocol import LONGEST_MESSAGE
from izwi.service.socket import Sockets
from izwi.service.transport import WebSocketProtocol
from izwi.service.web import mount_lines
from izwi.settings import Settings
from tests.dialogue.stage import Script, ScriptedAsr, ScriptedLlm, ScriptedVoice, Texts

SCHEMA = Path(__file__).parent.parent.parent / "docs" / "protocol.schema.json"
LONG = "word " * 60


@cache
def definitions() -> dict[str, Any]:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return dict(schema["$defs"])


@cache
def validator(side: str) -> Draft202012Validator:
    """For any message of one side: ``client`` or ``server``."""
    return Draft202012Validator({"$ref": f"#/$defs/{side}", "$defs": definitions()})


@cache
def kinds(side: str) -> dict[str, Draft202012Validator]:
    """The same for each type of message, which is quicker to check."""
    found = {}
    for reference in definitions()[side]["oneOf"]:
        entry = definitions()[reference["$ref"].removeprefix("#/$defs/")]
        found[entry["properties"]["type"]["const"]] = Draft202012Validator({**entry, "$defs": definitions()})
    return found


def check(side: str, message: dict[str, Any]) -> None:
    """Fails unless the schema has this message."""
    assert message["type"] in kinds(side), message
    errors = [error.message for error in kinds(side)[message["type"]].iter_errors(message)]
    assert not errors, (message, errors)


def scripted(data: Path, warm: bool = True, **settings: Any) -> Service:
    """A service whose engines do what a script says, without limits for the one address all tests come from."""
    script = Script(first_token=0.0, token_seconds=0.0, voice_first=0.0, voice_rate=0.0, replies={"long": LONG})
    free = {"public_requests": 0, "public_talk": 0, "public_connections": 0, "greet": False, "data": data}
    service = Service(Settings(**(free | settings)))
    if warm:
        service.engines.set_result(Engines(ScriptedAsr(script, Texts()), ScriptedLlm(script), ScriptedVoice(script)))
    return service


class Checked(Client):
    """A client of which every message, both ways, is one of the schema's."""

    async def _send(self, message: dict[str, Any]) -> None:
        check("client", message)
        await super()._send(message)

    async def _told(self, event: dict[str, Any]) -> None:
        check("server", event)
        await super()._told(event)


@dataclass
class Orchestra:
    """The server: its address and its inside."""

    url: str
    service: Service
    sockets: Sockets

    def client(self, **hello: Any) -> Client:
        return Checked(self.url, hello=hello)

    async def raw(self) -> ClientConnection:
        """A connection without any manners."""
        return await connect(self.url.replace("http", "ws") + "/orchestrate", max_size=None, compression=None)

    async def calm(self) -> None:
        """Wait until nobody is connected any more."""
        await eventually(lambda: not (self.sockets.live or self.service.door.taken or self.sockets.strangers))
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def serving(service: Service) -> AsyncIterator[Orchestra]:
    """Both lines."""
    line = Line(service)
    sockets = Sockets(service, line.drop)
    app = FastAPI()
    mount_lines(app, service, line, sockets)
    config = uvicorn.Config(
        app,
        log_level="critical",
        timeout_graceful_shutdown=1,
        lifespan="off",
        ws=WebSocketProtocol,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    door = socket.create_server(("127.0.0.1", 0))
    with contextlib.suppress(AttributeError):
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign]
    running = asyncio.create_task(server.serve([door]))
    await eventually(lambda: server.started)
    try:
        yield Orchestra(f"http://127.0.0.1:{door.getsockname()[1]}", service, sockets)
    finally:
        await asyncio.gather(sockets.close(), line.close())
        server.should_exit = True
        await running
        door.close()


async def eventually(true: Callable[[], object], patience: float = 30.0) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(patience):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def held() -> tuple[int, int]:
    """How many files and tasks there are now."""
    gc.collect()
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
