"""Dubs for the page: one after another in a process of their own, which waits whenever somebody talks with Izwi."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import psutil

from izwi.faults import BadInput

log = logging.getLogger(__name__)

#: Bytes of the longest upload (ten minutes of stereo WAV at 48 kHz is 115 MB), clips kept at once, how many of them one
#: client may bring, and the seconds after which one that nobody asks about is forgotten: usually, and when there is no
#: place for another.
LONGEST_UPLOAD, MOST, EACH, KEPT, RESTING = 128 * 1024 * 1024, 8, 4, 1800.0, 300.0
#: Seconds between two looks whether somebody talks, the longest wait for them at one segment (a talk may be long, a
#: segment is short), and how long an idle worker keeps its models.
LOOK, LONGEST_WAIT, IDLE = 0.1, 30.0, 120.0
#: What may be fetched of a finished dub.
FILES = {
    "original.wav": "audio/wav",
    "dub.wav": "audio/wav",
    "timeline.json": "application/json",
    "picture.json": "application/json",
    "subtitles.srt": "application/x-subrip",
    "subtitles.vtt": "text/vtt",
}
#: Why a dub is not done though it could go on, and the seconds after which a worker that does not stop is ended.
STOPPED = "The dub was stopped; what is ready is kept."
BROKEN = "The dub was broken off; what is ready is kept."
INSIST = 15.0
#: Folders of clips: this, the server's process, and something random.
PREFIX = "izwi-dub-"
COMMAND = (sys.executable, "-m", "izwi.dub.worker")

State = Literal["waiting", "working", "done", "failed", "stopped"]


@dataclass
class Job:
    """One clip and its dub, in ``folder``. ``step`` is the last the worker told, ``text`` why it failed."""

    id: str
    folder: Path
    to: str
    name: str
    holder: str = ""  # who brought it ("" for nobody), as the guard names them
    edits: dict[str, Any] = field(default_factory=dict)
    state: State = "waiting"
    step: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    giving_way: bool = False
    stop: bool = False
    asked: float = field(default_factory=time.monotonic)

    def standing(self) -> dict[str, Any]:
        """How it stands, for the page."""
        ready = (self.folder / "timeline.json").exists()
        told = {"id": self.id, "state": self.state, "text": self.text, "giving_way": self.giving_way, "ready": ready}
        return {**told, "step": self.step, "name": self.name, "edits": self.edits}


class Dubs:
    """All dubs of the service, for the event loop's thread. ``busy`` says whether somebody talks with Izwi now."""

    def __init__(self, busy: Callable[[], bool], command: Sequence[str] = COMMAND, kept: float = KEPT) -> None:
        self._busy, self._command, self._kept = busy, command, kept
        self._tidying: asyncio.TimerHandle | None = None
        self._jobs: dict[str, Job] = {}
        self._root: Path | None = None
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._working: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def take(self, pieces: AsyncIterator[bytes], name: str, to: str, holder: str = "") -> Job:
        """A new clip, written as it comes. Raises ``BadInput``: too many clips, too long, or nothing."""
        self._tidy()
        if self._full(holder):
            self._forget(RESTING)
        if self._full(holder):
            raise BadInput("There are many clips here already. Please try again in a few minutes.")
        if self._root is None:
            sweep()
            self._root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        job = Job(secrets.token_urlsafe(16), self._root / secrets.token_hex(8), to, name[:80], holder)
        job.folder.mkdir()
        self._jobs[job.id] = job
        try:
            if not await _written(pieces, job.folder / "clip"):
                raise BadInput("The clip is empty.")
        except OSError as error:
            self.forget(job)
            log.warning("a clip cannot be written: %s", error.strerror or type(error).__name__)
            raise BadInput("There is no room for this clip now. Please try again later.") from None
        except BaseException:
            self.forget(job)
            raise
        self.start(job)
        return job

    def _full(self, holder: str) -> bool:
        """Whether there is no place for another clip, or none for another of this client's."""
        theirs = sum(job.holder == holder for job in self._jobs.values()) if holder else 0
        return len(self._jobs) >= MOST or theirs >= EACH

    def start(self, job: Job) -> None:
        """Dub it (again); what was made before is not made twice."""
        job.state, job.text, job.stop, job.step = "waiting", "", False, {}
        self._queue.put_nowait(job)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name="dubs")

    def find(self, id: str) -> Job | None:
        """The job of that id; looking for it keeps it."""
        if (job := self._jobs.get(id)) is not None:
            job.asked = time.monotonic()
        return job

    def stop(self, job: Job) -> None:
        """End it soon; what is ready stays."""
        job.stop = True
        if job.state == "waiting":
            job.state, job.text = "stopped", STOPPED
        elif job.state == "working":
            asyncio.get_running_loop().call_later(INSIST, self._insist, job)

    def _insist(self, job: Job) -> None:
        """End the worker when it has not heard that its job is to stop."""
        if job.state == "working" and job.stop and self._process is not None and self._process.returncode is None:
            self._process.kill()

    def forget(self, job: Job) -> None:
        """End it, and remove all there is of it."""
        self.stop(job)
        self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    async def close(self) -> None:
        """The service ends."""
        if self._tidying is not None:
            self._tidying.cancel()
        if self._working is not None:
            self._working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._working
        await self._end_worker()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)

    def _tidy(self) -> None:
        """Forget what is over, now and from time to time as long as there is anything."""
        if self._tidying is not None:
            self._tidying.cancel()
        self._forget(self._kept)
        self._tidying = asyncio.get_running_loop().call_later(self._kept / 10, self._again)

    def _again(self) -> None:
        self._tidying = None
        if self._jobs:
            self._tidy()

    def _forget(self, after: float) -> None:
        """Forget what nobody has asked about for so many seconds."""
        now = time.monotonic()
        for job in [job for job in self._jobs.values() if now - job.asked > after]:
            self.forget(job)

    async def _work(self) -> None:
        """One job after another; the worker goes when there has been none for a while."""
        while True:
            try:
                async with asyncio.timeout(IDLE):
                    job = await self._queue.get()
            except TimeoutError:
                return await self._end_worker()
            if job.state != "waiting":
                continue
            job.state = "working"
            try:
                await self._dub(job)
            except (OSError, ValueError) as error:
                log.warning("a dub's worker broke: %s", type(error).__name__)
                await self._end_worker()
                job.state, job.text = "stopped", STOPPED if job.stop else BROKEN
            finally:
                job.giving_way = False
                if job.id not in self._jobs:  # forgotten while it was made: the worker may have written once more
                    shutil.rmtree(job.folder, ignore_errors=True)

    async def _dub(self, job: Job) -> None:
        """Hand the job to the worker and follow it to its end. Raises ``OSError`` when the worker dies."""
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20
            )
        await self._tell({"dub": str(job.folder), "name": job.name, "to": job.to, "edits": job.edits})
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "step" in said:
                job.step = said["step"]
            elif "ask" in said:
                await self._give_way(job)
                await self._tell("stop" if job.stop else "go")
            elif "done" in said:
                job.state = "done"
                return
            elif "failed" in said:
                job.state, job.text = ("stopped" if said["stopped"] else "failed"), said["failed"]
                return
        raise BrokenPipeError("the worker has ended")

    async def _give_way(self, job: Job) -> None:
        """Wait while somebody talks with Izwi."""
        waited = 0.0
        while self._busy() and not job.stop and waited < LONGEST_WAIT:
            job.giving_way = True
            await asyncio.sleep(LOOK)
            waited += LOOK
        job.giving_way = False

    async def _tell(self, message: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()

    async def _end_worker(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def sweep() -> None:
    """Remove what a killed server left: folders of processes that are gone, untouched for as long as clips are kept."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            old = time.time() - left.stat().st_mtime > KEPT
            if old and owner.isdecimal() and (int(owner) == os.getpid() or not psutil.pid_exists(int(owner))):
                shutil.rmtree(left, ignore_errors=True)


async def _written(pieces: AsyncIterator[bytes], path: Path) -> int:
    count = 0
    with path.open("wb") as file:
        async for piece in pieces:
            count += len(piece)
            if count > LONGEST_UPLOAD:
                raise BadInput(f"The file is larger than {LONGEST_UPLOAD // 1024**2} MB.")
            file.write(piece)
    return count
