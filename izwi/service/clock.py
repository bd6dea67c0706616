"""How far the other side's clock is ahead of ours, as NTP finds it (RFC 5905, section 8)."""

from __future__ import annotations

from collections import deque

#: Exchanges remembered; the one with the shortest round trip is the least delayed, so it is believed.
KEPT = 8


class ClockOffset:
    """Fed with exchanges: asked at ``t0`` (ours), received ``t1`` and answered ``t2`` (theirs), heard ``t3`` (ours)."""

    def __init__(self) -> None:
        self._exchanges: deque[tuple[float, float]] = deque(maxlen=KEPT)

    def add(self, t0: float, t1: float, t2: float, t3: float) -> None:
        """One exchange, all in seconds; an impossible one (a negative round trip) is passed over."""
        trip = (t3 - t0) - (t2 - t1)
        if trip >= 0:
            self._exchanges.append((trip, ((t1 - t0) + (t2 - t3)) / 2))

    @property
    def known(self) -> bool:
        return bool(self._exchanges)

    @property
    def trip(self) -> float:
        """The shortest round trip of late, in seconds; the offset is wrong by half of it at most."""
        return min(self._exchanges)[0] if self._exchanges else 0.0

    @property
    def offset(self) -> float:
        """Their clock minus ours, in seconds; 0 while nothing is known."""
        return min(self._exchanges)[1] if self._exchanges else 0.0

    def ours(self, theirs: float) -> float:
        """A moment of their clock on ours."""
        return theirs - self.offset
