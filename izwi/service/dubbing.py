"""The page's addresses for dubbing: a clip in, how it stands, edits, and what came of it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from izwi.dub.edits import parsed
from izwi.faults import BadInput
from izwi.languages import languages
from izwi.security.talker import Talker
from izwi.service.call import Service
from izwi.service.dubs import FILES, Dubs, Job

#: A clip is somebody's own: no cache keeps any of it.
FRESH = {"cache-control": "no-store"}

router = APIRouter(prefix="/dub", include_in_schema=False)


def mount_dubs(app: FastAPI, service: Service) -> Dubs:
    """Add the addresses under ``/dub`` to ``app``, whose ``state.service`` is set."""
    app.state.dubs = Dubs(lambda: talking(service))
    app.include_router(router)
    dubs: Dubs = app.state.dubs
    return dubs


async def _dubs(request: Request) -> Dubs:
    dubs: Dubs = request.app.state.dubs
    return dubs


async def _asks(request: Request) -> Talker:
    """Who wants work done: a request of theirs, as on every other route. Raises ``Refused``."""
    service: Service = request.app.state.service
    return service.guard.admit(request)


async def _looks(request: Request) -> Talker:
    """Who goes on with what they asked for: the page looks twice a second. Raises ``Refused``."""
    service: Service = request.app.state.service
    return service.guard.admit(request, count=False)


TheDubs = Annotated[Dubs, Depends(_dubs)]
Asks = Annotated[Talker, Depends(_asks)]


@router.post("")
async def begin(request: Request, dubs: TheDubs, talker: Asks, to: str = "", name: str = "clip") -> Response:
    try:
        if to not in ("", *languages()):
            raise BadInput(f"Izwi does not speak '{to}'.")
        job = await dubs.take(request.stream(), name, to, talker.holder)
    except BadInput as error:
        return _no(400, str(error))
    return JSONResponse(job.standing(), 201, FRESH)


@router.get("/{id}", dependencies=[Depends(_looks)])
async def standing(id: str, dubs: TheDubs) -> Response:
    return _of(dubs.find(id))


@router.post("/{id}", dependencies=[Depends(_asks)])
async def again(id: str, request: Request, dubs: TheDubs) -> Response:
    if (job := dubs.find(id)) is None:
        return _of(None)
    if job.state in ("waiting", "working"):
        return _no(409, "This clip is being dubbed already.")
    try:
        edits: Any = await request.json()
        parsed(edits)
    except BadInput as error:
        return _no(400, str(error))
    except (ValueError, RecursionError):
        return _no(400, "The changes are not JSON.")
    job.edits = edits
    dubs.start(job)
    return _of(job)


@router.delete("/{id}", dependencies=[Depends(_looks)])
async def stop(id: str, dubs: TheDubs, forget: bool = False) -> Response:
    if (job := dubs.find(id)) is not None:
        (dubs.forget if forget else dubs.stop)(job)
    return _of(job)


@router.get("/{id}/{file}", dependencies=[Depends(_looks)])
async def fetch(id: str, file: str, dubs: TheDubs) -> Response:
    job = dubs.find(id)
    if job is None or file not in FILES or not (job.folder / file).exists():
        return _of(None)
    return FileResponse(job.folder / file, media_type=FILES[file], headers=FRESH)


def talking(service: Service) -> bool:
    """Whether somebody talks with Izwi now: speaks, waits for an answer or hears one."""
    conversations = (call.conversation for call in service.calls)
    return any(conversation is not None and conversation.state.name != "idle" for conversation in conversations)


def _of(job: Job | None) -> Response:
    return _no(404, "This clip is not here any more.") if job is None else JSONResponse(job.standing(), headers=FRESH)


def _no(status: int, text: str) -> Response:
    return JSONResponse({"text": text}, status, FRESH)
