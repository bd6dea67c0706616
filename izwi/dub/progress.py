"""How far a dub is: the stage, the segment, the share of the whole, and a guess at the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Stage = Literal["listen", "hear", "feel", "translate", "speak", "splice", "done"]

#: Share of the CPU time each stage takes on the embedded engines; only the guess of the time left depends on it.
SHARES: dict[Stage, float] = {
    "listen": 0.10,
    "hear": 0.22,
    "feel": 0.12,
    "translate": 0.02,
    "speak": 0.48,
    "splice": 0.06,
}
#: What each stage is called to a person.
NAMES: dict[Stage, str] = {
    "listen": "Listening for speech",
    "hear": "Writing down what is said",
    "feel": "Hearing how it is said",
    "translate": "Translating",
    "speak": "Speaking",
    "splice": "Putting the voice into the room",
    "done": "Done",
}


@dataclass(frozen=True, slots=True)
class Step:
    """``done`` of ``total`` segments of ``stage`` are ready; ``fraction`` of all the work is done.

    ``left`` seconds remain (None while nobody can tell).
    """

    stage: Stage
    done: int
    total: int
    fraction: float
    left: float | None


@dataclass
class Progress:
    """Follows one dub and tells ``told`` of every step."""

    told: Callable[[Step], None]
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def at(self, stage: Stage, done: int, total: int) -> None:
        """``done`` of ``total`` segments of ``stage`` are ready."""
        before = 0.0
        for name, share in SHARES.items():
            if name == stage:
                before += share * done / max(1, total)
                break
            before += share
        elapsed = self.clock() - self._started
        left = elapsed * (1 - before) / before if before > 0.02 else None
        self.told(Step(stage, done, total, before, left))

    def finished(self) -> None:
        self.told(Step("done", 1, 1, 1.0, 0.0))
