"""The guard at every door: who is it, may they, have they enough left; and a place for each live connection."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.requests import HTTPConnection

from izwi.security.address import client, networks
from izwi.security.keys import KeyRing
from izwi.security.origins import Origins
from izwi.security.pseudonyms import Pseudonyms, deployment_secret
from izwi.security.rate import Bucket, Rates
from izwi.security.talker import Limits, Refused, Talker, scopes
from izwi.security.tokens import Tokens
from izwi.security.usage import Usage
from izwi.settings import Settings

#: A browser cannot set headers on a WebSocket, so it may send its key as a second subprotocol: ``izwi.key.KEY``.
SUBPROTOCOL = "izwi.key."
#: Messages a second that one connection may send, and its burst: audio in 20 ms pieces needs 50.
MESSAGES, BURST = 200.0, 1000.0
#: Bytes of the longest message of a live connection: two seconds of 16 kHz audio in base64, and room.
LONGEST_MESSAGE = 128 * 1024
#: Wrong keys a minute from one address before it is told to wait.
WRONG = 30
#: Seconds of talk that are counted in memory before they are written down.
SPELL = 5.0


class Guard:
    """Everything there is to decide about a client, from the settings. One for the whole service."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        """Raises ``BadInput`` when a setting or the file of keys cannot be understood."""
        self.keys = KeyRing(settings.data / "keys.json", settings.keys)
        self.tokens = Tokens(settings.jwt_keys, settings.jwt_audience, settings.jwt_issuer)
        self.usage = Usage(settings.data / "usage.db", clock)
        self.origins = Origins(settings.origins)
        self.pseudonyms = Pseudonyms(deployment_secret(settings.secret, settings.data / "secret"))
        self._proxies = networks(settings.trusted_proxies)
        self._public = scopes(settings.public.split(",")) - {"admin"}
        self._public_limits = Limits(
            settings.public_requests, 0, settings.public_talk, connections=settings.public_connections
        )
        self._session_limit = settings.time_limit
        self._rates, self._live = Rates(), Counter[str]()
        self._sessions: dict[str, float] = {}

    def admit(self, connection: HTTPConnection, scope: str = "talk", count: bool = True) -> Talker:
        """Who this is, if they may do ``scope`` ("": anything at all) now. Raises ``Refused``.

        It counts as a request, unless it only goes on with one (``count`` False).
        """
        talker = self._known(connection)
        if scope and scope not in talker.scopes:
            if talker.public:
                raise Refused(401, "no_key", f"This needs a key with the scope '{scope}'.")
            raise Refused(403, "no_scope", f"This key does not have the scope '{scope}'.")
        if talker.public and not self.origins.same(connection):
            raise Refused(403, "bad_origin", "Pages of other sites may not use Izwi without a key.")
        if count:
            self._count(talker)
        return talker

    def place(self, talker: Talker, session: str = "") -> Place:
        """A place for one live connection; close it, or use it in a ``with``. Raises ``Refused`` when there is none."""
        most = talker.limits.connections
        if most and self._live[talker.holder] >= most:
            raise Refused(429, "too_many_connections", f"There are {most} connections of yours already.", 10)
        place = Place(self, talker, session)
        place.spend(0.0)
        self._live[talker.holder] += 1
        return place

    def close(self) -> None:
        """The service ends."""
        self.usage.close()

    def _known(self, connection: HTTPConnection) -> Talker:
        credential = _credential(connection)
        if credential is None:
            address = self.address(connection)
            return Talker(f"ip:{self.pseudonyms.of(address)}", self._public, self._public_limits, public=True)
        talker = self.tokens.talker(credential) if credential.count(".") == 2 else self.keys.talker(credential)
        if talker is None:
            if wait := self._rates.take(f"wrong:{self.address(connection)}", WRONG):
                raise Refused(429, "too_many_requests", "Too many wrong keys; please wait a little.", wait)
            raise Refused(401, "bad_key", "That key is not valid.")
        return talker

    def address(self, connection: HTTPConnection) -> str:
        """The client's address, for counting and for nothing else."""
        peer = connection.client.host if connection.client else ""
        return client(peer, ", ".join(connection.headers.getlist("x-forwarded-for")), self._proxies)

    def _count(self, talker: Talker) -> None:
        if wait := self._rates.take(talker.holder, talker.limits.requests_per_minute):
            raise Refused(429, "too_many_requests", "Too many requests; please wait a little.", wait)
        used = self.usage.add(talker.holder, requests=1)
        if 0 < talker.limits.requests_per_day < used.requests:
            raise Refused(429, "request_quota", "This key's requests for today are used up.", self._tomorrow())

    def _tomorrow(self) -> float:
        return 86_400 - time.time() % 86_400

    def _leave(self, talker: Talker) -> None:
        self._live[talker.holder] -= 1
        if self._live[talker.holder] <= 0:
            del self._live[talker.holder]

    def _talked(self, talker: Talker, session: str, seconds: float) -> None:
        used = self.usage.add(talker.holder, seconds=seconds)
        if 0 < talker.limits.talk_per_day <= used.seconds:
            raise Refused(429, "talk_quota", "The time to talk for today is used up.", self._tomorrow())
        if session and self._session_limit:
            spent = self._sessions[session] = self._sessions.pop(session, 0.0) + seconds
            if len(self._sessions) > 10_000:
                del self._sessions[next(iter(self._sessions))]
            if spent >= self._session_limit:
                raise Refused(429, "time_limit", "This talk has reached its time limit.")


class Place:
    """One live connection of a talker: what it sends is counted, and so is the time it talks."""

    def __init__(self, guard: Guard, talker: Talker, session: str) -> None:
        self.talker, self.session = talker, session
        self._guard, self._open, self._owed = guard, True, 0.0
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
            self._guard._talked(self.talker, self.session, owed)

    def close(self) -> None:
        """Give the place back; any number of times."""
        if not self._open:
            return
        self._open = False
        self._guard._leave(self.talker)
        if self._owed:
            self._guard.usage.add(self.talker.holder, seconds=self._owed)

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _credential(connection: HTTPConnection) -> str | None:
    """The key or token that came with a connection; None when none did."""
    kind, _, value = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    for offered in connection.headers.get("sec-websocket-protocol", "").split(","):
        if offered.strip().startswith(SUBPROTOCOL):
            return offered.strip().removeprefix(SUBPROTOCOL)
    return None
