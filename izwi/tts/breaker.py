"""A breaker: after three failures in a row a voice rests, longer each time, until one try succeeds."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

FAILURES = 3
#: Seconds of the first rest, and of the longest.
FIRST_REST, LONGEST_REST = 5.0, 600.0


class Breaker:
    """Closed while all is well; open while the voice rests; after the rest one try decides."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = self._rests = 0
        self._until = 0.0

    @property
    def resting(self) -> float:
        """Seconds of rest left; 0 when the voice may try."""
        return max(0.0, self._until - self._clock())

    @property
    def state(self) -> str:
        """``closed``, ``open`` or ``half-open`` (the rest is over and nothing has been tried since)."""
        if self.resting:
            return "open"
        return "half-open" if self._failures >= FAILURES else "closed"

    def succeed(self) -> None:
        self._failures = self._rests = 0
        self._until = 0.0

    def fail(self) -> None:
        """Count a failure; the third in a row, and each after a rest, opens the breaker for twice as long."""
        self._failures += 1
        if self._failures >= FAILURES and not self.resting:
            self._until = self._clock() + min(LONGEST_REST, FIRST_REST * 2**self._rests)
            self._rests += 1

    def kept(self) -> tuple[int, int, float]:
        """Its state for another process or a restart: failures, rests so far, and when it ends (seconds since 1970)."""
        return self._failures, self._rests, time.time() + self.resting if self.resting else 0.0

    def restore(self, kept: Sequence[float] | None) -> None:
        """Take up a state from `kept`."""
        if kept is not None:
            self._failures, self._rests = int(kept[0]), int(kept[1])
            self._until = self._clock() + min(LONGEST_REST, max(0.0, kept[2] - time.time()))
