"""An event loop whose clock only jumps: seconds pass in no time, and the same every time."""

from __future__ import annotations

import asyncio
import resource
import selectors
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: where a real selector would sleep, virtual time passes."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        events = super().select(0)
        if not events:
            if timeout is None:
                raise RuntimeError("everything waits and nothing will ever happen")
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def in_virtual_time(scene: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``scene`` to its end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scene())


def spent() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


async def timed(source: Callable[[], AsyncIterator[T]]) -> AsyncIterator[T]:
    """What a real engine yields, each item when the engine's CPU seconds have passed on the virtual clock.

    The engine runs to its end at once, on a loop of its own, while the virtual clock stands still.
    """

    async def collect() -> list[tuple[float, T]]:
        began = spent()
        return [(spent() - began, item) async for item in source()]

    with ThreadPoolExecutor(1) as thread:
        items = thread.submit(copy_context().run, asyncio.run, collect()).result()
    clock = asyncio.get_running_loop().time
    began = clock()
    for cost, item in items:
        await asyncio.sleep(max(0.0, began + cost - clock()))
        yield item
