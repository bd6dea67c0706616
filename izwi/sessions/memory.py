"""Sessions in this process's memory: for tests, recordings, and where nothing may be written."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from izwi.sessions.audit import Entry
from izwi.sessions.sealed import filed_as, seal, unseal
from izwi.sessions.store import Kept, State

#: Sessions and audit entries held at most; the oldest go first.
SESSIONS, ENTRIES = 10_000, 10_000


class Shelf:
    """The newest sealed state of each session, for ``ttl`` seconds."""

    def __init__(self, ttl: float, now: Callable[[], float]) -> None:
        self._ttl, self._now = ttl, now
        self._kept: dict[str, Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, kept: Kept) -> None:
        """Keep it if it is the newest; one without a state removes the session."""
        held = self._kept.pop(kept.name, None)
        newest = held if held is not None and held.at > kept.at else kept
        if newest.sealed:
            self._kept[kept.name] = newest
        while len(self._kept) > SESSIONS:
            del self._kept[next(iter(self._kept))]

    def get(self, name: str) -> Kept | None:
        kept = self._kept.get(name)
        return kept if kept is not None and self._now() - kept.at < self._ttl else None

    def all(self) -> list[Kept]:
        """What has not expired; what has is let go."""
        self._kept = {name: kept for name, kept in self._kept.items() if self._now() - kept.at < self._ttl}
        return list(self._kept.values())


class MemoryStore:
    """A ``SessionStore`` that forgets everything with the process."""

    trouble = ""

    def __init__(self, ttl: float = 3600.0, now: Callable[[], float] = time.time) -> None:
        self.entries: deque[Entry] = deque(maxlen=ENTRIES)
        self._shelf, self._now, self._count = Shelf(ttl, now), now, 0

    def save(self, session: str, state: State) -> None:
        self._shelf.put(Kept(filed_as(session), self._now(), seal(session, state)))

    async def load(self, session: str) -> State | None:
        kept = self._shelf.get(filed_as(session))
        return unseal(session, kept.sealed) if kept else None

    def forget(self, session: str) -> None:
        self._shelf.put(Kept(filed_as(session), self._now(), b""))

    def audit(self, session: str, kind: str, user: str = "", **numbers: float) -> None:
        self._count += 1
        self.entries.append(Entry("memory", self._count, self._now(), filed_as(session), kind, user, numbers))

    async def close(self) -> None:
        self._shelf.all()
