"""Keeps one worker process running: starts it, notices when it dies, hangs or grows too large, and starts it again."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from izwi.engines import EngineFailed

log = logging.getLogger(__name__)

#: Where `izwi` is: a worker of another environment finds it there, wherever we were started.
ROOT = Path(__file__).resolve().parents[3]
#: Seconds between two looks at the worker, and the most an answer to one may take.
EVERY, ANSWER = 2.0, 2.0
#: Looks in a row without an answer after which it counts as hung.
UNANSWERED = 2
#: A look that took this many times as long as an answer may: it was we who stood still, for want of the processor.
LATE = 1.5
#: Seconds a model may take to load.
LOADING = 300.0
#: Seconds before the second start after a failure; doubled each time.
FIRST_REST, LONGEST_REST = 1.0, 60.0
#: Bytes of memory (RSS) a worker may use, beside its model.
MEMORY = 3_000_000_000


class Supervisor:
    """Runs ``command``, which prints ``port=N`` once it listens, and which ends when its standard input closes.

    ``start`` returns when it listens; from then on `base` is its address. Times are in seconds, ``memory`` in bytes.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        memory: int = MEMORY,
        every: float = EVERY,
        answer: float = ANSWER,
        loading: float = LOADING,
        rest: float = FIRST_REST,
    ) -> None:
        self.name, self._command, self._memory = name, list(command), memory
        self._every, self._answer, self._loading, self._first_rest = every, answer, loading, rest
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0
        self._watching: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        #: Times it has been started.
        self.starts = 0

    def base(self) -> str:
        """Its address. Raises ``EngineFailed`` while it is not ready: a caller has other voices and need not wait."""
        if self._process is None or self._process.returncode is not None or not self._port:
            raise EngineFailed(f"The voice {self.name} is not ready.")
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it and watch over it, in this event loop. Raises ``EngineFailed`` when it does not come up.

        One that was started in a loop that is closed has ended with it: its standard input was that loop's.
        """
        if self._watching is None or self._loop is not asyncio.get_running_loop():
            await self._launch()
            self._watching = asyncio.create_task(self._watch(), name=f"supervisor of {self.name}")

    async def close(self) -> None:
        """End it, and the watch."""
        if self._loop is not asyncio.get_running_loop():
            return
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None
        await self._end()

    async def _launch(self) -> None:
        self.starts += 1
        self._port, self._loop = 0, asyncio.get_running_loop()
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )
        except OSError as error:
            raise EngineFailed(f"The voice {self.name} cannot be started: {error.strerror}.") from error
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(self._loading):
                while line := await self._process.stdout.readline():
                    if line.startswith(b"port="):
                        self._port = int(line[5:])
                        return
        except (TimeoutError, ValueError):
            pass
        await self._end()
        raise EngineFailed(f"The voice {self.name} did not start (see its messages above).")

    async def _watch(self) -> None:
        """Look after it for ever."""
        unanswered = failures = 0
        async with httpx.AsyncClient(timeout=self._answer) as client:
            while True:
                await self._pause()
                unanswered = 0 if await self._answers(client) else unanswered + 1
                reason = self._reason(unanswered)
                if not reason:
                    failures = 0 if not unanswered else failures
                    continue
                log.warning("the worker of %s %s and is started again", self.name, reason)
                await self._end()
                if failures:  # the first time at once, then after growing rests
                    await asyncio.sleep(min(LONGEST_REST, self._first_rest * 2 ** (failures - 1)))
                failures, unanswered = failures + 1, 0
                with suppress(EngineFailed):  # it has ended then, which the next look finds
                    await self._launch()

    async def _pause(self) -> None:
        """Until the next look, or until the process ends."""
        assert self._process is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(self._every):
                await self._process.wait()

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        """Whether it answers; a look that itself came late is evidence of nothing."""
        clock = asyncio.get_running_loop().time
        asked = clock()
        try:
            return (await client.get(f"{self.base()}/healthz")).status_code == 200
        except EngineFailed:
            return False
        except httpx.HTTPError:
            return clock() - asked > LATE * self._answer

    def _reason(self, unanswered: int) -> str:
        """Why it must be started again; empty when all is well."""
        assert self._process is not None
        if self._process.returncode is not None:
            return f"ended with status {self._process.returncode}"
        if unanswered >= UNANSWERED:
            return "does not answer"
        if resident(self._process.pid) > self._memory:
            return f"uses more than {self._memory / 1e9:.1f} GB"
        return ""

    async def _end(self) -> None:
        process, self._port = self._process, 0
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()  # nothing in it is worth saving, and a hung one hears nothing else
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


def resident(pid: int) -> int:
    """Resident memory of a process in bytes; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def command(voice: str, model: str, languages: Sequence[str] = (), reference: str = "", python: str = "") -> list[str]:
    """The command that runs one of our voices; ``python`` is another environment's interpreter, where it needs one."""
    options = [option for language in languages for option in ("--language", language)]
    options += ["--reference", reference] if reference else []
    return [python or sys.executable, "-m", "izwi.tts.worker", voice, "--model", model, "--with-parent", *options]
