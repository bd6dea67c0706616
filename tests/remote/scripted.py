"""A server that misbehaves to order, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse


def chunk(text: str) -> str:
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': text}}]})}\n\n"


@dataclass
class Scripted:
    """What each request gets, in turn (the last goes on): a status, or one of the words below. ``asked`` are bodies."""

    script: list[int | str]
    asked: list[Any] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    closed: int = 0  # connections that their clients closed in the middle of an endless answer
    up: bool = True

    def app(self) -> FastAPI:
        app = FastAPI()
        turns = self._turns()

        @app.get("/v1/models")
        async def models() -> Response:
            return JSONResponse({"data": [{"id": "x", "owned_by": "me"}]}, 200 if self.up else 503)

        @app.post("/{path:path}")
        async def any_route(path: str, request: Request) -> Response:
            self.headers.append(dict(request.headers))
            kind = request.headers.get("content-type", "")
            if "json" in kind:
                self.asked.append(await request.json())
            else:
                async with request.form() as form:
                    self.asked.append({name: value for name, value in form.items() if isinstance(value, str)})
            return await self._answer(next(turns) if self.up else 503)

        return app

    def _turns(self) -> Iterator[int | str]:
        yield from self.script
        while True:
            yield self.script[-1]

    async def _answer(self, what: int | str) -> Response:
        match what:
            case "reply":
                return StreamingResponse(_all(chunk("Good "), chunk("morning."), "data: [DONE]\n\n"))
            case "break":
                return StreamingResponse(_broken(chunk("Good morning my friend ")))
            case "garbage":
                return StreamingResponse(_all("data: {nonsense\n\n"))
            case "error":
                return StreamingResponse(_all('data: {"error": {"message": "private words"}}\n\n'))
            case "endless":
                return StreamingResponse(self._endless())
            case "hang":
                await asyncio.sleep(3600)
            case "redirect":
                return RedirectResponse("http://169.254.169.254/latest", 307)
            case "whisper":
                segment = {"avg_logprob": -0.1}
                return JSONResponse({"text": " Good  morning. ", "language": "english", "segments": [segment]})
            case "odd":
                return JSONResponse(["not", "an", "object"])
        return JSONResponse({"error": {"message": "private words", "code": "x"}}, int(what))

    async def _endless(self) -> AsyncIterator[str]:
        try:
            while True:
                yield chunk("word ")
                await asyncio.sleep(0.005)
        finally:
            self.closed += 1


async def _all(*parts: str) -> AsyncIterator[str]:
    for part in parts:
        yield part


async def _broken(part: str) -> AsyncIterator[str]:
    yield part
    raise ConnectionResetError("as ordered")
