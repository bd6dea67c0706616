"""What every request and answer is held to: headers, CORS, sizes, closed addresses, and nothing private in a log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from izwi.emotion.log import safe_cell
from izwi.security import body
from izwi.service.call import Service
from izwi.service.web import create_app
from izwi.settings import Settings

FRIEND, EVIL = "https://friend.example", "https://evil.example"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    settings = Settings(data=tmp_path_factory.mktemp("data"), origins=FRIEND, public_requests=0)

    async def make() -> FastAPI:  # Gradio asks for an event loop, and would leave one behind
        return create_app(Service(settings))

    return asyncio.run(make())


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://izwi") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/models", "/status", "/nothing/here", "/theme.css"])
async def test_every_answer_carries_its_policy(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"].startswith("microphone=(self), camera=()")
    assert "server" not in headers


async def test_only_hugging_face_may_show_the_page_in_a_frame_and_nobody_anything_else(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/")).headers["content-security-policy"]
    assert page.endswith("frame-ancestors 'self' https://huggingface.co")
    answer = (await client.get("/healthz")).headers
    assert answer["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/models", "/theme.css"])
async def test_other_sites_read_nothing(client: httpx.AsyncClient, path: str) -> None:
    for origin in (EVIL, "null", "http://izwi.evil.example"):
        headers = (await client.get(path, headers={"Origin": origin})).headers
        assert not [name for name in headers if name.startswith("access-control-")]


async def test_a_named_site_reads_and_asks_first(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/healthz", headers={"Origin": FRIEND})).headers
    assert headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in headers
    assert "Origin" in headers["vary"]
    asked = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
    allowed = await client.options("/v1/chat/completions", headers=asked)
    assert allowed.status_code == 204
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert (await client.options("/", headers={**asked, "Origin": EVIL})).status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/proxy=http://169.254.169.254/latest/meta-data",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/upload",
        "/gradio_api/run/predict",
        "/config",
        "/monitoring",
        "/login",
    ],
)
async def test_gradios_own_api_is_closed(client: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST"):
        assert (await client.request(method, path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/page/x/../../../../etc/passwd",
        "/page/x/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/assets//etc/passwd",
        "/svelte/../../../etc/passwd",
        "/file=/etc/passwd",
        "/file/etc/passwd",
        "/proxy=http://127.0.0.1:22/",
    ],
)
async def test_no_path_leads_out(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code in (400, 403, 404, 405)
    assert "root:" not in answer.text


async def test_a_body_that_says_it_is_too_long_is_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/chat", content=b"", headers={"Content-Length": str(2**40)})
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_long"
    odd = await client.post("/v1/chat", content=b"", headers={"Content-Length": "-1"})
    assert odd.status_code == 413


async def test_a_body_that_does_not_say_so_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65536
            yield b"x" * 65536

    answer = await client.post("/webrtc/offer", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert sent < 3 * 1024 * 1024


async def test_a_body_that_never_comes_is_not_waited_for(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "PATIENCE", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    answer = await client.post("/webrtc/offer", content=stuck(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 408


async def test_a_long_address_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz?" + "x" * 10_000)).status_code == 414


async def test_what_is_said_is_in_no_log_and_breaks_no_line_of_it(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    private = "my secret illness\r\nCRITICAL root: forged line\x1b[2J"
    message = {"role": "user", "content": private}
    bodies: list[Any] = [{"text": private}, {"messages": [message]}, {"messages": private}, {private: private}, private]
    for sent in bodies:
        for path in ("/v1/chat", "/v1/chat/completions", "/v1/audio/speech", "/webrtc/offer"):
            answer = await client.post(path, json=sent, headers={"Authorization": f"Bearer {private.encode().hex()}"})
            assert "illness" not in answer.text
    await client.get(f"/{private.encode().hex()}?q=illness", headers={"X-Forwarded-For": "1.2.3.4"})
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in ours if "illness" in line or "forged" in line or private.encode().hex() in line]


@given(st.text())
def test_no_cell_of_the_emotion_log_is_a_formula_or_a_second_line(text: str) -> None:
    cell = safe_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.splitlines() in ([], [cell])


@pytest.mark.parametrize("name", ["", "a\nforged line", "../../x", "x" * 200, "\x1b[2J", "a b"])
async def test_a_connection_is_named_in_plain_letters(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/webrtc/offer", json={"sdp": "v=0", "type": "offer", "webrtc_id": name})
    assert answer.status_code == 400
    assert answer.json()["meta"]["error"] == "bad_offer"
