"""Write-behind: conversations never wait for a disk or a network; one thread of ours does, and catches up.

Saving and auditing only queue. A state that changes twice before it is written is written once; the audit queues in
order, at most ``BACKLOG`` entries, of which the oldest are given up (and counted). While the place is in trouble the
newest state of every session stays in memory, so a call goes on and can even be resumed here.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from itertools import islice

from izwi.sessions.audit import Entry
from izwi.sessions.memory import Shelf
from izwi.sessions.sealed import filed_as, seal, unseal
from izwi.sessions.store import Backend, Forgotten, Kept, State

log = logging.getLogger(__name__)

#: Entries of the audit that may wait for a place in trouble, and that are written at once.
BACKLOG, AT_ONCE = 10_000, 500
#: Seconds: between two tries of a place in trouble (doubling, from and to), a reader's patience, between tidyings, and
#: the farewell.
AGAIN, AGAIN_AT_MOST, PATIENCE, TIDY, FAREWELL = 0.25, 5.0, 1.0, 60.0, 5.0


class Journal:
    """A ``SessionStore`` over a ``Backend``. The thread starts with the first thing to do."""

    def __init__(self, backend: Backend, ttl: float = 3600.0, now: Callable[[], float] = time.time) -> None:
        self.replica = secrets.token_hex(6)
        self.trouble = ""
        self.lost = 0  # entries of the audit given up
        self._backend, self._now = backend, now
        self._shelf = Shelf(ttl, now)
        self._unwritten: dict[str, Kept] = {}
        self._entries: deque[Entry] = deque()
        self._asked: deque[tuple[str, Future[Kept | None]]] = deque()
        self._count = 0
        self._closing = self._opened = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def backlog(self) -> int:
        """States and entries not yet written."""
        return len(self._unwritten) + len(self._entries)

    # For the event loop

    def save(self, session: str, state: State) -> None:
        self._keep(Kept(filed_as(session), self._now(), seal(session, state)))

    def forget(self, session: str) -> None:
        self._keep(Kept(filed_as(session), self._now(), b""))

    def audit(self, session: str, kind: str, user: str = "", **numbers: float) -> None:
        with self._changed:
            number = self._count + 1
            self._entries.append(Entry(self.replica, number, self._now(), filed_as(session), kind, user, numbers))
            self._count = number
            if len(self._entries) > BACKLOG:
                self._entries.popleft()
                self.lost += 1
        self._wake()

    async def load(self, session: str) -> State | None:
        name = filed_as(session)
        with self._changed:
            here = self._unwritten.get(name) or self._shelf.get(name)
        there = None if self.trouble else await self._read(name)
        newest = max((kept for kept in (here, there) if kept), key=lambda kept: kept.at, default=None)
        return unseal(session, newest.sealed) if newest and newest.sealed else None

    async def close(self) -> None:
        with self._changed:
            self._closing = True
        if self._thread is not None:
            self._wake()
            await asyncio.to_thread(self._thread.join, FAREWELL)

    def _keep(self, kept: Kept) -> None:
        with self._changed:
            self._shelf.put(kept)
            self._unwritten[kept.name] = kept
        self._wake()

    async def _read(self, name: str) -> Kept | None:
        answer: Future[Kept | None] = Future()
        with self._changed:
            self._asked.append((name, answer))
        self._wake()
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.wrap_future(answer)
        except TimeoutError:
            log.warning("the session store did not answer within %.0f s", PATIENCE)
            return None

    def _wake(self) -> None:
        with self._changed:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="sessions", daemon=True)
                self._thread.start()
            self._changed.notify()

    # On the thread

    def _work(self) -> None:
        pause, tidied = AGAIN, time.monotonic()
        troubles: tuple[type[Exception], ...] = (*self._backend.errors, Forgotten)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self.backlog or self._asked, TIDY)
                if self._closing and not self.backlog and not self._asked:
                    break
            try:
                self._turn(tidy=time.monotonic() - tidied > TIDY)
            except troubles as error:
                self._stumble(error)
                if self._rest(pause):
                    break
                pause = min(2 * pause, AGAIN_AT_MOST)
            else:
                pause = AGAIN
                tidied = time.monotonic() if time.monotonic() - tidied > TIDY else tidied
        self._quietly_close()

    def _turn(self, tidy: bool) -> None:
        """Write all there is, answer who asked."""
        if not self._opened:
            self._backend.open()
            self._opened = True
        while self.backlog:
            with self._changed:
                states, entries = list(self._unwritten.values()), list(islice(self._entries, AT_ONCE))
            self._backend.write(states, entries)
            self._written(states, entries)
        while self._asked:
            name, answer = self._asked[0]
            _answer(answer, self._backend.read(name))
            self._asked.popleft()
        if tidy:
            self._backend.tidy()
            with self._changed:
                self._shelf.all()
        if self.trouble:
            log.warning("the session store is back%s", f"; {self.lost} entries of the audit are lost" * bool(self.lost))
            self.trouble = ""

    def _written(self, states: list[Kept], entries: list[Entry]) -> None:
        with self._changed:
            for kept in states:
                if self._unwritten.get(kept.name) is kept:
                    del self._unwritten[kept.name]
            while self._entries and entries and self._entries[0].number <= entries[-1].number:
                self._entries.popleft()

    def _stumble(self, error: Exception) -> None:
        """The place is in trouble: say so once, let nobody wait, and open it anew next time."""
        if not self.trouble:
            log.warning("the session store cannot be used (%s); calls go on in memory", error)
        self.trouble = f"Sessions are kept in memory only for now: the session store cannot be used ({error})."
        self._quietly_close()
        with self._changed:
            if isinstance(error, Forgotten):
                self._unwritten = {kept.name: kept for kept in self._shelf.all()} | self._unwritten
            while self._asked:
                _answer(self._asked.popleft()[1], None)

    def _rest(self, seconds: float) -> bool:
        """Wait before the next try; True when there will be none."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closing, seconds)

    def _quietly_close(self) -> None:
        self._opened = False
        try:
            self._backend.close()
        except self._backend.errors as error:
            log.debug("closing the session store: %s", error)


def _answer(future: Future[Kept | None], kept: Kept | None) -> None:
    """Answer, unless nobody waits any more."""
    try:
        future.set_result(kept)
    except InvalidStateError:
        return
