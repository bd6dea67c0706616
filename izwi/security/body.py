"""How long a request may be, how long its body may take to come, and the addresses that are closed."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bytes of a body, by the beginning of its path; the last is everybody's. Multipart adds a little to a file.
LIMITS = (("/v1/audio/transcriptions", 26 * 1024 * 1024), ("/dub", 129 * 1024 * 1024), ("/", 1024 * 1024))
#: Bytes of an address, and seconds between two pieces of a body.
LONGEST_ADDRESS, PATIENCE = 8192, 20.0
#: Gradio's own API: it takes uploads, hands out files and fetches addresses for others, and our page needs none of it.
CLOSED = ("/gradio_api", "/monitoring", "/login", "/logout", "/config")


class RequestLimits:
    """ASGI middleware around the whole app; a body that is too long is not read to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"].startswith(CLOSED):
            return await send({"type": "websocket.close", "code": 4404})
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if refusal := self._refusal(scope):
            return await refusal(scope, receive, send)
        limit = _limit(scope["path"])
        came, complete = 0, False

        async def counted() -> Message:
            nonlocal came, complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout(PATIENCE):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The body did not come in time.") from None
            came += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if came > limit:
                raise HTTPException(413, _too_long(limit))
            return message

        await self.app(scope, counted, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        path: str = scope["path"]
        if path.startswith(CLOSED):
            return _answer(404, "not_found", "There is nothing here.")
        if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > LONGEST_ADDRESS:
            return _answer(414, "too_long", "The address is too long.")
        said = Headers(scope=scope).get("content-length", "0")
        if not said.isdecimal() or int(said) > _limit(path):
            return _answer(413, "too_long", _too_long(_limit(path)))
        return None


def _limit(path: str) -> int:
    return next(limit for start, limit in LIMITS if path.startswith(start))


def _too_long(limit: int) -> str:
    return f"The body may have at most {limit // 1024:,} kB here."


def _answer(status: int, code: str, text: str) -> JSONResponse:
    error = {"message": text, "type": "invalid_request_error", "param": None, "code": code}
    return JSONResponse({"error": error}, status, {"connection": "close"} if status == 413 else None)
