"""How long talks last, learned from those that have ended and those that go on; and so, how long a queue takes."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Sequence

#: Seconds of the one talk we suppose before we know any, and how many of the newest are remembered.
USUAL, KEPT = 120.0, 50
#: How often the next minutes are played through.
PLAYS = 50


class TalkLengths:
    """Told of every talk that ends. All times are in seconds."""

    def __init__(self) -> None:
        self._ended: deque[float] = deque(maxlen=KEPT)

    def add(self, seconds: float) -> None:
        """A talk of so many seconds has ended."""
        self._ended.append(seconds)

    def mean(self, running: Sequence[float]) -> float:
        """The mean length, if ``running`` talks have lasted so long and none has ended.

        All the time there was over all the ends there were: the estimate for lengths that are known only in part, if
        talks end at any moment alike (Lawless, Statistical Models and Methods for Lifetime Data, section 4.1).
        """
        return (USUAL + sum(self._ended) + sum(running)) / (1 + len(self._ended))

    def wait(self, running: Sequence[float], position: int) -> float:
        """Seconds until ``position`` of the places are free that talks have held for ``running`` seconds each.

        The mean of many plays of what may come: each talk lasts as long as one of those that ended and were longer than
        it is now, or, as if one more were known, ends at any moment; and who gets a place talks in turn.
        """
        draw, mean = random.Random(position), self.mean(running)
        known = [[length - age for length in self._ended if length > age] for age in running]
        fresh = list(self._ended)

        def left(lengths: list[float]) -> float:
            chosen = draw.randrange(len(lengths) + 1)
            return lengths[chosen] if chosen < len(lengths) else draw.expovariate(1 / mean)

        total = 0.0
        for _ in range(PLAYS):
            ends = [left(lengths) for lengths in known]
            heapq.heapify(ends)
            for _ in range(position - 1):
                heapq.heapreplace(ends, ends[0] + left(fresh))
            total += ends[0]
        return total / PLAYS
