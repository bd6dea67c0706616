"""What is still coming, what is ready and what failed: one observable place for the page, the console and /readyz."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Literal

from izwi.hub.progress import Step

Condition = Literal["waiting", "download", "verify", "convert", "load", "warm", "ready", "failed"]

_WORDS: dict[str, str] = {
    "waiting": "waiting its turn",
    "download": "being downloaded",
    "verify": "being checked",
    "convert": "being converted, once",
    "load": "being loaded",
    "warm": "being warmed up",
    "ready": "ready",
    "failed": "not available",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One model: its condition, how far that stage is (``fraction`` in [0, 1]), and a word on it (a file, a fault)."""

    name: str
    role: str
    condition: Condition = "waiting"
    fraction: float = 0.0
    detail: str = ""

    @property
    def sentence(self) -> str:
        share = f" ({self.fraction:.0%})" if self.condition == "download" else ""
        because = f": {self.detail}" if self.condition == "failed" and self.detail else "."
        return f"{self.name} is {_WORDS[self.condition]}{share}{because}"


class Readiness:
    """Where every model stands. Thread-safe."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._guard = threading.Lock()
        self._done = threading.Event()

    def set(self, name: str, role: str, condition: Condition, fraction: float = 0.0, detail: str = "") -> None:
        """Record where a model stands."""
        self._record(Item(name, role, condition, fraction, detail))

    def step(self, step: Step) -> None:
        """A ``Progress``: record a step of a model that ``set`` has named before."""
        with self._guard:
            item = self._items.get(step.model, Item(step.model, ""))
        self._record(replace(item, condition=step.stage, fraction=step.fraction, detail=step.file))

    def finish(self) -> None:
        """Everything that was to be made ready now is, or has failed."""
        self._done.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for ``finish``; False if ``timeout`` seconds passed first."""
        return self._done.wait(timeout)

    @property
    def ready(self) -> bool:
        return self._done.is_set()

    def snapshot(self) -> tuple[Item, ...]:
        """Every model heard of, in the order they were named."""
        with self._guard:
            return tuple(self._items.values())

    def _record(self, item: Item) -> None:
        with self._guard:
            self._items[item.name] = item
