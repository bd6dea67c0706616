"""The session store: what is kept, what it reveals, and what a broken disk does to a call (nothing)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from izwi.sessions.audit import Entry
from izwi.sessions.choice import session_store
from izwi.sessions.journal import Journal
from izwi.sessions.memory import MemoryStore
from izwi.sessions.sealed import filed_as, new_token, seal, unseal
from izwi.sessions.sqlite import SqliteBackend
from izwi.sessions.store import Kept, SessionStore
from izwi.settings import Settings
from tests.sessions.conftest import until

STATE = {"history": [["user", "mhoro shamwari"], ["assistant", "Mhoro!"]], "turn": 3}


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def written(store: Journal) -> None:
    await until(lambda: not store.backlog and not store.trouble)


def rows(path: Path, query: str) -> list[Any]:
    with sqlite3.connect(path) as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = session_store(Settings(data=tmp_path, sessions="memory" if request.param == "memory" else ""))
    yield made
    await made.close()


async def test_a_state_is_found_again_by_its_token_only(store: SessionStore) -> None:
    token = new_token()
    store.save(token, STATE)
    assert await store.load(token) == STATE
    assert await store.load(new_token()) is None
    store.save(token, {"turn": 4})
    assert await store.load(token) == {"turn": 4}
    store.forget(token)
    assert await store.load(token) is None


async def test_a_state_expires(tmp_path: Path) -> None:
    clock, token = Clock(), new_token()
    memory = MemoryStore(60, clock)
    journal = Journal(SqliteBackend(tmp_path / "s.sqlite", 60, clock), 60, clock)
    for store in (memory, journal):
        store.save(token, STATE)
    await written(journal)
    clock.now += 59
    assert await memory.load(token) == await journal.load(token) == STATE
    clock.now += 2
    assert await memory.load(token) is await journal.load(token) is None
    await journal.close()


def test_the_file_alone_reveals_nothing_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path, token = tmp_path / "s.sqlite", new_token()
    backend = SqliteBackend(path)
    backend.open()
    backend.write([Kept(filed_as(token), 1e12, seal(token, STATE))], [])
    backend.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert b"shamwari" not in content
        assert token.encode() not in content


def test_a_seal_opens_for_its_token_and_unchanged_only() -> None:
    token = new_token()
    sealed = seal(token, STATE)
    assert unseal(token, sealed) == STATE
    assert unseal(new_token(), sealed) is None
    assert unseal(token, sealed[:-1] + bytes([sealed[-1] ^ 1])) is None
    assert unseal(token, b"") is None
    assert seal(token, STATE) != sealed


async def test_another_process_reads_what_this_one_saved(tmp_path: Path) -> None:
    settings, token = Settings(data=tmp_path), new_token()
    one, other = session_store(settings), session_store(settings)
    one.save(token, STATE)
    assert isinstance(one, Journal)
    await written(one)
    assert await other.load(token) == STATE
    other.save(token, {"turn": 4})
    assert isinstance(other, Journal)
    await written(other)
    assert await one.load(token) == {"turn": 4}, "its own older copy must not win"
    await one.close()
    await other.close()


def test_an_older_state_never_replaces_a_newer_one(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "s.sqlite", ttl=1e12)
    backend.open()
    backend.write([Kept("a", 20.0, b"new")], [])
    backend.write([Kept("a", 10.0, b"old")], [])
    assert backend.read("a") == Kept("a", 20.0, b"new")
    backend.close()


# The audit


@pytest.mark.parametrize("kind", ["", "Turn", "they said hello", "x" * 40])
def test_the_audit_takes_no_text_as_kind(kind: str) -> None:
    with pytest.raises(ValueError, match="the audit knows"):
        Entry("r", 1, 0.0, "s", kind)


async def test_the_audit_takes_no_text_at_all(store: SessionStore) -> None:
    with pytest.raises(ValueError, match="numbers only"):
        store.audit(new_token(), "turn_ended", words="hello")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="hashed user"):
        store.audit(new_token(), "opened", user="Tendai")


async def test_the_audit_is_appended_in_order_and_once(tmp_path: Path) -> None:
    store = Journal(SqliteBackend(tmp_path / "s.sqlite"))
    token = new_token()
    for turn in range(700):
        store.audit(token, "turn_ended", turn=turn)
    await written(store)
    found = rows(store._backend.path, "SELECT number, session, kind, numbers FROM audit ORDER BY number")  # type: ignore[attr-defined]
    assert found == [(n + 1, filed_as(token), "turn_ended", f'{{"turn":{n}}}') for n in range(700)]
    await store.close()


def test_what_is_written_twice_stands_once_and_nothing_is_changed_or_removed(tmp_path: Path) -> None:
    backend = SqliteBackend(tmp_path / "s.sqlite")
    backend.open()
    entry = Entry("r", 1, Clock()(), "s", "opened")
    backend.write([], [entry])
    backend.write([], [entry])
    backend.close()
    database = sqlite3.connect(tmp_path / "s.sqlite")
    assert database.execute("SELECT count(*) FROM audit").fetchone() == (1,)
    for harm in ("UPDATE audit SET kind = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute(harm)
    database.close()


# Trouble


class Flaky(SqliteBackend):
    """A disk that is full while ``full`` is set: SQLite itself is told that it may have no more pages."""

    full = False

    def open(self) -> None:
        super().open()
        self._limit()

    def write(self, *what: Any) -> None:
        self._limit()
        super().write(*what)

    def _limit(self) -> None:
        pages = self._open.execute("PRAGMA page_count").fetchone()[0] if self.full else 1_000_000
        self._open.execute(f"PRAGMA max_page_count = {pages}").fetchone()


async def test_a_full_disk_loses_no_call_and_is_caught_up(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    disk = Flaky(tmp_path / "s.sqlite")
    store, token = Journal(disk), new_token()
    store.save(token, {"turn": 1})
    await written(store)
    disk.full = True
    large = {"history": ["x" * 50_000]}
    with caplog.at_level(logging.WARNING):
        for turn in range(20):
            store.save(token, {"turn": turn, **large})
            store.audit(token, "turn_ended", turn=turn)
        await until(lambda: store.trouble)
        assert "full" in store.trouble
        assert await store.load(token) == {"turn": 19, **large}, "memory serves"
        disk.full = False
        await written(store)
    assert [r.message for r in caplog.records if "cannot be used" in r.message]
    assert len(caplog.records) == 2, "said once when it broke and once when it was back"
    assert store.trouble == ""
    assert len(rows(disk.path, "SELECT * FROM audit")) == 20
    assert await session_store(Settings(data=tmp_path, sessions=str(disk.path))).load(token) == {"turn": 19, **large}
    await store.close()


async def test_a_really_full_file_system_degrades_too(tmp_path: Path) -> None:
    """In a process that may not write files larger than 64 kB."""
    code = """
