"""How much every holder has used today: requests and seconds of talk, kept in SQLite, so a restart forgives nothing.

Not a ledger: nothing is flushed to the disk by force, because a power cut may forgive a minute, but no request may wait
for a disk. When the file cannot be used the count goes on in memory, and says so once.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

#: Days that are kept, and holders remembered in memory between two looks at the clock.
KEPT, MOST = 7, 20_000
DAY = 86_400.0

_TABLE = (
    "CREATE TABLE IF NOT EXISTS used (day INTEGER, holder TEXT, requests INTEGER NOT NULL, seconds REAL NOT NULL, "
    "PRIMARY KEY (day, holder)) WITHOUT ROWID"
)
_ADD = (
    "INSERT INTO used VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, "
    "seconds = seconds + excluded.seconds RETURNING requests, seconds"
)


@dataclass(slots=True)
class Used:
    """What a holder has used on one day."""

    requests: int = 0
    seconds: float = 0.0


class Usage:
    """Counts by holder and UTC day. Thread-safe; several processes may share the file."""

    def __init__(self, file: Path | None, clock: Callable[[], float] = time.time) -> None:
        """``file`` None: in memory only. It is opened with the first count."""
        self._clock, self._guard = clock, threading.Lock()
        self._memory: dict[tuple[int, str], Used] = {}
        self._file: Path | None = file
        self._base: sqlite3.Connection | None = None
        self._day = 0

    def add(self, holder: str, requests: int = 0, seconds: float = 0.0) -> Used:
        """Count, and say how much it makes today."""
        day = int(self._clock() // DAY)
        with self._guard:
            if self._file is not None and self._base is None:
                self._base, self._file = self._open(self._file), None
            if self._base is not None:
                try:
                    if day != self._day:
                        self._day = day
                        self._base.execute("DELETE FROM used WHERE day < ?", (day - KEPT,))
                    row = self._base.execute(_ADD, (day, holder, requests, seconds)).fetchone()
                    return Used(*row)
                except sqlite3.Error as error:
                    log.warning("quotas are counted in memory from now on: %s", type(error).__name__)
                    self._base = None
            return self._remember(day, holder, requests, seconds)

    def close(self) -> None:
        with self._guard:
            if self._base is not None:
                self._base.close()
                self._base = None

    def _open(self, file: Path) -> sqlite3.Connection | None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            base = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=0.2)
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = OFF")
            base.execute(_TABLE)
        except (sqlite3.Error, OSError) as error:
            log.warning("quotas are counted in memory only: %s", type(error).__name__)
            return None
        return base

    def _remember(self, day: int, holder: str, requests: int, seconds: float) -> Used:
        if len(self._memory) > MOST:
            self._memory = {key: used for key, used in self._memory.items() if key[0] == day}
            while len(self._memory) > MOST:  # so many strangers in one day: the oldest is forgiven
                del self._memory[next(iter(self._memory))]
        used = self._memory.setdefault((day, holder), Used())
        used.requests += requests
        used.seconds += seconds
        return Used(used.requests, used.seconds)
