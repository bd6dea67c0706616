"""The emotion log: one CSV row an exchange, written by a thread of its own, rotated, safe to open in a spreadsheet.

Off unless the operator names a file (``IZWI_EMOTION_LOG``), and without the users' words unless the operator asks for
them (``IZWI_EMOTION_LOG_TEXT``). The page's mood tab draws such a file.
"""

from __future__ import annotations

import atexit
import csv
import logging
import queue
import threading
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

#: Rows that may wait for the disk; further ones are counted and dropped.
_WAITING = 256
#: What begins a formula in one spreadsheet or another, full-width forms included.
_SIGNS = ("=", "+", "-", "@", "'", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange: ISO 8601 time in UTC, the user's words (or none), the feeling heard, the one answered with, and the
    milliseconds from the end of speech to the first sound."""

    timestamp: str
    text: str
    in_emotion: str
    out_emotion: str
    latency_ms: float


COLUMNS = tuple(field.name for field in fields(Entry))


def safe_cell(text: str) -> str:
    """One line that no spreadsheet takes for a formula: before a leading sign that could begin one goes a quote."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"'{line}" if line.startswith(_SIGNS) else line


class EmotionLog:
    """Appends to ``path``; at ``largest`` bytes it becomes ``name.1.csv``, older ones move on, ``keep`` stay."""

    def __init__(self, path: Path, with_text: bool = False, largest: int = 1_000_000, keep: int = 3) -> None:
        self.path, self.with_text, self.largest, self.keep = path, with_text, largest, keep
        self.dropped = 0
        self._queue: queue.Queue[Entry | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._write_all, name="emotion-log", daemon=True)
        self._thread.start()

    def add(self, text: str, in_emotion: str, out_emotion: str, latency_ms: float) -> None:
        """Note one exchange; returns at once and never fails."""
        words = safe_cell(text) if self.with_text else ""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        entry = Entry(now, words, safe_cell(in_emotion), safe_cell(out_emotion), round(float(latency_ms), 1))
        try:
            self._queue.put_nowait(entry)
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _write_all(self) -> None:
        while (entry := self._queue.get()) is not None:
            try:
                self._write(entry)
            except OSError as error:  # a full disk must not end the conversation
                if not self.dropped:
                    log.warning("the emotion log cannot be written (%s)", error.strerror)
                self.dropped += 1

    def _write(self, entry: Entry) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and self.path.stat().st_size >= self.largest:
            self._rotate()
        with self.path.open("a", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            if file.tell() == 0:
                out.writerow(COLUMNS)
            out.writerow(astuple(entry))

    def _rotate(self) -> None:
        older = [self.path.with_suffix(f".{i}{self.path.suffix}") for i in range(1, self.keep + 1)]
        for source, target in zip([*older[-2::-1], self.path], older[::-1], strict=True):
            if source.exists():
                source.replace(target)


@cache
def open_log(path: str, with_text: bool) -> EmotionLog | None:
    """The log at ``path``, one for all sessions; None for an empty path. What waits at the end is still written."""
    if not path:
        return None
    opened = EmotionLog(Path(path), with_text)
    atexit.register(opened.close)
    return opened
