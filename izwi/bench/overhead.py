"""What being careful costs: who is it, may they, have they enough left, and counting it all; CPU time a message."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jwt
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from izwi.bench.figures import Report
from izwi.events import Timings
from izwi.security.body import RequestLimits
from izwi.security.headers import SecurityHeaders
from izwi.security.keys import make
from izwi.security.quotas import Place
from izwi.security.rate import Bucket
from izwi.service.call import Service
from izwi.service.witness import Witness
from izwi.sessions.choice import session_store
from izwi.settings import Settings, from_env

#: Messages measured one by one, and milliseconds that all of it together may take for one.
MESSAGES, ALLOWED = 2000, 1.0
_MARKS = {"started": 0.0, "understood": 0.1, "first word": 0.15, "first sound": 0.2, "committed": 0.3, "heard": 0.31}


def overhead(given: argparse.Namespace) -> Report:
    """The report of ``bench --overhead``; nothing is sent anywhere, so it is the cost of the checks alone."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(_measured(Path(folder)))
    median = {name: float(np.percentile(times, 50)) for name, times in found.items()}
    late = {name: float(np.percentile(times, 99)) for name, times in found.items()}
    request = ["who: JWT, EdDSA", "headers, body limits, CORS", "metrics, audit of a turn"]
    message = ["size, rate and talk time", "metrics, audit of a turn"]
    totals = {"a request, at most": request, "a live message, at most": message}
    rows: list[tuple[str, ...]] = [(name, f"{median[name]:.4f}", f"{late[name]:.4f}") for name in found]
    rows += [(name, f"{_sum(median, parts):.4f}", f"{_sum(late, parts):.4f}") for name, parts in totals.items()]
    worst = max(_sum(late, parts) for parts in totals.values())
    verdict = "kept" if worst <= ALLOWED else "NOT kept"
    notes = [
        f"{MESSAGES:,} of each, CPU time of the thread; a sum takes the dearest of each kind.",
        f"At most {ALLOWED:g} ms a message is allowed: {verdict} (P99 {worst:.3f} ms).",
    ]
    columns = ("P50, ms", "P99, ms")
    return Report("Overhead of auth, limits and metrics", columns, rows, notes, {"p50": median, "p99": late})


def _sum(figures: dict[str, float], parts: list[str]) -> float:
    return sum(figures[part] for part in parts)


async def _measured(folder: Path) -> dict[str, Any]:
    public, token = _signer()
    settings = Settings(
        data=folder,
        public_requests=0,
        jwt_keys=json.dumps([public]),
        origins="https://friend.example",
        redis_url=from_env().redis_url,  # sessions and quotas there, if it is set; else SQLite, as by default
    )
    service = Service(settings, sessions=session_store(settings))
    shown, key = make("bench", ["talk"], requests_per_minute=10**9, requests_per_day=10**9, talk_per_day=1e9)
    service.guard.keys.add(key)
    found: dict[str, Any] = {}
    for name, credential in (("who: a page", ""), ("who: an API key", shown), ("who: JWT, EdDSA", token)):
        coming = _coming(credential)
        found[name] = _each(partial(service.guard.admit, coming))
    with service.guard.place(service.guard.admit(_coming(shown)), "bench") as place:
        place._bucket = Bucket(1e9, 1e9, time.monotonic())  # the bench is faster than anybody may talk
        found["size, rate and talk time"] = _each(lambda: _message(place))
    found["headers, body limits, CORS"] = await _requests(service)
    witness, turn = Witness(service, user=service.guard.admit(_coming("")).holder), Timings(1, _MARKS, 1.0, 0.1)
    found["metrics, audit of a turn"] = _each(lambda: witness.saw(replace(turn)))
    service.guard.close()
    await service.sessions.close()
    return found


def _each(act: Callable[[], Any]) -> list[float]:
    """Milliseconds of CPU of every call."""
    times = []
    for _ in range(MESSAGES):
        began = time.thread_time_ns()
        act()
        times.append((time.thread_time_ns() - began) / 1e6)
    return times


def _message(place: Place) -> None:
    place.message(1280)
    place.spend(0.02)


async def _requests(service: Service) -> list[float]:
    """What the two layers around the app add to a request: with them and without, one after the other."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive() -> Message:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(_: Message) -> None: ...

    async def one(layers: ASGIApp) -> float:
        began = time.thread_time_ns()
        await layers(_scope({"origin": "https://friend.example"}), receive, send)
        return (time.thread_time_ns() - began) / 1e6

    around = SecurityHeaders(RequestLimits(app), service.guard.origins)
    return [max(0.0, await one(around) - await one(app)) for _ in range(MESSAGES)]


def _scope(headers: dict[str, str]) -> dict[str, Any]:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    where = {"method": "POST", "path": "/v1/chat", "raw_path": b"/v1/chat", "query_string": b""}
    return {"type": "http", "client": ("203.0.113.7", 1), "headers": raw, **where}


def _coming(credential: str) -> HTTPConnection:
    return HTTPConnection(_scope({"authorization": f"Bearer {credential}"} if credential else {"host": "izwi"}))


def _signer() -> tuple[dict[str, Any], str]:
    """What goes into IZWI_JWT_KEYS, and a token signed for it."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    claims = {"sub": "bench", "aud": "izwi", "exp": int(time.time()) + 3600, "scope": "talk"}
    token = jwt.encode(claims, private, "EdDSA", {"kid": "bench"})
    return {"kid": "bench", "alg": "EdDSA", "key": public, "scopes": ["talk"]}, token
