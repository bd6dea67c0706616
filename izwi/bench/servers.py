"""Servers under test, each in a process of its own, and what they cost."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psutil

from izwi.faults import BadInput


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@asynccontextmanager
async def server(kind: str, shapes: str) -> AsyncIterator[tuple[str, psutil.Process]]:
    """Start ``izwi.bench.host`` and give its address. Raises ``BadInput`` if it does not come up.

    Its data folder is its own: what is talked here is no use that anybody made of their Izwi.
    """
    port = free_port()
    command = [sys.executable, "-m", "izwi.bench.host", kind, str(port), shapes]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as data:
        env = {**os.environ, "IZWI_DATA": data}
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.DEVNULL, env=env)
        try:
            await _until_up(url, process)
            yield url, psutil.Process(process.pid)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _until_up(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(3000):  # models of true shapes are made the first time
            if process.returncode is not None:
                raise BadInput("the server under test ended before it was up; its complaint stands above")
            try:
                await client.get(url, timeout=2)
                return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise BadInput("the server under test did not come up within five minutes")


def cpu(process: psutil.Process) -> float:
    """CPU seconds of the process and of the children it has waited for."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
