"""The page's addresses for dubbing: a clip in, how it stands, edits, and what came of it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from izwi.dub.edits import parsed
from izwi.faults import BadInput
from izwi.languages import languages
from izwi.security.talker import Refused
from izwi.service.call import Service
from izwi.service.dubs import FILES, Dubs, Job

#: A clip is somebody's own: no cache keeps any of it.
FRESH = {"cache-control": "no-store"}


def mount_dubs(app: FastAPI, service: Service) -> Dubs:
    """Add the addresses under ``/dub`` to ``app``."""
    dubs = Dubs(lambda: talking(service))

    @app.post("/dub", include_in_schema=False)
    async def begin(request: Request, to: str = "", name: str = "clip") -> Response:
        try:
            service.guard.admit(request)
            if to not in ("", *languages()):
                raise BadInput(f"Izwi does not speak '{to}'.")
            job = await dubs.take(request.stream(), name, to)
        except Refused as no:
            return JSONResponse({"text": no.text}, no.status, no.headers)
        except BadInput as error:
            return _no(400, str(error))
        return JSONResponse(job.standing(), 201, FRESH)

    @app.get("/dub/{id}", include_in_schema=False)
    async def standing(id: str) -> Response:
        return _of(dubs.find(id))

    @app.post("/dub/{id}", include_in_schema=False)
    async def again(id: str, request: Request) -> Response:
        if (job := dubs.find(id)) is None:
            return _of(None)
        if job.state in ("waiting", "working"):
            return _no(409, "This clip is being dubbed already.")
        try:
            edits: Any = await request.json()
            parsed(edits)
        except BadInput as error:
            return _no(400, str(error))
        except ValueError:
            return _no(400, "The changes are not JSON.")
        job.edits = edits
        dubs.start(job)
        return _of(job)

    @app.delete("/dub/{id}", include_in_schema=False)
    async def stop(id: str, forget: bool = False) -> Response:
        if (job := dubs.find(id)) is not None:
            (dubs.forget if forget else dubs.stop)(job)
        return _of(job)

    @app.get("/dub/{id}/{file}", include_in_schema=False)
    async def fetch(id: str, file: str) -> Response:
        job = dubs.find(id)
        if job is None or file not in FILES or not (job.folder / file).exists():
            return _of(None)
        return FileResponse(job.folder / file, media_type=FILES[file], headers=FRESH)

    return dubs


def talking(service: Service) -> bool:
    """Whether somebody talks with Izwi now: speaks, waits for an answer or hears one."""
    conversations = (call.conversation for call in service.calls)
    return any(conversation is not None and conversation.state.name != "idle" for conversation in conversations)


def _of(job: Job | None) -> Response:
    return _no(404, "This clip is not here any more.") if job is None else JSONResponse(job.standing(), headers=FRESH)


def _no(status: int, text: str) -> Response:
    return JSONResponse({"text": text}, status, FRESH)
