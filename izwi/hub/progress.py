"""How far a model has come, told to whoever asked: a console's bar or the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["download", "verify", "convert"]


@dataclass(frozen=True, slots=True)
class Step:
    """``done`` of ``total`` bytes of ``model`` have passed ``stage``; ``file`` is the one in hand."""

    model: str
    stage: Stage
    file: str
    done: int
    total: int

    @property
    def fraction(self) -> float:
        """In [0, 1]; 0 while the total is unknown."""
        return min(1.0, self.done / self.total) if self.total else 0.0


Progress = Callable[[Step], None]


def silent(step: Step) -> None:
    """The progress of work that nobody watches."""
