"""The governor: one step of thrift more while there is too much to do, one less when there has been room for a while.

It looks twice a second at what the users would feel: how late the event loop runs, how long work waits for its engine,
and how much the CPU is fought over. It goes up after ``RISE`` seconds of strain, step by step, so that each has time to
help, and down after ``FALL`` seconds of ease, which is longer, so that it does not swing. Between strain and ease it
stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

#: What counts as strain: seconds the loop is late, seconds work waits for its first result.
LATE, OLD = 0.15, 2.0
#: When the CPU is fought over for this share of the time there is no reserve, and half of that is strain already. By
#: itself it is none: whoever else works on this machine, our users have felt nothing yet.
FOUGHT = 0.9
#: Below this share of strain there is room again.
EASE = 0.6
RISE, FALL = 2.0, 8.0


@dataclass(frozen=True, slots=True)
class Pressure:
    """One look: ``lag`` of the event loop and ``age`` of the oldest waiting work in seconds, ``cpu`` in [0, 1]."""

    lag: float = 0.0
    age: float = 0.0
    cpu: float = 0.0

    @property
    def strain(self) -> float:
        """1 is too much."""
        return max(self.lag / LATE, self.age / OLD) * (2.0 if self.cpu >= FOUGHT else 1.0)


class Governor:
    """``feel`` it regularly; ``level`` says how many steps of thrift are right. ``clock`` in seconds."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self.level = 0
        self.pressure = Pressure()
        self.void: frozenset[int] = frozenset()  # levels that would change nothing: they are passed over
        self._most, self._clock = most, clock
        self._strained_since: float | None = None
        self._eased_since: float | None = None

    def feel(self, pressure: Pressure) -> int:
        """Take a look into account; the level that is right from now on."""
        self.pressure, now = pressure, self._clock()
        if pressure.strain >= 1.0:
            self._eased_since = None
            self._strained_since = now if self._strained_since is None else self._strained_since
            if now - self._strained_since >= RISE:
                self.level = self._next(1)
                self._strained_since = now
        elif pressure.strain <= EASE:
            self._strained_since = None
            self._eased_since = now if self._eased_since is None else self._eased_since
            if now - self._eased_since >= FALL:
                self.level = self._next(-1)
                self._eased_since = now
        else:
            self._strained_since = self._eased_since = None
        return self.level

    def _next(self, step: int) -> int:
        """The next level that makes a difference, upwards or downwards; this one if there is none."""
        level = self.level + step
        while 0 < level <= self._most and level in self.void:
            level += step
        return level if 0 <= level <= self._most else self.level
