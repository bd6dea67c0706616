"""Virtual time: a loop whose clock jumps to the next timer, so that 5 s pass in microseconds and always alike."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Only for code without threads, processes and sockets: instead of waiting, the clock moves on."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual = 1000.0
        selector = self._selector  # type: ignore[attr-defined]
        really_select = selector.select

        def select(timeout: float | None = None) -> Any:
            self._virtual += timeout or 0.0
            return really_select(0)

        selector.select = select

    def time(self) -> float:
        return self._virtual


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` in virtual time; fails if it leaves tasks behind."""
    loop = VirtualLoop()
    asyncio.set_event_loop(None)
    try:
        result = loop.run_until_complete(main)
        left = asyncio.all_tasks(loop)
        assert not left, f"tasks left behind: {[task.get_name() for task in left]}"
        return result
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
