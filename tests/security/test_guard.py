"""Who is let in, from where, and how much of everything they get."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from izwi.faults import BadInput
from izwi.security.address import client, networks
from izwi.security.guard import SUBPROTOCOL, Guard
from izwi.security.keys import make
from izwi.security.pseudonyms import Pseudonyms, deployment_secret
from izwi.security.quotas import BURST, LONGEST_MESSAGE
from izwi.security.talker import Refused
from izwi.security.usage import Usage
from izwi.settings import Settings

NOON = 43_200.0


class Clock:
    """A day that passes when we say so."""

    def __init__(self) -> None:
        self.now = 1_000_000 * 86_400 + NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(tmp_path: Path, clock: Clock) -> Guard:
    return guarding(tmp_path, clock)


def guarding(folder: Path, clock: Clock, **settings: Any) -> Guard:
    return Guard(Settings(data=folder, **settings), clock)


def coming(peer: str = "203.0.113.7", **headers: str) -> HTTPConnection:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": raw, "client": (peer, 1)})


def refusal(guard: Guard, connection: HTTPConnection, scope: str = "talk") -> Refused:
    with pytest.raises(Refused) as refused:
        guard.admit(connection, scope)
    return refused.value


def first_refusal(act: Callable[[], None], times: int) -> Refused:
    """The refusal that comes within so many times."""
    for _ in range(times):
        try:
            act()
        except Refused as refused:
            return refused
    raise AssertionError("never refused")


def with_key(guard: Guard, *scopes: str, **limits: Any) -> HTTPConnection:
    shown, key = make("test", scopes or ("talk",), **limits)
    guard.keys.add(key)
    return coming(authorization=f"Bearer {shown}")


def test_a_stranger_may_talk_and_nothing_else(guard: Guard) -> None:
    stranger = guard.admit(coming())
    assert stranger.public
    assert "203" not in stranger.holder
    for scope in ("tts", "asr", "chat", "admin"):
        assert refusal(guard, coming(), scope).code == "no_key"


def test_admin_is_closed_to_strangers_whatever_the_setting(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock, public="talk,tts,admin")
    assert guard.admit(coming(), "tts").public
    assert refusal(guard, coming(), "admin").status == 401
    with pytest.raises(BadInput, match="IZWI_PUBLIC: there is no scope 'all'"):
        guarding(tmp_path, clock, public="talk,all")


def test_a_key_opens_its_scopes(guard: Guard) -> None:
    connection = with_key(guard, "tts")
    assert guard.admit(connection, "tts").holder.startswith("key:")
    assert refusal(guard, connection, "chat").code == "no_scope"


def test_a_wrong_key_is_never_taken_for_a_stranger(guard: Guard) -> None:
    assert refusal(guard, coming(authorization="Bearer nonsense")).code == "bad_key"
    assert refusal(guard, coming(authorization="Bearer ")).code == "bad_key"
    assert refusal(guard, coming(authorization="Bearer a.b.c")).code == "bad_key"


def test_many_wrong_keys_have_to_wait(guard: Guard) -> None:
    codes = {refusal(guard, coming(authorization="Bearer wrong")).code for _ in range(40)}
    assert codes == {"bad_key", "too_many_requests"}


def test_a_browser_may_send_its_key_as_a_subprotocol(guard: Guard) -> None:
    key = with_key(guard, "talk").headers["authorization"].split()[1]
    assert not guard.admit(coming(sec_websocket_protocol=f"izwi.v1, {SUBPROTOCOL}{key}")).public


def test_pages_of_other_sites_need_a_key(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock, origins="https://friend.example")
    assert refusal(guard, coming(origin="https://evil.example", host="izwi.example")).code == "bad_origin"
    assert refusal(guard, coming(origin="null", host="izwi.example")).code == "bad_origin"
    assert guard.admit(coming(origin="https://izwi.example", host="izwi.example"))
    assert guard.admit(coming(origin="https://friend.example", host="izwi.example"))


@pytest.mark.parametrize("origins", ["*", "https://*.example.org", "example.org", "https://example.org/", "ftp://x"])
def test_no_wildcards_and_no_half_origins(tmp_path: Path, clock: Clock, origins: str) -> None:
    with pytest.raises(BadInput, match="IZWI_ORIGINS"):
        guarding(tmp_path, clock, origins=origins)


def test_requests_a_minute(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock, public_requests=5)
    for _ in range(5):
        guard.admit(coming())
    refused = refusal(guard, coming())
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert 0 < refused.after <= 12
    assert guard.admit(coming("198.51.100.1")), "somebody else is not held back"
    assert guard.admit(coming(), count=False), "nor what only goes on with a request"


def test_a_days_requests_outlive_a_restart(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock)
    connection = with_key(guard, requests_per_day=3)
    for _ in range(2):
        guard.admit(connection)
    guard.close()
    again = guarding(tmp_path, clock)
    again.admit(connection)
    assert refusal(again, connection).code == "request_quota"
    clock.now += 86_400
    assert again.admit(connection)


def test_a_days_talk_outlives_a_restart(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock)
    connection = with_key(guard, talk_per_day=60.0)
    with guard.place(guard.admit(connection)) as place:
        for _ in range(48):
            place.spend(1.0)
    guard.close()
    again = guarding(tmp_path, clock)
    with again.place(again.admit(connection)) as place:
        refused = first_refusal(lambda: place.spend(1.0), 48)
    assert refused.code == "talk_quota"
    with pytest.raises(Refused, match="used up"):
        again.place(again.admit(connection))


def test_a_session_has_its_time_however_often_it_is_resumed(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock, time_limit=30.0)
    talker = guard.admit(coming())
    for _ in range(2):
        with guard.place(talker, "s1") as place:
            place.spend(12.0)
    with guard.place(talker, "s1") as place, pytest.raises(Refused) as refused:
        place.spend(12.0)
    assert refused.value.code == "time_limit"
    assert guard.place(talker, "s2")


def test_connections_at_once(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock, public_connections=2)
    talker = guard.admit(coming())
    first, second = guard.place(talker), guard.place(talker)
    with pytest.raises(Refused) as refused:
        guard.place(talker)
    assert (refused.value.code, refused.value.close_code) == ("too_many_connections", 4429)
    first.close()
    first.close()
    third = guard.place(talker)
    for place in (second, third):
        place.close()
    assert not guard._quotas._live, "no place leaks"


def test_messages_have_a_size_and_a_rate(guard: Guard) -> None:
    with guard.place(guard.admit(coming())) as place:
        with pytest.raises(Refused, match="at most"):
            place.message(LONGEST_MESSAGE + 1)
        assert first_refusal(lambda: place.message(100), 10 * int(BURST)).code == "too_many_messages"


def test_a_full_disk_counts_in_memory_and_says_so(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    usage = Usage(tmp_path / "usage.db", clock)
    assert usage.add("key:1", requests=1).requests == 1

    class Full:
        def execute(self, *_: object) -> None:
            raise sqlite3.OperationalError("database or disk is full")

    usage._base.close()
    usage._base = Full()  # type: ignore[assignment]
    assert usage.add("key:1", requests=1).requests == 1
    assert usage.add("key:1", requests=1).requests == 2
    assert caplog.text.count("counted in memory") == 1


def test_counts_are_forgotten_after_a_week(tmp_path: Path, clock: Clock) -> None:
    usage = Usage(tmp_path / "usage.db", clock)
    for _ in range(20):
        usage.add("key:1", requests=1)
        clock.now += 86_400
    usage.close()
    with closing(sqlite3.connect(tmp_path / "usage.db")) as base:
        assert base.execute("SELECT count(*) FROM used").fetchone() == (8,)


def test_two_processes_share_one_count(tmp_path: Path, clock: Clock) -> None:
    one, other = Usage(tmp_path / "usage.db", clock), Usage(tmp_path / "usage.db", clock)
    for usage in (one, other, one, other):
        used = usage.add("key:1", requests=1, seconds=2.0)
    assert (used.requests, used.seconds) == (4, 8.0)
    one.close()
    other.close()


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "expected"),
    [
        ("203.0.113.7", "10.9.9.9", "", "203.0.113.7"),
        ("203.0.113.7", "10.9.9.9", "10.0.0.0/8", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.9", "10.0.0.0/8", "198.51.100.9"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.9, 10.2.2.2", "10.0.0.0/8", "198.51.100.9"),
        ("10.0.0.1", "nonsense", "10.0.0.0/8", "unknown"),
        ("10.0.0.1", "", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9:4711", "10.0.0.0/8", "198.51.100.9"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]", "10.0.0.0/8", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", "198.51.100.9", "10.0.0.0/8", "198.51.100.9"),
        ("2001:db8:1:2:ffff::1", "", "", "2001:db8:1:2::/64"),
        ("", "", "", "unknown"),
    ],
)
def test_whose_address_is_believed(peer: str, forwarded: str, trusted: str, expected: str) -> None:
    assert client(peer, forwarded, networks(trusted, {})) == expected


def test_a_space_trusts_its_proxy_and_a_wrong_setting_is_refused() -> None:
    assert client("10.20.0.3", "198.51.100.9", networks("", {"SPACE_ID": "x"})) == "198.51.100.9"
    with pytest.raises(BadInput):
        networks("all", {})


def test_pseudonyms_are_kept_and_cannot_be_turned_back(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    first, again = (Pseudonyms(deployment_secret("", file)) for _ in range(2))
    assert first.of("203.0.113.7") == again.of("203.0.113.7")
    assert first.of("203.0.113.7") != Pseudonyms(deployment_secret("other", file)).of("203.0.113.7")
    assert file.stat().st_mode & 0o077 == 0


async def test_a_crowd_leaves_no_place_behind(tmp_path: Path, clock: Clock) -> None:
    guard = guarding(tmp_path, clock, public_requests=0)

    async def visit(number: int) -> None:
        talker = guard.admit(coming(f"198.51.100.{number % 50}"))
        try:
            with guard.place(talker):
                await asyncio.sleep(0)
                if number % 3 == 0:
                    raise ConnectionError
        except (Refused, ConnectionError):
            pass

    await asyncio.gather(*(visit(number) for number in range(2000)))
    assert not guard._quotas._live
    guard.close()
