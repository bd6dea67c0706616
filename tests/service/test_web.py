"""What the web app serves: a page without strangers, files that may be kept for ever, and how things stand."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from izwi.engines import Cost, Engines
from izwi.service.handler import Service
from izwi.service.web import create_app, warm
from izwi.settings import Settings


@pytest.fixture
def service() -> Service:
    return Service(Settings(talkers=1))


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(service, lambda: [{"name": "ear", "fraction": 0.5}])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://izwi") as client:
        yield client


async def test_the_page_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert answer.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    loaded = re.findall(r'<(?:script|link)\s[^>]*(?:src|href)="([^"]+)"', answer.text)
    assert any(address.endswith("/app.js") for address in loaded)
    assert not [address for address in loaded if address.startswith(("http", "//"))]


async def test_files_of_the_page_may_be_kept_for_ever_and_change_their_address(client: httpx.AsyncClient) -> None:
    (address,) = re.findall(r'src="([^"]+/app\.js)"', (await client.get("/")).text)
    answer = await client.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in answer.headers["content-type"]
    assert (await client.get(re.sub(r"page/\w+", "page/other", address))).status_code == 404


async def test_health_and_a_cold_start(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    status = (await client.get("/status")).json()
    assert status["ready"] is False
    assert status["warming"] == [{"name": "ear", "fraction": 0.5}]
    assert (status["talkers"], status["limit"]) == (0, 1)


async def test_ready(client: httpx.AsyncClient, service: Service) -> None:
    class Silent:
        name, languages, licence, cost = "silent", frozenset({"sn"}), "none", Cost()

    engine: Any = Silent()
    warm(service, lambda: Engines(engine, engine, engine, notices=["A notice."])).join()
    status = (await client.get("/status")).json()
    assert status["ready"] is True
    assert status["notices"] == ["A notice."]


async def test_failed(client: httpx.AsyncClient, service: Service) -> None:
    def broken() -> Engines:
        raise RuntimeError("The file x is missing.")

    warm(service, broken).join()
    status = (await client.get("/status")).json()
    assert status["failed"] == "The file x is missing."
    assert status["ready"] is False


@pytest.mark.parametrize("sdp", ["nonsense", "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", ""])
async def test_an_offer_that_is_none_is_refused_and_takes_no_place(client: httpx.AsyncClient, sdp: str) -> None:
    answer = await client.post("/webrtc/offer", json={"sdp": sdp, "type": "offer", "webrtc_id": "x"})
    assert answer.status_code == 400
    assert (await client.get("/status")).json()["talkers"] == 0


async def test_no_servers_of_strangers_are_named_at_home(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HF_TOKEN", "CLOUDFLARE_TURN_KEY_ID", "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    assert (await client.get("/webrtc/ice")).json() == {"iceServers": []}
