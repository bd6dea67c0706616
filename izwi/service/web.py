"""The web app: the page, the WebRTC line, how things stand, and the server around them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import secrets
import socket
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from izwi.api.routes import mount_api
from izwi.engines import Engines
from izwi.faults import BadInput
from izwi.hub.readiness import Item, Readiness
from izwi.ops.logs import set_up as set_up_logs
from izwi.ops.traces import traces
from izwi.security.body import RequestLimits
from izwi.security.headers import SecurityHeaders
from izwi.security.talker import Refused
from izwi.service.dubbing import mount_dubs
from izwi.service.gauges import gauges
from izwi.service.handler import Service
from izwi.service.keeper import Keeper
from izwi.service.line import BadOffer, Line, Offer
from izwi.service.protocol import LONGEST_MESSAGE
from izwi.service.server import Server
from izwi.service.socket import Sockets
from izwi.service.transport import WebSocketProtocol
from izwi.service.voices import attend, offered
from izwi.sessions.choice import session_store
from izwi.settings import Settings
from izwi.ui.page import mount_page
from izwi.watchdog import RESTARTS

log = logging.getLogger(__name__)

#: Threads for parked ``emit`` calls and small blocking work. The default (6 on two cores) starves the third talker.
THREADS = 64
#: Seconds that open requests get to finish after Ctrl-C.
GRACE = 1
#: What a page may call its connection.
NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def create_app(
    service: Service, warming: Callable[[], list[dict[str, Any]]] = list, keeper: Keeper | None = None
) -> FastAPI:
    """The app. ``warming`` tells how far each model is: name, condition, fraction in [0, 1] and a sentence."""
    line = Line(service)
    sockets = Sockets(service, line.drop)
    service.metrics.ask(lambda: gauges(service))

    async def hang_up() -> None:
        await asyncio.gather(line.close(), sockets.close())

    if keeper:
        keeper.hang_up = hang_up

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "izwi"))
        keeping = asyncio.create_task(keeper.run()) if keeper else None
        voices = asyncio.create_task(attend(service))
        yield
        if keeping:
            keeping.cancel()
        voices.cancel()
        await asyncio.gather(hang_up(), dubs.close())
        await asyncio.gather(voices, return_exceptions=True)
        await service.sessions.close()
        if service.contributions is not None:
            await service.contributions.close()
        await asyncio.to_thread(service.guard.close)
        await asyncio.to_thread(service.traces.close)

    app = FastAPI(title="Izwi", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)

    mount_lines(app, service, line, sockets)

    @app.get("/status", include_in_schema=False)
    async def status() -> dict[str, Any]:
        standing = {"talkers": service.door.taken, "limit": service.door.limit, "language": service.settings.language}
        standing["contributions"] = service.contributions is not None
        return {**standing, **_engines(service), "warming": warming()}

    mount_api(app, service, warming)
    dubs = mount_dubs(app, service)
    mount_page(app)
    app.add_middleware(RequestLimits)
    app.add_middleware(SecurityHeaders, origins=service.guard.origins)
    return app


def mount_lines(app: FastAPI, service: Service, line: Line, sockets: Sockets) -> None:
    """The addresses by which a conversation is begun."""

    @app.post("/webrtc/offer", include_in_schema=False)
    async def offer(body: Offer, request: Request) -> Any:
        if not NAME.fullmatch(body.webrtc_id):  # it will stand in logs
            return JSONResponse({"status": "failed", "meta": {"error": "bad_offer", "text": "That is no name."}}, 400)
        fresh = body.type == "offer" and not service.door.waits(body.webrtc_id)
        try:
            return await line.offer_from(service.guard.admit(request, count=fresh), body)
        except BadOffer as error:
            return JSONResponse({"status": "failed", "meta": {"error": "bad_offer", "text": str(error)}}, 400)
        except Refused as no:
            return JSONResponse(
                {"status": "failed", "meta": {"error": no.code, "text": no.text}}, no.status, no.headers
            )

    for path in ("/orchestrate", "/ws/audio"):
        app.add_api_websocket_route(path, sockets.serve)

    @app.get("/webrtc/ice", include_in_schema=False)
    async def ice() -> dict[str, Any]:
        return {"iceServers": await line.ice.servers()}


def _engines(service: Service) -> dict[str, Any]:
    """What the page may say about the engines: whether they are ready, which they are, or why there are none."""
    future = service.engines
    if not future.done():
        return {"ready": False, "failed": "", "notices": [], "voices": []}
    if error := future.exception():
        return {"ready": False, "failed": str(error), "notices": [], "voices": []}
    engines = future.result()
    standing = {"ready": True, "failed": "", "profile": engines.profile, "notices": engines.notices}
    return {**standing, "voices": offered(engines)}


def serve(settings: Settings, share: bool = False) -> int:
    """Serve the page until Ctrl-C; models warm up meanwhile. Raises ``BadInput`` if the port cannot be had."""
    from izwi.assembly import assemble

    set_up_logs(settings.log_format)
    readiness = Readiness()
    service = Service(settings, sessions=session_store(settings), traces=traces(settings.traces))
    keeper = Keeper(service)

    def warming() -> list[dict[str, Any]]:
        return [warming_entry(item) for item in readiness.snapshot()]

    door = listen(settings)
    warm(service, lambda: assemble(settings, readiness, wait=False))
    run(create_app(service, warming, keeper), door, share, lambda: keeper.drain(settings.drain_limit))
    if RESTARTS:  # a thread that hangs would be waited for, for ever
        sys.stdout.flush()
        os._exit(0)
    return 0


def warming_entry(item: Item) -> dict[str, Any]:
    """How far one model is, for the page."""
    return {"name": item.name, "condition": item.condition, "fraction": item.fraction, "text": item.sentence}


def warm(service: Service, assemble: Callable[[], Engines]) -> threading.Thread:
    """Resolve ``service.engines`` in the background, so that the page opens at once."""

    def work() -> None:
        try:
            service.engines.set_result(assemble())
        except Exception as error:
            log.warning("the models could not be started: %s", error)
            service.engines.set_exception(error)

    thread = threading.Thread(target=work, name="izwi-warm", daemon=True)
    thread.start()
    return thread


def run(
    app: FastAPI, door: socket.socket, share: bool = False, drain: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Serve ``app`` on ``door`` until Ctrl-C, or SIGTERM and what is to be done before; then connections are ended."""
    host, port = door.getsockname()[:2]
    name = "localhost" if host in ("0.0.0.0", "127.0.0.1", "::") else host
    print(f"Izwi is at http://{name}:{port} (Ctrl-C ends it)", flush=True)
    if share:
        threading.Thread(target=_share, args=(port,), name="izwi-share", daemon=True).start()
    config = uvicorn.Config(
        app,
        log_level="warning",
        log_config=None,  # its lines go where ours go
        timeout_graceful_shutdown=GRACE,
        lifespan="on",
        proxy_headers=False,  # whom to believe about addresses is the guard's to decide
        server_header=False,
        ws=WebSocketProtocol,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,
    )
    with contextlib.suppress(KeyboardInterrupt):
        Server(config, drain).run(sockets=[door])


def listen(settings: Settings) -> socket.socket:
    """A socket on the port of ``settings`` (0: any free one). Raises ``BadInput`` if it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        door = socket.create_server((settings.host, settings.port), family=family)
        # Those it accepts inherit this, which asyncio sets only on sockets made with a protocol number: without it the
        # second small packet of an answer waits 40 ms for the first one's acknowledgement.
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return door
    except OSError as error:
        raise BadInput(
            f"port {settings.port} cannot be used ({error.strerror}); choose another, e.g. IZWI_PORT=7861"
        ) from None


def _share(port: int) -> None:
    """A public link through Gradio's tunnel."""
    from gradio.networking import setup_tunnel

    try:
        link = setup_tunnel("127.0.0.1", port, secrets.token_urlsafe(32), None, None)
    except Exception:
        print("No public link: Gradio's share service cannot be reached. The page works on this machine.", flush=True)
    else:
        print(f"Anyone with this link can talk to Izwi for 72 hours: {link}", flush=True)
