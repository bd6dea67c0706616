"""The dubbing tab's addresses, with the real worker: clip to dub, edits, cancel, giving way, and a worker killed."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psutil
import pytest

from izwi.audio import read
from izwi.dub.example import example
from izwi.faults import BadInput
from izwi.security.keys import make
from izwi.service.call import Service
from izwi.service.dubbing import talking
from izwi.service.dubs import EACH, MOST, PREFIX, Dubs, Job, sweep
from izwi.service.web import create_app
from izwi.settings import Settings

#: Seconds after which something that should happen has not.
PATIENCE = 120.0
LINES = ("ndine nzara chaizvo", "mvura iri kunaya", "ndatenda zvikuru")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "clip.wav"
    path.write_bytes(asyncio.run(example("sn", lines=LINES)).sound.wav())
    return path


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For the worker, which reads its own settings."""
    monkeypatch.setenv("IZWI_PROFILE", "embedded")
    monkeypatch.setenv("IZWI_CACHE", str(tmp_path))


async def pieces(path: Path) -> AsyncIterator[bytes]:
    yield await asyncio.to_thread(path.read_bytes)


async def ended(job: Job) -> None:
    await reached(lambda: job.state not in ("waiting", "working"))


async def reached(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 (nothing tells: the page looks, too)
            await asyncio.sleep(0.005)


@asynccontextmanager
async def dubbing(busy: Callable[[], bool] = lambda: False, **options: Any) -> AsyncIterator[Dubs]:
    dubs = Dubs(busy, **options)
    try:
        yield dubs
    finally:
        await dubs.close()


class Talker:
    """Somebody who begins to talk when the dub has come to a stage, so that it waits there however fast it is."""

    def __init__(self) -> None:
        self.stage = ""
        self.job: Job | None = None

    def __call__(self) -> bool:
        return self.job is not None and self.job.step.get("stage") == self.stage

    async def talks(self, job: Job, stage: str) -> None:
        self.job, self.stage = job, stage
        await reached(lambda: job.giving_way and job.step["stage"] == stage)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Service(Settings(data=tmp_path / "data")))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://izwi") as client,
    ):
        yield client


async def _standing(client: httpx.AsyncClient, id: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            standing: dict[str, Any] = (await client.get(f"/dub/{id}")).json()
            if standing["state"] not in ("waiting", "working"):
                return standing
            await asyncio.sleep(0.05)


@pytest.mark.engine
async def test_from_a_clip_to_its_dub_and_an_edit(client: httpx.AsyncClient, clip: Path) -> None:
    answer = await client.post("/dub?to=en&name=clip.wav", content=pieces(clip))
    assert answer.status_code == 201
    id = answer.json()["id"]
    assert (await client.get(f"/dub/{id}/dub.wav")).status_code == 404, "not before it is there"
    standing = await _standing(client, id)
    assert (standing["state"], standing["text"]) == ("done", "")
    assert standing["step"]["stage"] == "done"
    timeline = (await client.get(f"/dub/{id}/timeline.json")).json()
    assert [segment["translation"] for segment in timeline["segments"]] == [
        "I am very hungry.",
        "It is raining.",
        "Thank you very much.",
    ]
    picture = (await client.get(f"/dub/{id}/picture.json")).json()
    assert max(picture["original"]) > 0.05 < max(picture["dub"])
    assert "It is raining." in (await client.get(f"/dub/{id}/subtitles.srt")).text
    assert (await client.get(f"/dub/{id}/subtitles.vtt")).text.startswith("WEBVTT")
    sound = await client.get(f"/dub/{id}/dub.wav", headers={"range": "bytes=0-99"})
    assert (sound.status_code, len(sound.content)) == (206, 100)
    assert sound.headers["cache-control"] == "no-store"

    edits = {"edits": [{"segment": 2, "translation": "The rain is here."}]}
    assert (await client.post(f"/dub/{id}", json=edits)).status_code == 200
    assert (await _standing(client, id))["state"] == "done"
    timeline = (await client.get(f"/dub/{id}/timeline.json")).json()
    assert timeline["segments"][1]["translation"] == "The rain is here."

    assert (await client.delete(f"/dub/{id}?forget=true")).status_code == 200
    assert (await client.get(f"/dub/{id}")).status_code == 404
    assert (await client.get(f"/dub/{id}/dub.wav")).status_code == 404


@pytest.mark.engine
@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"nothing of the kind", "clip cannot be read: it is damaged, or not a clip with sound."), (b"", "")],
)
async def test_what_is_no_clip_is_told_in_a_sentence(client: httpx.AsyncClient, content: bytes, sentence: str) -> None:
    answer = await client.post("/dub", content=content)
    if not content:
        assert (answer.status_code, answer.json()["text"]) == (400, "The clip is empty.")
        return
    standing = await _standing(client, answer.json()["id"])
    assert standing["state"] == "failed"
    assert sentence in standing["text"]


