"""All routes for programs, on one app: mounted before the page, which takes every address that is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from izwi.api import chat, operations, problems, speech, standing, transcriptions
from izwi.api.access import Room
from izwi.service.call import Service

PARTS = (standing, operations, speech, transcriptions, chat)
DESCRIPTION = (
    "Izwi speaks, listens and answers in Shona and English. The addresses under /v1 are OpenAI's, so its clients work "
    "when they are pointed here; /v1/tts and /v1/chat are Izwi's own streams. A key comes from `izwi keys add`."
)


def mount_api(app: FastAPI, service: Service, warming: Callable[[], list[dict[str, Any]]]) -> None:
    """Add every route to ``app``, and its description at ``/openapi.json``."""
    app.state.service, app.state.room, app.state.warming = service, Room(service.settings.talkers), warming
    problems.install(app)
    for part in PARTS:
        app.include_router(part.router)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return described(app)

    known = [route for part in PARTS for route in part.router.routes if isinstance(route, APIRoute)]

    @app.api_route("/v1/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def nothing(request: Request) -> None:
        """What is left under /v1 is refused as everything here is, before the page's own app answers for it."""
        ways = {way for route in known if route.path_regex.match(request.url.path) for way in route.methods or ()}
        if ways:
            raise HTTPException(405, "This address takes another method.", {"Allow": ", ".join(sorted(ways))})
        raise HTTPException(404, "There is nothing at this address.")


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI of ``app``. Wrong requests are answered with 400 here, never FastAPI's 422."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version="1", description=DESCRIPTION, routes=app.routes)
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("422", None)
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema
