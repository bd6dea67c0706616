"""Which session store the settings ask for."""

from __future__ import annotations

from pathlib import Path

from izwi.sessions.journal import Journal
from izwi.sessions.memory import MemoryStore
from izwi.sessions.sqlite import SqliteBackend
from izwi.sessions.store import SessionStore
from izwi.settings import Settings


def session_store(settings: Settings) -> SessionStore:
    """Redis where ``redis_url`` is set, memory where ``sessions`` is "memory", else SQLite. Opens nothing yet.

    Raises ``BadInput`` for a Redis address that is none.
    """
    if settings.redis_url:
        from izwi.sessions.redis import RedisBackend

        return Journal(RedisBackend(settings.redis_url, settings.session_ttl), settings.session_ttl)
    if settings.sessions == "memory":
        return MemoryStore(settings.session_ttl)
    path = Path(settings.sessions) if settings.sessions else settings.data / "sessions.sqlite"
    return Journal(SqliteBackend(path, settings.session_ttl), settings.session_ttl)
