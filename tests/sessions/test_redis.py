"""Sessions on a real Redis: shared by replicas, stopped and started under a call, and empty when it comes back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis

from izwi.faults import BadInput
from izwi.sessions.choice import session_store
from izwi.sessions.journal import Journal
from izwi.sessions.sealed import filed_as, new_token
from izwi.settings import Settings
from tests.sessions.conftest import RedisServer, until

STATE = {"history": [["user", "mhoro shamwari"], ["assistant", "Mhoro!"]], "turn": 3}


def replica(server: RedisServer, **settings: Any) -> Journal:
    store = session_store(Settings(redis_url=server.url, **settings))
    assert isinstance(store, Journal)
    return store


@pytest.fixture
async def store(redis_server: RedisServer) -> AsyncIterator[Journal]:
    made = replica(redis_server)
    yield made
    await made.close()


def stream(server: RedisServer) -> list[dict[bytes, bytes]]:
    with redis.Redis.from_url(server.url) as client:
        return [fields for _, fields in client.xrange("izwi:audit")]


async def written(store: Journal) -> None:
    await until(lambda: not store.backlog and not store.trouble)


async def test_a_session_begun_on_one_replica_goes_on_on_another(redis_server: RedisServer, store: Journal) -> None:
    other, token = replica(redis_server), new_token()
    store.save(token, STATE)
    await written(store)
    assert await other.load(token) == STATE
    other.save(token, {"turn": 4})
    await written(other)
    assert await store.load(token) == {"turn": 4}
    other.forget(token)
    await written(other)
    assert await other.load(token) is None
    await other.close()


async def test_keys_expire_and_reveal_nothing(redis_server: RedisServer, store: Journal) -> None:
    token = new_token()
    store.save(token, STATE)
    await written(store)
    with redis.Redis.from_url(redis_server.url) as client:
        (key,) = client.keys("izwi:session:*")
        assert 3590 <= client.ttl(key) <= 3600
        assert token.encode() not in key
        assert b"shamwari" not in b"".join(client.hvals(key))


async def test_a_replica_that_knows_less_does_not_undo_what_another_did(
    redis_server: RedisServer, store: Journal
) -> None:
    other, token = replica(redis_server), new_token()
    early = store._now()
    other.save(token, {"turn": 9})
    await written(other)
    store._now = lambda: early
    store.save(token, {"turn": 1})
    await written(store)
    assert await other.load(token) == {"turn": 9}
    await other.close()


async def test_redis_stops_and_starts_and_the_audit_catches_up(
    redis_server: RedisServer, store: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    token = new_token()
    for turn in range(3):
        store.save(token, {"turn": turn})
        store.audit(token, "turn_ended", turn=turn)
        await written(store)
    redis_server.stop()
    with caplog.at_level(logging.WARNING):
        for turn in range(3, 40):
            store.save(token, {"turn": turn})
            store.audit(token, "turn_ended", turn=turn)
        await until(lambda: store.trouble)
        assert await store.load(token) == {"turn": 39}
        redis_server.start()
        await written(store)
    assert store.trouble == ""
    assert len([record for record in caplog.records if "is back" in record.message]) == 1
    entries = stream(redis_server)  # this Redis has no disk: what it held before is gone, nothing after
    assert [int(entry[b"number"]) for entry in entries] == list(range(4, 41))
    assert {entry[b"session"] for entry in entries} == {filed_as(token).encode()}
    assert await replica(redis_server).load(token) == {"turn": 39}


async def test_what_was_saved_before_is_given_again_to_a_redis_that_forgot(
    redis_server: RedisServer, store: Journal
) -> None:
    quiet, talking = new_token(), new_token()
    store.save(quiet, STATE)
    store.audit(quiet, "opened")
    await written(store)
    redis_server.stop()
    redis_server.start()
    store.audit(talking, "opened")
    await written(store)
    assert await replica(redis_server).load(quiet) == STATE


async def test_an_answer_lost_on_the_way_repeats_no_entry(redis_server: RedisServer, store: Journal) -> None:
    token, backend = new_token(), store._backend
    write, calls = backend.write, 0

    def lose_the_answer(*what: Any) -> None:
        nonlocal calls
        write(*what)
        calls += 1
        if calls == 1:
            raise redis.TimeoutError("the answer was lost")

    backend.write = lose_the_answer  # type: ignore[method-assign]
    for turn in range(5):
        store.audit(token, "turn_ended", turn=turn)
    await written(store)
    assert calls >= 2
    assert [int(entry[b"number"]) for entry in stream(redis_server)] == [1, 2, 3, 4, 5]


async def test_a_redis_that_was_never_there_costs_no_call(redis_server: RedisServer) -> None:
    redis_server.stop()
    store, token = replica(redis_server), new_token()
    store.save(token, STATE)
    await until(lambda: store.trouble)
    assert await store.load(token) == STATE
    await asyncio.wait_for(store.close(), 5)


def test_an_address_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="IZWI_REDIS_URL"):
        session_store(Settings(redis_url="not a url"))


def test_the_address_is_not_shown_with_the_settings() -> None:
    assert "hunter2" not in repr(Settings(redis_url="redis://:hunter2@redis:6379", secret="hunter2"))
