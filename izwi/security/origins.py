"""Which pages of other sites may talk to us: those that were named, and no others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from izwi.faults import BadInput


class Origins:
    """The allowed origins: ``IZWI_ORIGINS``, and the Space's own address where there is one."""

    def __init__(self, setting: str, env: Mapping[str, str] = os.environ) -> None:
        """Raises ``BadInput`` for "*" and for what is no origin."""
        named = [part.strip() for part in setting.split(",") if part.strip()]
        for origin in named:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}" or "*" in origin:
                raise BadInput(f"IZWI_ORIGINS: {origin!r} is not an origin like https://example.org (and never *)")
        self.allowed = frozenset(named)
        self._space = env.get("SPACE_HOST", "")

    def allows(self, origin: str) -> bool:
        """Whether a page of ``origin`` may read our answers."""
        return origin in self.allowed

    def same(self, connection: HTTPConnection) -> bool:
        """Whether the request comes from our own page, an allowed one, or no page at all (a program)."""
        origin = connection.headers.get("origin")
        if origin is None or origin in self.allowed:
            return True
        host = urlsplit(origin).netloc
        return bool(host) and host in (connection.headers.get("host"), self._space)
