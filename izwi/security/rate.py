"""A token bucket: so many a period, with a burst of as many, and nothing to sweep up."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable


class Bucket:
    """Holds at most ``size`` tokens and gains ``rate`` a second."""

    __slots__ = ("_at", "_level", "rate", "size")

    def __init__(self, size: float, rate: float, now: float) -> None:
        self.size, self.rate = size, rate
        self._level, self._at = size, now

    def take(self, now: float, amount: float = 1.0) -> float:
        """Take ``amount``: 0.0 when it was there, else the seconds until it will be (and nothing is taken)."""
        self._level = min(self.size, self._level + (now - self._at) * self.rate)
        self._at = now
        if self._level >= amount:
            self._level -= amount
            return 0.0
        return (amount - self._level) / self.rate


class Rates:
    """One bucket a name, the least recently used forgotten beyond ``most``."""

    def __init__(self, most: int = 20_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._most, self._clock = most, clock

    def take(self, name: str, a_minute: float) -> float:
        """Seconds to wait before ``name`` may go again; 0.0: now, and it has been counted. ``a_minute`` 0: no limit."""
        if not a_minute:
            return 0.0
        now = self._clock()
        bucket = self._buckets.get(name)
        if bucket is None or bucket.size != a_minute:
            bucket = self._buckets[name] = Bucket(a_minute, a_minute / 60, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(name)
        return bucket.take(now)
