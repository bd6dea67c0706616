"""A real Redis of our own for a test: started, stopped and started again; without a disk."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


class RedisServer:
    """``redis-server`` on a free port of this machine. It keeps its data over a restart when told to."""

    def __init__(self, folder: Path, keeps: bool = False) -> None:
        with socket.socket() as door:
            door.bind(("127.0.0.1", 0))
            self.port = int(door.getsockname()[1])
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder, self._keeps = folder, keeps
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        kept = ["--appendonly", "yes"] if self._keeps else ["--appendonly", "no"]
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", *kept]
        self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    if not shutil.which("redis-server"):
        pytest.skip("redis-server is not installed (make setup-dev)")
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


async def until(true: Callable[[], Any]) -> None:
    """Wait for it, at most some thirty seconds."""
    for _ in range(3000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")
