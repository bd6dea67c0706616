"""How hard the machine works, as the governor wants to know it: measured, cheaply, twice a second."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

from izwi.offload import Job
from izwi.ops.governor import Pressure

#: The kernel's own account of tasks that wait for a CPU: of our container, else of the machine.
STALLS = (Path("/sys/fs/cgroup/cpu.pressure"), Path("/proc/pressure/cpu"))
#: Seconds between two looks at the loop's lateness.
BEAT = 0.2


class LoopLag:
    """How late the event loop wakes us: the worst since it was last asked, in seconds."""

    def __init__(self) -> None:
        self._worst = 0.0

    async def beat(self) -> None:
        """Run for ever beside the server."""
        clock = asyncio.get_running_loop().time
        while True:
            due = clock() + BEAT
            await asyncio.sleep(BEAT)
            self._worst = max(self._worst, clock() - due)

    def take(self) -> float:
        worst, self._worst = self._worst, 0.0
        return worst


class CpuPressure:
    """The share of the last ten seconds in which something had to wait for a CPU; where the kernel does not say, the
    share of all CPUs that we ourselves have used since the last look."""

    def __init__(self, files: Iterable[Path] = STALLS) -> None:
        self._file = next((file for file in files if _some(file) is not None), None)
        self._last = (time.monotonic(), sum(os.times()[:4]))

    def read(self) -> float:
        if self._file is not None and (some := _some(self._file)) is not None:
            return some
        now, used = time.monotonic(), sum(os.times()[:4])
        (before, earlier), self._last = self._last, (now, used)
        return min(1.0, (used - earlier) / max(1e-3, now - before) / (os.cpu_count() or 1))


def _some(file: Path) -> float | None:
    """``some avg10`` of a pressure file, as a share; None if there is none."""
    try:
        line = file.read_text("ascii").splitlines()[0]
        return float(line.split("avg10=")[1].split()[0]) / 100
    except (OSError, IndexError, ValueError):
        return None


def oldest(jobs: Iterable[Job], now: float) -> float:
    """Seconds that the longest waiting work has been without a first result."""
    return max((now - job.since for job in jobs if not job.answered), default=0.0)


def look(lag: LoopLag, cpu: CpuPressure, jobs: Iterable[Job]) -> Pressure:
    """One look at everything."""
    return Pressure(lag.take(), oldest(jobs, time.monotonic()), cpu.read())
