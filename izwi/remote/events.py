"""Server-sent events, as OpenAI's streams use them: one JSON object an event, "[DONE]" at the end."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from izwi.engines import Cancelled, EngineFailed
from izwi.remote.server import until

#: Characters of the longest event that is believed.
LONGEST_LINE = 1_000_000


async def events(response: httpx.Response, cancelled: Cancelled) -> AsyncGenerator[dict[str, Any]]:
    """The objects of a stream, until its end or soon after ``cancelled``. Raises ``EngineFailed`` for what is none."""
    lines = response.aiter_lines()

    async def line() -> tuple[str | None]:
        return (await anext(lines, None),)  # in a tuple, so that the end is not taken for a cancel

    while (text := await until(line(), cancelled)) and text[0] is not None:
        if not text[0].startswith("data:"):
            continue
        data = text[0][5:].strip()
        if data == "[DONE]":
            return
        yield _object(data)


def _object(data: str) -> dict[str, Any]:
    if len(data) > LONGEST_LINE:
        raise EngineFailed("A server sent an event that is too long.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise EngineFailed("A server sent something that is no event.")
    if found.get("error"):
        raise EngineFailed("A server failed in the middle of its answer.")
    return found
