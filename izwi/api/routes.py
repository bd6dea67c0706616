"""All routes for programs, on one app: mounted before the page, which takes every address that is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from izwi.api import chat, operations, problems, speech, standing, transcriptions
from izwi.api.access import Room
from izwi.service.call import Service

DESCRIPTION = (
    "Izwi speaks, listens and answers in Shona and English. The addresses under /v1 are OpenAI's, so its clients work "
    "when they are pointed here; /v1/tts and /v1/chat are Izwi's own streams. A key comes from `izwi keys add`."
)


def mount_api(app: FastAPI, service: Service, warming: Callable[[], list[dict[str, Any]]]) -> None:
    """Add every route to ``app``, and its description at ``/openapi.json``."""
    app.state.service, app.state.room, app.state.warming = service, Room(service.settings.talkers), warming
    problems.install(app)
    for part in (standing, operations, speech, transcriptions, chat):
        app.include_router(part.router)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return described(app)


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
