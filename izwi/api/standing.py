"""How things stand, for programs: the models there are, whether we live, whether we are ready, and a warm-up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from izwi.api.access import AGAIN, TheEngines, TheService, engines_of, needs
from izwi.api.names import model_names
from izwi.api.problems import RESPONSES, Problem
from izwi.engines import Engines
from izwi.loaders import warm_engines

router = APIRouter(tags=["standing"])

#: When this process began, for ``/v1/models``.
_SINCE = int(time.time())


class Alive(BaseModel):
    """The server answers."""

    status: Literal["ok"] = "ok"


class Warming(BaseModel):
    """How far one model is: its condition, the fraction of it that is done, and a sentence."""

    name: str
    condition: str = ""
    fraction: float = 0.0
    text: str = ""


class Ready(BaseModel):
    """Whether conversations can begin; if not, what is still warming, or why it never will."""

    ready: bool
    text: str
    profile: str = ""
    warming: list[Warming] = []
    notices: list[str] = []


class ModelCard(BaseModel):
    """One name a client may give as ``model``."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "izwi"


class ModelList(BaseModel):
    """OpenAI's list."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class Warmed(BaseModel):
    """Seconds that the first use of each engine took."""

    seconds: dict[str, float]


@router.get("/healthz")
async def healthz() -> Alive:
    """Whether the process answers. Says nothing about the models."""
    return Alive()


@router.get("/readyz", response_model=Ready, responses={503: {"model": Ready, "description": "Not ready yet."}})
async def readyz(request: Request, service: TheService) -> JSONResponse:
    """Whether conversations can begin; 503 while they cannot, with what is still warming."""
    warming: Callable[[], list[dict[str, Any]]] = request.app.state.warming
    models = [Warming.model_validate(entry) for entry in warming()]
    if service.door.closed:
        return JSONResponse(Ready(ready=False, text="Izwi is being restarted.").model_dump(), 503)
    try:
        engines = engines_of(service)
    except Problem as problem:
        body = Ready(ready=False, text=problem.text, warming=models)
        return JSONResponse(body.model_dump(), 503, {"Retry-After": str(AGAIN)} if problem.after else None)
    notices = list(engines.notices)
    return JSONResponse(Ready(ready=True, text="Ready.", profile=engines.profile, notices=notices).model_dump())


def _names(engines: Engines) -> list[str]:
    return list(dict.fromkeys(name for role in ("llm", "asr", "tts") for name in model_names(engines, role)))


@router.get(
    "/v1/models",
    dependencies=[Depends(needs(""))],
    responses={status: answer for status, answer in RESPONSES.items() if status in (401, 403, 429, 503)},
)
async def models(engines: TheEngines) -> ModelList:
    """Every name the other routes take as ``model``."""
    return ModelList(data=[ModelCard(id=name, created=_SINCE) for name in _names(engines)])


@router.get(
    "/v1/models/{name:path}",
    dependencies=[Depends(needs(""))],
    responses={status: answer for status, answer in RESPONSES.items() if status in (400, 401, 403, 404, 429, 503)},
)
async def model(name: Annotated[str, Path(max_length=100)], engines: TheEngines) -> ModelCard:
    """One of those names, if it is one."""
    if name not in _names(engines):
        raise Problem(404, "model_not_found", "There is no such model; GET /v1/models lists them.", "model")
    return ModelCard(id=name, created=_SINCE)


@router.post("/v1/admin/warmup", dependencies=[Depends(needs("admin"))], responses=RESPONSES)
async def warmup(engines: TheEngines) -> Warmed:
    """Use every engine once, so that the next talker meets warm code."""
    return Warmed(seconds=await warm_engines(engines))
