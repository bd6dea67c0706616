"""Logs: plain lines for people, or one JSON object a line for programs, each with its session and turn."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

#: Whose work is being done: the session's public name (never its token) and the turn.
ABOUT: ContextVar[tuple[str, int]] = ContextVar("about", default=("", 0))
FORMATS = ("plain", "json")


@contextmanager
def about(session: str, turn: int) -> Iterator[None]:
    """Everything logged in this block, and by the tasks it starts, belongs to this session and turn."""
    token = ABOUT.set((session, turn))
    try:
        yield
    finally:
        ABOUT.reset(token)


class JsonLines(logging.Formatter):
    """``{"time", "level", "logger", "message"}`` and, where known, ``session``, ``turn`` and ``error`` (a traceback).

    One line a record, whatever the message holds: a line break in it is escaped, so nobody can forge a second record.
    """

    def format(self, record: logging.LogRecord) -> str:
        session, turn = ABOUT.get()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if session:
            line |= {"session": session, "turn": turn}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class PlainLines(logging.Formatter):
    """As people read it; control characters are shown, not obeyed."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        session, turn = ABOUT.get()
        line = super().formatMessage(record)
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
        return f"{line} [{session[:8]}/{turn}]" if session else line


def set_up(format_: str, stream: TextIO = sys.stderr) -> logging.Handler:
    """Send the root logger's records, from INFO for ours and WARNING for others, to ``stream``."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if format_ == "json" else PlainLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("izwi").setLevel(logging.INFO)
    return handler
