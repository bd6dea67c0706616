"""The guard at every door: who is it, may they, and have they enough left."""

from __future__ import annotations

import time
from collections.abc import Callable

from starlette.requests import HTTPConnection

from izwi.faults import BadInput
from izwi.security.address import client, networks
from izwi.security.keys import KeyRing
from izwi.security.origins import Origins
from izwi.security.pseudonyms import Pseudonyms, deployment_secret
from izwi.security.quotas import Place, Quotas
from izwi.security.talker import Limits, Refused, Talker, scopes
from izwi.security.tokens import Tokens
from izwi.settings import Settings

#: A browser cannot set headers on a WebSocket, so it may send its key as a second subprotocol: ``izwi.key.KEY``.
SUBPROTOCOL = "izwi.key."
#: Wrong keys a minute from one address before it is told to wait.
WRONG = 30


class Guard:
    """Everything there is to decide about a client, from the settings. One for the whole service."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        """Raises ``BadInput`` when a setting or the file of keys cannot be understood."""
        self.keys = KeyRing(settings.data / "keys.json", settings.keys)
        self.tokens = Tokens(settings.jwt_keys, settings.jwt_audience, settings.jwt_issuer)
        self._quotas = Quotas(settings, clock)
        self.origins = Origins(settings.origins)
        self.pseudonyms = Pseudonyms(deployment_secret(settings.secret, settings.data / "secret"))
        self._proxies = networks(settings.trusted_proxies)
        try:
            self._public = scopes(settings.public.split(",")) - {"admin"}
        except BadInput as error:
            raise BadInput(f"IZWI_PUBLIC: {error}") from None
        self._public_limits = Limits(
            settings.public_requests, 0, settings.public_talk, connections=settings.public_connections
        )

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
            self._quotas.request(talker)
        return talker

    def place(self, talker: Talker, session: str = "") -> Place:
        """A place for one live connection; close it, or use it in a ``with``. Raises ``Refused`` when there is none."""
        return self._quotas.place(talker, session)

    def close(self) -> None:
        """The service ends."""
        self._quotas.close()

    def _known(self, connection: HTTPConnection) -> Talker:
        credential = _credential(connection)
        if credential is None:
            address = self.address(connection)
            return Talker(f"ip:{self.pseudonyms.of(address)}", self._public, self._public_limits, public=True)
        talker = self.tokens.talker(credential) if credential.count(".") == 2 else self.keys.talker(credential)
        if talker is None:
            if wait := self._quotas.wait(f"wrong:{self.address(connection)}", WRONG):
                raise Refused(429, "too_many_requests", "Too many wrong keys; please wait a little.", wait)
            raise Refused(401, "bad_key", "That key is not valid.")
        return talker

    def address(self, connection: HTTPConnection) -> str:
        """The client's address, for counting and for nothing else."""
        peer = connection.client.host if connection.client else ""
        return client(peer, ", ".join(connection.headers.getlist("x-forwarded-for")), self._proxies)


def _credential(connection: HTTPConnection) -> str | None:
    """The key or token that came with a connection; None when none did."""
    kind, _, value = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    for offered in connection.headers.get("sec-websocket-protocol", "").split(","):
        if offered.strip().startswith(SUBPROTOCOL):
            return offered.strip().removeprefix(SUBPROTOCOL)
    return None