import asyncio, resource, signal, sys
from pathlib import Path
from izwi.sessions.journal import Journal
from izwi.sessions.sqlite import SqliteBackend
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

async def main():
    store = Journal(SqliteBackend(Path(sys.argv[1])))
    store.save("t", {"turn": 1})
    while store.backlog:
        await asyncio.sleep(0.01)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, resource.RLIM_INFINITY))
    store.save("t", {"large": "x" * 200_000})
    while not store.trouble:
        await asyncio.sleep(0.01)
    assert len((await store.load("t"))["large"]) == 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    while store.backlog:
        await asyncio.sleep(0.01)
    await store.close()
    print(store.trouble or "back")

asyncio.run(main())
"""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code, str(tmp_path / "s.sqlite")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "back", done.stderr
    assert "cannot be used" in done.stderr


@pytest.mark.parametrize("content", [b"this is no database" * 100, None])
async def test_a_place_that_cannot_be_opened_leaves_memory(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.sqlite"
    path.write_bytes(content) if content else path.mkdir()
    store, token = Journal(SqliteBackend(path)), new_token()
    store.save(token, STATE)
    await until(lambda: store.trouble)
    assert await store.load(token) == STATE
    await store.close()
    assert store.trouble


async def test_the_backlog_of_the_audit_is_bounded_and_its_loss_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("izwi.sessions.journal.BACKLOG", 50)
    path = tmp_path / "s.sqlite"
    path.mkdir()
    store, token = Journal(SqliteBackend(path)), new_token()
    for turn in range(80):
        store.audit(token, "turn_ended", turn=turn)
    assert (store.backlog, store.lost) == (50, 30)
    path.rmdir()
    await written(store)
    assert [n for (n,) in rows(path, "SELECT number FROM audit ORDER BY number")] == list(range(31, 81))
    await store.close()


async def test_saving_never_waits_for_the_disk(tmp_path: Path) -> None:
    gate = threading.Event()

    class Stuck(SqliteBackend):
        def write(self, *what: Any) -> None:
            gate.wait()
            super().write(*what)

    store, token = Journal(Stuck(tmp_path / "s.sqlite")), new_token()
    for turn in range(100):
        store.save(token, {"turn": turn})
        store.audit(token, "turn_ended")
    assert await store.load(token) == {"turn": 99}, "a stuck disk is not waited for either"
    gate.set()
    await written(store)
    await store.close()


KILLED = """
import asyncio, sys, time
from izwi.sessions.choice import session_store
from izwi.settings import Settings
from tests.sessions.conftest import until
from pathlib import Path

async def main():
    store = session_store(Settings(data=Path(sys.argv[1])))
    for turn in range(10_000):
        store.save("token", {"turn": turn})
        store.audit("token", "turn_ended", turn=turn)
        while store.backlog:
            await asyncio.sleep(0)
        print(turn, flush=True)

asyncio.run(main())
"""


def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        if int(line) >= 30:
            break
    os.kill(process.pid, signal.SIGKILL)
    last = int(line)
    process.stdout.close()
    process.wait()
    state = asyncio.run(session_store(Settings(data=tmp_path)).load("token"))
    assert state is not None
    assert state["turn"] >= last
    assert rows(tmp_path / "sessions.sqlite", "PRAGMA integrity_check") == [("ok",)]
    numbers = [n for (n,) in rows(tmp_path / "sessions.sqlite", "SELECT number FROM audit ORDER BY number")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > last
