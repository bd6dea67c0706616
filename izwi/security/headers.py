"""What every answer carries, so that a browser does with it what was meant and nothing else; and CORS, strictly.

Gradio, which serves the page, would let every other site read its answers; its word on that is taken out here.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from izwi.security.origins import Origins

#: For answers that are no page: nothing in them may be run, shown in a frame or load anything.
NOTHING = "default-src 'none'; frame-ancestors 'none'"
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=(), display-capture=(), payment=(), usb=()",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000",
}
METHODS = "GET, POST, DELETE"
ASKED = "authorization, content-type"
#: Answers under these are about somebody or about now: no cache keeps them.
PRIVATE = ("/v1/", "/status", "/webrtc/", "/readyz", "/healthz", "/metrics")


class SecurityHeaders:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self.app, self.origins = app, origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        asked = Headers(scope=scope)
        origin = asked.get("origin", "")

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._headers(message, scope["path"], origin)}
            await send(message)

        if scope["method"] == "OPTIONS" and "access-control-request-method" in asked:
            return await self._preflight(origin)(scope, receive, answered)
        await self.app(scope, receive, answered)

    def _preflight(self, origin: str) -> PlainTextResponse:
        if not self.origins.allows(origin):
            return PlainTextResponse("This origin may not use Izwi.", 403)
        allowed = {"access-control-allow-methods": METHODS, "access-control-allow-headers": ASKED}
        return PlainTextResponse("", 204, {**allowed, "access-control-max-age": "600"})

    def _headers(self, message: Message, path: str, origin: str) -> list[tuple[bytes, bytes]]:
        ours = (b"access-control-allow-methods", b"access-control-allow-headers", b"access-control-max-age")
        kept = [
            (name, value)
            for name, value in message.get("headers", [])
            if not name.lower().startswith(b"access-control-") or (name in ours and message["status"] == 204)
        ]
        headers = MutableHeaders(raw=kept)
        for name, value in ALWAYS.items():
            headers.setdefault(name, value)
        if not headers.get("content-type", "").startswith(("text/html", "text/css", "text/javascript")):
            headers.setdefault("content-security-policy", NOTHING)
        if path.startswith(PRIVATE):
            headers.setdefault("cache-control", "no-store")
        if self.origins.allows(origin):
            headers["access-control-allow-origin"] = origin
            headers["cross-origin-resource-policy"] = "cross-origin"
        headers.add_vary_header("Origin")
        return headers.raw
