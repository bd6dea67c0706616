"""CPU seconds spent on answers, and how many of them were in vain."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Ledger:
    """Totals of one conversation, in CPU seconds of our own threads."""

    total: float = 0.0
    wasted: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Meter:
    """What one piece of work has cost; once ``waste`` is called, that and all it still costs counts as wasted."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.seconds = 0.0
        self._wasted = False

    def add(self, seconds: float) -> None:
        """Called from worker threads."""
        with self._ledger.lock:
            self.seconds += seconds
            self._ledger.total += seconds
            if self._wasted:
                self._ledger.wasted += seconds

    def waste(self) -> None:
        with self._ledger.lock:
            if not self._wasted:
                self._wasted = True
                self._ledger.wasted += self.seconds


#: The meter of the work this task (and the tasks it starts) does.
METER: ContextVar[Meter | None] = ContextVar("meter", default=None)
