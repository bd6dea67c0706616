"""Quotas of several replicas over one real Redis: shared, counted alone while it is away, and never waited for."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import redis
from starlette.requests import HTTPConnection

from izwi.faults import BadInput
from izwi.security.guard import Guard
from izwi.security.keys import make
from izwi.security.quotas import MOMENT
from izwi.security.shared import Shared
from izwi.security.talker import Refused
from izwi.settings import Settings
from tests.security.test_guard import Clock, coming, first_refusal, refusal
from tests.sessions.conftest import RedisServer, redis_server, until

__all__ = ["redis_server"]


class Replicas:
    """Two of them, each with a data folder of its own, and one key that both know."""

    def __init__(self, folder: Path, url: str, **settings: Any) -> None:
        limits = {name: settings.pop(name) for name in list(settings) if name in LIMITS}
        shown, key = make("clinic", ["talk"], **limits)
        self.clock, self.key = Clock(), coming(authorization=f"Bearer {shown}")
        settings |= {"keys": json.dumps([asdict(key)]), "redis_url": url, "secret": "one for all of them"}
        self.here, self.there = (Guard(Settings(data=folder / name, **settings), self.clock) for name in "ab")

    async def told(self) -> None:
        """Until all that was counted is known to Redis."""
        shared = [guard._quotas._shared for guard in (self.here, self.there)]
        await until(lambda: not any(counter.asked for one in shared for counter in list(one._counters.values())))

    async def refused(self, guard: Guard, connection: HTTPConnection) -> Refused:
        """After one request at most, by which the replica learns what the other has counted meanwhile."""
        await self.told()
        with contextlib.suppress(Refused):
            guard.admit(connection)
        await self.told()
        return refusal(guard, connection)

    def close(self) -> None:
        self.here.close()
        self.there.close()


LIMITS = ("requests_per_minute", "requests_per_day", "talk_per_day", "connections")


@pytest.fixture
def replicas(tmp_path: Path, redis_server: RedisServer, request: pytest.FixtureRequest) -> Iterator[Replicas]:
    """With the settings and limits of the test's parameter."""
    made = Replicas(tmp_path, redis_server.url, **getattr(request, "param", {}))
    yield made
    made.close()