async def test_what_the_page_never_asks(client: httpx.AsyncClient) -> None:
    assert (await client.post("/dub?to=fr", content=b"x")).json()["text"] == "Izwi does not speak 'fr'."
    assert (await client.get("/dub/nothing")).status_code == 404
    assert (await client.post("/dub/nothing", json={})).status_code == 404
    assert (await client.get("/dub/nothing/..%2Fclip")).status_code == 404
    assert (await client.post("/dub", content=b"x", headers={"content-length": str(2**30)})).status_code == 413


async def test_work_is_counted_and_looking_is_not(tmp_path: Path) -> None:
    """Both ways to have a clip dubbed are requests like all others; the page looks more often than anybody may ask."""
    service = Service(Settings(data=tmp_path / "data", public_requests=3))
    app = create_app(service)
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://izwi") as client,
    ):
        for _ in range(10):
            assert (await client.get("/dub/nothing")).status_code == 404
            assert (await client.get("/dub/nothing/dub.wav")).status_code == 404
            assert (await client.delete("/dub/nothing")).status_code == 404
        assert (await client.post("/dub", content=b"")).status_code == 400
        answers = [await client.post("/dub/nothing", json={}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [404, 404, 429]
        assert answers[2].json()["error"]["code"] == "too_many_requests"
        assert int(answers[2].headers["retry-after"]) >= 1
        assert (await client.post("/dub", content=b"x")).status_code == 429
        assert (await client.get("/dub/nothing")).status_code == 404, "who may ask no more may still look"


async def test_a_place_where_strangers_may_not_talk_dubs_for_nobody_without_a_key(tmp_path: Path) -> None:
    service = Service(Settings(data=tmp_path / "data", public=""))
    shown, key = make("clinic", ("talk",), requests_per_day=1)
    service.guard.keys.add(key)
    app, headers = create_app(service), {"authorization": f"Bearer {shown}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://izwi") as client,
    ):
        for answer in (await client.post("/dub", content=b"x"), await client.get("/dub/nothing")):
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_key")
        assert (await client.post("/dub/nothing", json={}, headers=headers)).status_code == 404
        used_up = await client.post("/dub/nothing", json={}, headers=headers)
        assert (used_up.status_code, used_up.json()["error"]["code"]) == (429, "request_quota")


@pytest.mark.engine
async def test_it_waits_at_every_stage_while_somebody_talks(clip: Path) -> None:
    talker = Talker()
    async with dubbing(talker) as dubs:
        job = await dubs.take(pieces(clip), "clip.wav", "en")
        for stage in ("hear", "feel", "translate", "speak", "splice"):
            await talker.talks(job, stage)
            standing = dict(job.step)
            assert standing["stage"] == stage
            await asyncio.sleep(0.2)
            assert job.step == standing, "it went on though somebody was talking"
        assert dubs._process is not None
        assert psutil.Process(dubs._process.pid).nice() > psutil.Process().nice(), "lower in priority than the talk"
        talker.stage = ""
        await ended(job)
        assert (job.state, job.giving_way) == ("done", False)


@pytest.mark.engine
async def test_cancel_and_go_on(clip: Path) -> None:
    talker = Talker()
    async with dubbing(talker) as dubs:
        job = await dubs.take(pieces(clip), "clip.wav", "en")
        await talker.talks(job, "feel")
        dubs.stop(job)
        await ended(job)
        assert job.state == "stopped"
        assert not (job.folder / "timeline.json").exists()
        made = set(job.folder.glob("made/??/*"))
        assert made
        talker.stage = ""
        dubs.start(job)
        await ended(job)
        assert job.state == "done"
        assert made <= set(job.folder.glob("made/??/*"))
    assert not job.folder.exists(), "nothing of a clip stays when the service ends"


@pytest.mark.engine
async def test_a_killed_worker_is_told_and_the_next_goes_on(clip: Path) -> None:
    talker = Talker()
    async with dubbing(talker) as dubs:
        job = await dubs.take(pieces(clip), "clip.wav", "en")
        await talker.talks(job, "feel")
        assert dubs._process is not None
        dubs._process.kill()
        talker.stage = ""
        await ended(job)
        assert (job.state, job.text) == ("stopped", "The dub was broken off; what is ready is kept.")
        dubs.start(job)
        await ended(job)
        assert job.state == "done"
        assert read(job.folder / "dub.wav").seconds == pytest.approx(read(clip).seconds)


async def test_many_clips_wait_their_turn_or_are_refused(clip: Path) -> None:
    async with dubbing(command=("sleep", "60")) as dubs:
        jobs = [await dubs.take(pieces(clip), "clip.wav", "en") for _ in range(MOST)]
        with pytest.raises(ValueError, match="many clips here already"):
            await dubs.take(pieces(clip), "clip.wav", "en")
        assert [job.state for job in jobs[1:]] == ["waiting"] * (MOST - 1)
        dubs.stop(jobs[1])
        assert jobs[1].state == "stopped"
        jobs[2].asked -= 10_000  # nobody has looked for hours
        await dubs.take(pieces(clip), "clip.wav", "en")
        assert dubs.find(jobs[2].id) is None
        assert not jobs[2].folder.exists()


async def test_no_client_takes_all_places(clip: Path) -> None:
    async with dubbing(command=("sleep", "60")) as dubs:
        for _ in range(EACH):
            await dubs.take(pieces(clip), "clip.wav", "en", "ip:one")
        with pytest.raises(ValueError, match="many clips here already"):
            await dubs.take(pieces(clip), "clip.wav", "en", "ip:one")
        await dubs.take(pieces(clip), "clip.wav", "en", "ip:another")


@pytest.mark.engine
async def test_a_clip_forgotten_while_it_is_dubbed_leaves_nothing(clip: Path) -> None:
    talker = Talker()
    async with dubbing(talker) as dubs:
        job = await dubs.take(pieces(clip), "clip.wav", "en")
        await talker.talks(job, "feel")
        dubs.forget(job)
        await ended(job)
        await reached(lambda: not job.folder.exists())


async def test_a_worker_that_does_not_stop_is_ended(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("izwi.service.dubs.INSIST", 0.05)
    async with dubbing(command=("sleep", "60")) as dubs:
        job = await dubs.take(pieces(clip), "clip.wav", "en")
        await reached(lambda: job.state == "working" and dubs._process is not None)
        dubs.stop(job)
        await ended(job)
        assert (job.state, job.text) == ("stopped", "The dub was stopped; what is ready is kept.")


async def test_no_room_for_a_clip(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("izwi.service.dubs._written", full)
    async with dubbing(command=("sleep", "60")) as dubs:
        with pytest.raises(BadInput, match="There is no room for this clip now"):
            await dubs.take(pieces(clip), "clip.wav", "en")
        assert not dubs._jobs


async def test_a_clip_that_nobody_looks_at_is_removed(clip: Path) -> None:
    async with dubbing(command=("sleep", "60"), kept=0.2) as dubs:
        job = await dubs.take(pieces(clip), "clip.wav", "en")
        assert dubs.find(job.id) is job
        await reached(lambda: not job.folder.exists())
        assert dubs.find(job.id) is None


def test_what_a_killed_server_left_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone, alive, fresh = (tmp_path / f"{PREFIX}{name}-x" for name in (2**22 + 1, os.getppid(), 2**22 + 2))
    for folder in (gone, alive, fresh):
        folder.mkdir()
        (folder / "clip").write_text("a voice")
    for folder in (gone, alive):
        os.utime(folder, (0, 0))
    sweep()
    assert [folder.exists() for folder in (gone, alive, fresh)] == [False, True, True]


def test_somebody_talks_while_a_conversation_is_not_idle(tmp_path: Path) -> None:
    service = Service(Settings(data=tmp_path))
    assert not talking(service)
    calls: Any = service.calls
    calls.add(call := SimpleNamespaceCall("idle"))
    assert not talking(service)
    for state in ("listening", "thinking", "speaking", "interrupted"):
        call.conversation.state.name = state
        assert talking(service)
    call.conversation = None
    assert not talking(service)


class SimpleNamespaceCall:
    """As much of a call as is looked at."""

    def __init__(self, state: str) -> None:
        self.conversation: Any = SimpleNamespace(state=SimpleNamespace(name=state))


def test_the_worker_speaks_one_line_at_a_time(clip: Path, tmp_path: Path) -> None:
    """Its protocol, as the service uses it, and no other word on its output."""
    import subprocess
    import sys

    (tmp_path / "clip").write_bytes(b"nothing")
    command = json.dumps({"dub": str(tmp_path), "name": "song.mp3", "to": "en", "edits": {}}) + "\n"
    done = subprocess.run(
        [sys.executable, "-m", "izwi.dub.worker"], input='"go"\n' + command, capture_output=True, text=True, check=True
    )
    (line,) = done.stdout.splitlines()
    assert json.loads(line) == {
        "failed": "song.mp3 cannot be read: it is damaged, or not a clip with sound.",
        "stopped": False,
    }
