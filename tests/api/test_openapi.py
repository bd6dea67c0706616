"""The OpenAPI is true: whatever is sent that it allows, or that it does not, the answer is one it names, and no 5xx."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.running import Running

pytestmark = pytest.mark.engine

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
OPERATIONS = [
    "GET /healthz",
    "GET /readyz",
    "GET /v1/models",
    "GET /v1/models/{name}",
    "POST /v1/admin/warmup",
    "POST /v1/audio/speech",
    "POST /v1/tts",
    "POST /v1/audio/transcriptions",
    "POST /v1/chat/completions",
    "POST /v1/chat",
    "GET /metrics",
    "DELETE /v1/contributions/{token}",
]


@pytest.fixture(scope="module")
def schema(running: Running) -> Any:
    return schemathesis.openapi.from_url(f"{running.address}/openapi.json")


def test_every_operation_is_tried(schema: Any) -> None:
    there = [f"{operation.ok().method.upper()} {operation.ok().path}" for operation in schema.get_all_operations()]
    assert sorted(OPERATIONS) == sorted(there)


@pytest.mark.parametrize("examples", [8, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "wrong"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_description_is_true(
    schema: Any, running: Running, operation: str, mode: GenerationMode, examples: int
) -> None:
    """``valid`` requests are those the description allows, ``wrong`` ones break it somewhere."""
    method, path = operation.split()
    if mode is GenerationMode.NEGATIVE and method in ("GET", "DELETE"):
        pytest.skip("nothing in it can be wrong")
    headers = running.key("tts", "asr", "chat", "admin", "talk")

    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
        derandomize=True,
        database=None,
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def try_it(case: Any) -> None:
        if isinstance(case.body, dict) and len(repr(case.body)) % 2:  # names drawn by chance are nobody's
            for name in ("model", "voice", "language"):
                case.body.pop(name, None)
        case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

    try_it()
    assert httpx.get(f"{running.address}/healthz").status_code == 200


def test_other_addresses_and_methods_are_refused_in_the_same_shape(running: Running) -> None:
    headers = running.key("tts", "asr", "chat")
    missing = httpx.post(f"{running.address}/v1/responses", json={}, headers=headers)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    wrong = httpx.get(f"{running.address}/v1/audio/speech", headers=headers)
    assert (wrong.status_code, wrong.json()["error"]["code"], wrong.headers["allow"]) == (405, "wrong_method", "POST")
    assert httpx.get(f"{running.address}/").status_code == 200
    torn = httpx.post(
        f"{running.address}/v1/tts", content=b"{", headers={**headers, "Content-Type": "application/json"}
    )
    assert (torn.status_code, torn.json()["error"]["message"]) == (400, "The body is not JSON.")
