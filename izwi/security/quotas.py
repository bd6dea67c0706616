"""How much of everything a client gets: requests, seconds of talk, connections at once, and a session's time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from izwi.security.rate import Bucket, Rates
from izwi.security.shared import Shared
from izwi.security.talker import Refused, Talker
from izwi.security.usage import Usage
from izwi.settings import Settings

#: Messages a second that one connection may send, and its burst: audio in 20 ms pieces needs 50.
MESSAGES, BURST = 200.0, 1000.0
#: Bytes of the longest message of a live connection: two seconds of 16 kHz audio in base64, and room.
LONGEST_MESSAGE = 128 * 1024
#: Seconds of talk that are counted in memory before they are written down.
SPELL = 5.0
#: Seconds of the periods in which replicas count together. Connections at once are told anew in every moment, so that
#: those of a replica that was killed are soon forgotten.
DAY, MINUTE, MOMENT = 86_400, 60, 10
#: Sessions whose time is remembered.
MOST = 10_000


class Quotas:
    """Counts for every holder: here, on disk for the day, and with the other replicas where there are any."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        """``clock`` in Unix seconds. Raises ``BadInput`` for an ``IZWI_REDIS_URL`` that is none."""
        self._usage = Usage(settings.data / "usage.db", clock)
        self._shared = Shared(settings.redis_url, clock)
        self._session_limit = settings.time_limit
        self._clock, self._rates, self._live = clock, Rates(), Counter[str]()
        self._sessions: dict[str, float] = {}

    def wait(self, name: str, a_minute: int) -> float:
        """Seconds until ``name`` may go again, on this machine; 0.0: now, and it is counted."""
        return self._rates.take(name, a_minute)

    def request(self, talker: Talker) -> None:
        """A request has come. Raises ``Refused`` if it is one too many for this minute or day."""
        holder, limits = talker.holder, talker.limits
        wait = self._rates.take(holder, limits.requests_per_minute)
        if not wait and 0 < limits.requests_per_minute < self._shared.add(f"requests:{holder}", 1, MINUTE):
            wait = self._left(MINUTE)
        if wait:
            raise Refused(429, "too_many_requests", "Too many requests; please wait a little.", wait)
        used = max(self._usage.add(holder, requests=1).requests, self._shared.add(f"requests:{holder}", 1, DAY))
        if 0 < limits.requests_per_day < used:
            raise Refused(429, "request_quota", "This key's requests for today are used up.", self._left(DAY))

    def place(self, talker: Talker, session: str = "") -> Place:
        """A place for one live connection; close it, or use it in a ``with``. Raises ``Refused`` when there is none."""
        most = talker.limits.connections
        if most and max(self._live[talker.holder], self._shared.add(f"live:{talker.holder}", 0, MOMENT)) >= most:
            raise Refused(429, "too_many_connections", f"There are {most} connections of yours already.", 10)
        place = Place(self, talker, session)
        place.spend(0.0)
        self._live[talker.holder] += 1
        return place

    def close(self) -> None:
        """The service ends."""
        self._usage.close()
        self._shared.close()

    # For the places

    def count(self, talker: Talker, session: str, seconds: float) -> tuple[float, float]:
        """Count the talk; how much it makes for the talker today, and for the session."""
        here = self._usage.add(talker.holder, seconds=seconds).seconds
        today = max(here, self._shared.add(f"talk:{talker.holder}", seconds, DAY))
        if not session:
            return today, 0.0
        spent = self._sessions[session] = self._sessions.pop(session, 0.0) + seconds
        if len(self._sessions) > MOST:
            del self._sessions[next(iter(self._sessions))]
        return today, max(spent, self._shared.add(f"session:{session}", seconds, DAY))

    def talked(self, talker: Talker, session: str, seconds: float) -> None:
        """Count it. Raises ``Refused`` once there is none left."""
        today, spent = self.count(talker, session, seconds)
        if 0 < talker.limits.talk_per_day <= today:
            raise Refused(429, "talk_quota", "The time to talk for today is used up.", self._left(DAY))
        if 0 < self._session_limit <= spent:
            raise Refused(429, "time_limit", "This talk has reached its time limit.")

    def present(self, talker: Talker, told: int) -> int:
        """Tell the other replicas, once in every moment, that a connection is here; the moment it was ``told`` in."""
        if (moment := int(self._clock() // MOMENT)) != told:
            self._shared.add(f"live:{talker.holder}", 1, MOMENT)
        return moment

    def left(self, talker: Talker, told: int) -> None:
        """A connection is over."""
        self._live[talker.holder] -= 1
        if self._live[talker.holder] <= 0:
            del self._live[talker.holder]
        if told == int(self._clock() // MOMENT):
            self._shared.add(f"live:{talker.holder}", -1, MOMENT)

    def _left(self, period: int) -> float:
        """Seconds until the next minute, or day, begins."""
        return period - self._clock() % period


class Place:
    """One live connection of a talker: what it sends is counted, and so is the time it talks."""

    def __init__(self, quotas: Quotas, talker: Talker, session: str) -> None:
        self.talker, self.session = talker, session
        self._quotas, self._open, self._owed = quotas, True, 0.0
        self._told = -1  # the moment in which the other replicas were told of us
        self._bucket = Bucket(BURST, MESSAGES, time.monotonic())

    def message(self, size: int) -> None:
        """A message of ``size`` bytes has come. Raises ``Refused`` for one too long, or too many a second."""
        if size > LONGEST_MESSAGE:
            raise Refused(413, "too_long", f"A message may have at most {LONGEST_MESSAGE:,} bytes.")
        if wait := self._bucket.take(time.monotonic()):
            raise Refused(429, "too_many_messages", "That is more messages a second than anybody can say.", wait)

    def spend(self, seconds: float) -> None:
        """``seconds`` of talk have passed. Raises ``Refused`` once the quota or the session's time is used up."""
        self._owed += seconds
        if self._owed >= SPELL or not seconds:
            owed, self._owed = self._owed, 0.0
            self._quotas.talked(self.talker, self.session, owed)
        self._told = self._quotas.present(self.talker, self._told)

    def close(self) -> None:
        """Give the place back; any number of times."""
        if not self._open:
            return
        self._open = False
        self._quotas.left(self.talker, self._told)
        if self._owed:
            self._quotas.count(self.talker, self.session, self._owed)

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()
