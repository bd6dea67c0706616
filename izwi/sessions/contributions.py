"""Conversations their users chose to give: the words of both sides, in a file of their own, gone when they say so.

Nothing gets here without consent given on the page, for one conversation, from that moment on. No sound, no address,
no name of a user. Each contribution has a token of its own, shown to its giver only; the file holds a hash of it.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from izwi.sessions.sealed import filed_as

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS exchanges (
    contribution TEXT NOT NULL, turn INTEGER NOT NULL, day TEXT NOT NULL, language TEXT NOT NULL,
    user TEXT NOT NULL, unsure INTEGER NOT NULL, izwi TEXT NOT NULL
)
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn: what was heard (``unsure``: perhaps not rightly) and what Izwi answered."""

    turn: int
    language: str
    user: str
    unsure: bool
    izwi: str


class Contributions:
    """The file. Writing and deleting happen on a thread of its own; the file is readable by us only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "contributions")

    def give(self, token: str, exchange: Exchange) -> None:
        """Keep an exchange; returns at once. A disk that takes nothing loses it, with a warning."""
        self._thread.submit(self._write, filed_as(token), exchange)

    async def take_back(self, token: str) -> int:
        """Delete all that was given under a token; how many exchanges that were. Raises ``OSError``."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._delete, filed_as(token))

    async def close(self) -> None:
        """Write what is left."""
        await asyncio.to_thread(self._thread.shutdown)

    def _write(self, name: str, given: Exchange) -> None:
        day = time.strftime("%Y-%m-%d", time.gmtime())
        row = (name, given.turn, day, given.language, given.user, given.unsure, given.izwi)
        try:
            with self._open() as database:
                database.execute("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        except OSError as error:
            log.warning("a contribution could not be kept: %s", error)

    def _delete(self, name: str) -> int:
        if not self._path.exists():
            return 0
        with self._open() as database:
            return database.execute("DELETE FROM exchanges WHERE contribution = ?", (name,)).rowcount

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file for one transaction. Raises ``OSError``, also for what SQLite finds wrong."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600, exist_ok=True)
        try:
            database = sqlite3.connect(self._path, timeout=5.0)
            try:
                database.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
                database.execute(_SCHEMA)
                with database:
                    yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise OSError(str(error)) from None
