"""What clients have used on all replicas together: counters in Redis, brought up to date from a thread of its own.

Nobody waits for Redis. ``add`` counts here and answers with what is known so far; a few times a second the thread sends
all that was counted since, in one batch, and learns the totals. So a limit is kept to within what happens on the other
replicas in that moment. While Redis cannot be reached each replica counts for itself, which is told once, and
afterwards it catches up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from izwi.sessions.redis import connection

log = logging.getLogger(__name__)

#: Seconds: between two batches, and between two tries while Redis is in trouble (doubling, to).
PAUSE, AGAIN_AT_MOST, FAREWELL = 0.1, 5.0, 2.0
#: Counters remembered; beyond it the oldest is forgotten.
MOST = 50_000


@dataclass(slots=True)
class _Counter:
    """One counter: the total in Redis when we last looked, what we have counted that is not in it yet, and whether
    somebody has asked since."""

    ends: float
    known: float = 0.0
    owed: float = 0.0
    asked: bool = False


class Shared:
    """Counters by name and period. ``url`` empty: there are no other replicas, nothing is counted here and all is 0.

    Thread-safe. ``clock`` in Unix seconds; those of the replicas should agree to a second or two.
    Raises ``BadInput`` for an address that is none.
    """

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self.trouble = False
        self._redis = connection(url) if url else None
        self._clock = clock
        self._counters: dict[str, _Counter] = {}
        self._guard = threading.Lock()
        self._due, self._closing = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, name: str, amount: float, period: int) -> float:
        """Count ``amount`` in this period (of so many seconds, from midnight UTC); the total as far as it is known."""
        if self._redis is None:
            return 0.0
        number = int(self._clock() // period)
        key = f"izwi:used:{name}:{period}:{number}"
        with self._guard:
            if (counter := self._counters.get(key)) is None:
                counter = self._counters[key] = _Counter(ends=(number + 1) * period)
                if len(self._counters) > MOST:
                    del self._counters[next(iter(self._counters))]
            counter.owed, counter.asked = counter.owed + amount, True
            total = counter.known + counter.owed
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="quotas", daemon=True)
                self._thread.start()
        self._due.set()
        return total

    def close(self) -> None:
        """Send what is left, as far as possible within a moment."""
        self._closing.set()
        self._due.set()
        if self._thread is not None:
            self._thread.join(FAREWELL)

    # On the thread

    def _work(self) -> None:
        import redis

        pause = PAUSE
        while not self._closing.wait(pause):
            self._due.wait()
            self._due.clear()
            try:
                self._exchange()
                pause = PAUSE
                self._say(trouble=False)
            except (redis.RedisError, OSError) as error:
                pause = min(2 * pause, AGAIN_AT_MOST)
                self._say(trouble=True, why=type(error).__name__)
                self._due.set()
        try:
            self._exchange()
        except (redis.RedisError, OSError):
            log.warning("the last of the quotas could not be shared")
        assert self._redis is not None
        self._redis.close()

    def _exchange(self) -> None:
        """Send what is owed and learn the totals. A period that is over interests nobody any more."""
        assert self._redis is not None
        now = self._clock()
        with self._guard:
            self._counters = {key: counter for key, counter in self._counters.items() if counter.ends > now}
            asked = [(key, counter, counter.owed) for key, counter in self._counters.items() if counter.asked]
        if not asked:
            return
        with self._redis.pipeline(transaction=False) as batch:
            for key, counter, amount in asked:
                batch.incrbyfloat(key, amount)
                batch.expire(key, round(counter.ends - now) + 1)
            totals = batch.execute()[::2]
        with self._guard:
            for (_, counter, amount), total in zip(asked, totals, strict=True):
                counter.known, counter.owed = float(total), counter.owed - amount
                counter.asked = bool(counter.owed)

    def _say(self, trouble: bool, why: str = "") -> None:
        if trouble and not self.trouble:
            log.warning("quotas are counted on this machine alone for now: Redis cannot be used (%s)", why)
        if self.trouble and not trouble:
            log.warning("quotas are shared again")
        self.trouble = trouble