def given(**settings: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("replicas", [settings], indirect=True, ids=["replicas"])


@given(requests_per_day=3)
async def test_the_requests_of_a_day(replicas: Replicas) -> None:
    for _ in range(2):
        replicas.here.admit(replicas.key)
    await replicas.told()
    assert replicas.there.admit(replicas.key)
    for guard in (replicas.there, replicas.here):
        assert (await replicas.refused(guard, replicas.key)).code == "request_quota"
    replicas.clock.now += 86_400
    assert replicas.there.admit(replicas.key)


@given(public_requests=4)
async def test_the_requests_of_a_minute_from_one_address(replicas: Replicas) -> None:
    for _ in range(2):
        replicas.here.admit(coming())
        replicas.there.admit(coming())
    for guard in (replicas.here, replicas.there):
        refused = await replicas.refused(guard, coming())
        assert refused.code == "too_many_requests"
        assert 0 < refused.after <= 60
        assert guard.admit(coming("198.51.100.1")), "somebody else is not held back"


@given(talk_per_day=60.0)
async def test_the_talk_of_a_day(replicas: Replicas) -> None:
    with replicas.here.place(replicas.here.admit(replicas.key)) as place:
        place.spend(50.0)
    await replicas.told()
    with replicas.there.place(replicas.there.admit(replicas.key)) as place:
        place.spend(5.0)
        await replicas.told()
        assert first_refusal(lambda: place.spend(1.0), 6).code == "talk_quota"


@given(time_limit=30.0)
async def test_a_session_that_goes_on_elsewhere_has_one_time(replicas: Replicas) -> None:
    with replicas.here.place(replicas.here.admit(replicas.key), "s1") as place:
        place.spend(20.0)
    await replicas.told()
    with replicas.there.place(replicas.there.admit(replicas.key), "s1") as place:
        await replicas.told()
        with pytest.raises(Refused, match="time limit"):
            place.spend(11.0)


@given(connections=2)
async def test_connections_at_once(replicas: Replicas) -> None:
    talker, here, there = replicas.here.admit(replicas.key), replicas.here, replicas.there
    first, second = here.place(talker), here.place(talker)
    await replicas.told()
    there.place(talker).close()  # it has not heard of the others yet
    await replicas.told()
    with pytest.raises(Refused) as refused:
        there.place(talker)
    assert refused.value.code == "too_many_connections"
    second.close()
    await replicas.told()
    there.place(talker).close()
    await replicas.told()
    there.place(talker).close()  # and nothing has leaked
    first.close()


@given(connections=1)
async def test_connections_last_and_those_of_a_replica_that_was_killed_do_not(replicas: Replicas) -> None:
    talker, here, there = replicas.here.admit(replicas.key), replicas.here, replicas.there
    place = here.place(talker)
    for _ in range(3):
        replicas.clock.now += MOMENT
        place.spend(1.0)
        await replicas.told()
        there.place(talker).close()  # by which it learns of the other
        await replicas.told()
        with pytest.raises(Refused):
            there.place(talker)
    replicas.clock.now += MOMENT  # "here" is dead: it tells nothing
    there.place(talker).close()
    await replicas.told()
    there.place(talker).close()


@given(requests_per_day=6)
async def test_redis_goes_and_comes_and_nobody_is_kept_waiting(
    replicas: Replicas, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    replicas.here.admit(replicas.key)
    await replicas.told()
    redis_server.stop()
    with caplog.at_level(logging.WARNING):
        for _ in range(4):
            replicas.here.admit(replicas.key)
        assert replicas.there.admit(replicas.key), "each counts for itself"
        await until(lambda: all(guard._quotas._shared.trouble for guard in (replicas.here, replicas.there)))
        redis_server.start()
        await replicas.told()
        assert replicas.there.admit(replicas.key)
        for guard in (replicas.here, replicas.there):
            assert (await replicas.refused(guard, replicas.key)).code == "request_quota"
    said = caplog.text.count("quotas are counted on this machine alone"), caplog.text.count("quotas are shared again")
    assert said[0] == said[1] >= 2, "once each, unless this machine is so busy that Redis seems gone again"


@given(requests_per_day=2)
async def test_what_was_counted_here_outlives_a_redis_that_forgot(
    replicas: Replicas, redis_server: RedisServer
) -> None:
    for _ in range(2):
        replicas.here.admit(replicas.key)
    await replicas.told()
    redis_server.stop()
    redis_server.start()
    assert (await replicas.refused(replicas.here, replicas.key)).code == "request_quota"


async def test_redis_is_asked_by_our_thread_alone_and_forgets_in_time(redis_server: RedisServer) -> None:
    shared, asked = Shared(redis_server.url), set()
    pipeline = shared._redis.pipeline

    def noted(**how: Any) -> Any:
        asked.add(threading.current_thread().name)
        return pipeline(**how)

    shared._redis.pipeline = noted
    for _ in range(1000):
        shared.add("requests:key:1", 1, 60)
    await until(lambda: asked)
    shared.close()
    assert asked == {"quotas"}
    with redis.Redis.from_url(redis_server.url) as client:
        keys = client.keys()
        assert sum(float(client.get(key)) for key in keys) == 1000, "what was left went with the end"
        assert all(0 < client.ttl(key) <= 61 for key in keys)


async def test_a_redis_that_never_answers_costs_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        shared = Shared(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        with caplog.at_level(logging.WARNING):
            assert [shared.add("requests:key:1", 1, 86_400) for _ in range(3)] == [1, 2, 3]
            await until(lambda: shared.trouble)
            assert shared.add("requests:key:1", 1, 86_400) == 4
    shared.close()
    assert caplog.text.count("alone") == 1


def test_without_redis_nothing_is_shared_and_nothing_runs() -> None:
    shared = Shared("")
    assert shared.add("requests:key:1", 1, 86_400) == 0
    assert shared._thread is None
    shared.close()
    with pytest.raises(BadInput, match="IZWI_REDIS_URL"):
        Shared("not a url")
