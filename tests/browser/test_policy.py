"""The page under its own policy: it works whole, its browser refuses everything else, and a limit is said in words."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.conftest import serving
from tests.browser.visit import MICROPHONE


def test_the_page_talks_under_its_policy_and_breaks_it_nowhere(visit: Any) -> None:
    page = visit(*MICROPHONE, bypass_csp=False)
    page.ask("document.addEventListener('securitypolicyviolation', (e) => (window.broken ??= []).push(e.blockedURI))")
    said: list[str] = []
    page.page.on("console", lambda message: said.append(message.text))
    page.connect()
    page.write("Hello.")
    page.until("izwi.captions.filter((entry) => entry.who === 'izwi').length > 1")
    assert page.ask("window.broken ?? []") == []
    assert not [text for text in said if "Content Security Policy" in text or "Permissions" in text]


def test_what_is_not_ours_is_refused(visit: Any) -> None:
    page = visit(bypass_csp=False)
    refused = page.ask(
        """() => new Promise((resolve) => {
          const seen = new Set();
          document.addEventListener("securitypolicyviolation", (e) => {
            seen.add(e.effectiveDirective.replace("-elem", ""));
            if (seen.size === 4) resolve([...seen].sort());
          });
          fetch("http://127.0.0.1:9/x").catch(() => {});
          new Image().src = "http://127.0.0.1:9/x.png";
          const add = (name, fields) => document.head.append(Object.assign(document.createElement(name), fields));
          add("script", { src: "http://127.0.0.1:9/x.js" });
          add("link", { rel: "stylesheet", href: "http://127.0.0.1:9/x.css" });
        })"""
    )
    assert refused == ["connect-src", "img-src", "script-src", "style-src"]
    page.requests = [url for url in page.requests if not url.startswith("http://127.0.0.1:9/")]  # they were ours to try


def test_the_microphone_is_the_pages_and_the_camera_nobodys(visit: Any) -> None:
    page = visit(*MICROPHONE, bypass_csp=False)
    assert page.ask("document.featurePolicy.allowsFeature('microphone')")
    assert not page.ask("document.featurePolicy.allowsFeature('camera')")
    denied = "navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'given', (error) => error.name)"
    assert page.ask(denied) == "NotAllowedError"


@pytest.fixture
def stranger() -> Iterator[Any]:
    """``stranger(address)`` is a page of another site that shows the address in a frame."""
    shown: list[str] = []

    class Framing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{shown[-1]}" allow="microphone"></iframe>'.encode())

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Framing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def page(address: str) -> str:
            shown.append(address)
            return f"http://localhost:{server.server_port}"

        yield page
        server.shutdown()
        thread.join()


def test_no_other_site_may_show_the_page_in_a_frame(browsers: Any, server: Any, stranger: Any) -> None:
    page = browsers(*MICROPHONE).new_context().new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(stranger(server.url))
    page.wait_for_timeout(1000)
    assert any("frame-ancestors" in text for text in said), said
    assert all(frame.locator("#izwi").count() == 0 for frame in page.frames[1:])
    page.context.close()


def test_a_limit_is_said_in_words(visit: Any) -> None:
    with serving(IZWI_PUBLIC_REQUESTS="1") as strict:
        page = visit(url=strict.url)
        page.ready()
        page.write("Hello.")
        page.until("izwi.captions.some((entry) => entry.who === 'izwi')")
        page.page.reload()
        page.ready()
        page.write("Hello again.")
        page.until("!document.querySelector('#trouble').hidden")
        assert "try again later" in page.page.inner_text("#trouble-text")
