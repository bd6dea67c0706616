"""Sessions in Redis, shared by any number of replicas: a key a state with a time to live, and the audit as a stream.

State only, never routing: any replica may serve any session, and none asks Redis which does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from izwi.faults import BadInput
from izwi.sessions.audit import Entry
from izwi.sessions.store import Forgotten, Kept

#: Seconds a command may take; and a replica's mark stays after its last word.
TIMEOUT, MARK = 1.0, 86_400
#: Entries the stream holds, about.
LONGEST_STREAM = 1_000_000
STREAM = "izwi:audit"

#: Keep a state unless a newer one is there: two replicas may both have known the session.
_KEEP = """
if tonumber(redis.call('HGET', KEYS[1], 'at') or '0') <= tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], 'at', ARGV[1], 'sealed', ARGV[2])
    redis.call('EXPIRE', KEYS[1], ARGV[3])
end
"""


def connection(url: str) -> Any:
    """A client of Redis at ``url`` (redis://, rediss://, unix://); connects when first used. Raises ``BadInput``."""
    import redis

    try:
        return redis.Redis.from_url(url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, client_name="izwi")
    except ValueError:
        raise BadInput("IZWI_REDIS_URL must look like redis://host:6379/0") from None


class RedisBackend:
    """A ``Backend`` at ``url``. Raises ``BadInput`` for an address that is none.

    Each replica keeps a mark of the last audit entry it has appended, in the same transaction: so an answer that was
    lost on the way repeats nothing, and a mark that is gone shows that Redis came back empty.
    """

    def __init__(self, url: str, ttl: float = 3600.0) -> None:
        import redis

        self.errors: tuple[type[Exception], ...] = (redis.RedisError, OSError)
        self._ttl = max(1, round(ttl))
        self._marked = False
        self._redis = connection(url)

    def open(self) -> None:
        self._redis.ping()

    def write(self, states: Sequence[Kept], entries: Sequence[Entry]) -> None:
        mark = f"izwi:replica:{entries[-1].replica}" if entries else ""
        last = self._last(mark) if mark else 0
        with self._redis.pipeline(transaction=True) as batch:
            for kept in states:
                if kept.sealed:
                    batch.eval(_KEEP, 1, _key(kept.name), repr(kept.at), kept.sealed, self._ttl)
                else:
                    batch.delete(_key(kept.name))
            for entry in entries:
                if entry.number > last:
                    batch.xadd(STREAM, _fields(entry), maxlen=LONGEST_STREAM, approximate=True)
            if mark:
                batch.set(mark, entries[-1].number, ex=MARK)
            batch.execute()
        self._marked = self._marked or bool(mark)

    def _last(self, mark: str) -> int:
        last = self._redis.get(mark)
        if last is None and self._marked:
            self._marked = False
            raise Forgotten("it came back empty")
        return int(last or 0)

    def read(self, name: str) -> Kept | None:
        at, sealed = self._redis.hmget(_key(name), "at", "sealed")
        return Kept(name, float(at), sealed) if at and sealed else None

    def tidy(self) -> None:
        """Redis does it by itself."""

    def close(self) -> None:
        self._redis.close()


def _key(name: str) -> str:
    return f"izwi:session:{name}"


def _fields(entry: Entry) -> dict[str, str | int | float]:
    return {
        "replica": entry.replica,
        "number": entry.number,
        "at": entry.at,
        "session": entry.session,
        "kind": entry.kind,
        "user": entry.user,
        "numbers": entry.figures(),
    }
