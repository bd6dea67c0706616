"""Sessions in one SQLite file: states with a time to live, and an audit the file itself refuses to change."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from izwi.sessions.audit import Entry
from izwi.sessions.store import Kept

#: Seconds to wait for another process that writes.
BUSY = 1.0
#: Days an entry of the audit stays; before that nothing removes it.
AUDIT_DAYS = 30
_DAY = 86_400.0

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS states (name TEXT PRIMARY KEY, at REAL NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS states_at ON states (at);
CREATE TABLE IF NOT EXISTS audit (
    replica TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL, session TEXT NOT NULL, kind TEXT NOT NULL,
    user TEXT NOT NULL, numbers TEXT NOT NULL, PRIMARY KEY (replica, number)
);
CREATE INDEX IF NOT EXISTS audit_at ON audit (at);
CREATE TRIGGER IF NOT EXISTS audit_stays BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_lasts BEFORE DELETE ON audit WHEN OLD.at > unixepoch() - {AUDIT_DAYS} * {_DAY:.0f}
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
"""
_KEEP = """
INSERT INTO states VALUES (?, ?, ?)
ON CONFLICT (name) DO UPDATE SET at = excluded.at, sealed = excluded.sealed WHERE excluded.at >= states.at
"""
_APPEND = "INSERT OR IGNORE INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)"


class SqliteBackend:
    """A ``Backend`` on the file ``path``, in write-ahead mode: readers never wait, a killed process leaves it whole."""

    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError)

    def __init__(self, path: Path, ttl: float = 3600.0, now: Callable[[], float] = time.time) -> None:
        self.path = path
        self._ttl, self._now = ttl, now
        self._database: sqlite3.Connection | None = None

    def open(self) -> None:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600, exist_ok=True)
        self._database = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)

    def write(self, states: Sequence[Kept], entries: Sequence[Entry]) -> None:
        database = self._open
        database.execute("BEGIN IMMEDIATE")
        try:
            database.executemany(_KEEP, [(kept.name, kept.at, kept.sealed) for kept in states if kept.sealed])
            database.executemany(
                "DELETE FROM states WHERE name = ?", [(kept.name,) for kept in states if not kept.sealed]
            )
            database.executemany(
                _APPEND, [(e.replica, e.number, e.at, e.session, e.kind, e.user, e.figures()) for e in entries]
            )
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise

    def read(self, name: str) -> Kept | None:
        oldest = self._now() - self._ttl
        rows = self._open.execute("SELECT name, at, sealed FROM states WHERE name = ? AND at > ?", (name, oldest))
        row = rows.fetchone()
        return Kept(*row) if row else None

    def tidy(self) -> None:
        self._open.execute("DELETE FROM states WHERE at <= ?", (self._now() - self._ttl,))
        self._open.execute("DELETE FROM audit WHERE at <= unixepoch() - ?", (AUDIT_DAYS * _DAY,))

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    @property
    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            raise sqlite3.OperationalError("the file is not open")
        return self._database
