"""The page as Gradio serves it, and what it is made of: markup, style and script of ours, nothing from elsewhere."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
import warnings
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HERE = Path(__file__).parent
STATIC = HERE / "static"

#: What Gradio's own page would fetch from elsewhere: Google's fonts and an iframe script from a CDN.
ELSEWHERE = re.compile(r'<link\s[^>]*href="https?://[^>]*>|<script\s[^>]*src="https?://[^>]*>\s*</script>', re.S)
#: Belt and braces: the browser itself refuses anything that is not ours.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' blob: mediastream:; worker-src 'self' blob:; base-uri 'self'; "
    "form-action 'self'; object-src 'none'; frame-ancestors 'self' https://huggingface.co"
)
#: The page's colours before any style has arrived; the same as in izwi.css.
PAPER, PAPER_DARK, INK, INK_DARK = "#fbf5ec", "#191411", "#2a201a", "#f3e9dd"


def mount_page(app: FastAPI) -> None:
    """Serve the page at ``/`` of ``app``; every route of ``app`` must be there already."""
    static = f"page/{digest()}"
    app.mount(f"/{static}", _Forever(directory=STATIC), name="page")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):  # it leaves a debugging print in here
        warnings.simplefilter("ignore", DeprecationWarning)  # Gradio 5, which is pinned, speaks of Gradio 6
        gr.mount_gradio_app(app, blocks(), path="/", ssr_mode=False, show_api=False, favicon_path=STATIC / "icon.svg")
    app.add_middleware(_Ours, head=_head(static))


def digest() -> str:
    """Changes when any file of the page changes, so that browsers may keep what they have for ever."""
    content = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return content.hexdigest()[:12]


def blocks() -> gr.Blocks:
    """The page itself. Our markup is one component; the client script brings it to life."""
    with gr.Blocks(title="Izwi", theme=_theme(), analytics_enabled=False, fill_width=True) as page:
        gr.HTML(markup(), elem_id="page", padding=False)
    return page


def markup() -> str:
    """The page: the conversation, and the tabs beside it."""
    talk, *tabs = ((HERE / name).read_text("utf-8") for name in ("page.html", "dub.html", "mood.html"))
    return talk.replace("</main>", f"{''.join(tabs)}</main>")


def _theme() -> gr.themes.Base:
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
        body_background_fill=PAPER,
        body_background_fill_dark=PAPER_DARK,
        body_text_color=INK,
        body_text_color_dark=INK_DARK,
    )


def _head(static: str) -> str:
    return (
        f'<link rel="stylesheet" href="{static}/izwi.css"><link rel="stylesheet" href="{static}/dub.css">'
        f'<link rel="stylesheet" href="{static}/mood.css">'
        f'<script type="module" src="{static}/app.js"></script>'
        f'<script type="module" src="{static}/dub.js"></script>'
        f'<script type="module" src="{static}/mood.js"></script>'
        f'<script type="module" src="{static}/times.js"></script>'
        f'<script type="module" src="{static}/giving.js"></script>'
        '<meta name="description" content="Talk to Izwi in Shona or English.">'
        '<meta name="color-scheme" content="light dark">'
    )


class _Forever(StaticFiles):
    """Files whose address changes with their content."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


class _Ours:
    """Makes Gradio's page ours: nothing from elsewhere, our head, and a policy that forbids strangers."""

    def __init__(self, app: ASGIApp, head: str) -> None:
        self.app, self.head = app, head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await self._answer(start, body, send)

        await self.app({**scope, "headers": plain}, receive, collect)

    async def _answer(self, start: Message, body: bytes, send: Send) -> None:
        headers = MutableHeaders(raw=start["headers"])
        if headers.get("content-type", "").startswith("text/html"):
            text = ELSEWHERE.sub("", body.decode("utf-8"))
            body = text.replace("</head>", self.head + "</head>", 1).encode("utf-8")
            headers["content-length"] = str(len(body))
            headers["cache-control"] = "no-cache"
            headers["content-security-policy"] = POLICY
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})
