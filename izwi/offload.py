"""Run a blocking generator in a worker thread and read it as an async iterator, a bounded number of items ahead."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from izwi.engines import QUEUE
from izwi.spent import METER

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class Job:
    """Work somebody waits for: of which engine, since when (``time.monotonic``), and whether it gave anything yet."""

    engine: str
    since: float
    answered: bool = False


#: All that is under way or waits for its thread, and still has a reader.
JOBS: set[Job] = set()


async def stream(
    source: Callable[[Callable[[], bool]], Iterator[T]], executor: Executor | None = None, ahead: int = QUEUE
) -> AsyncIterator[T]:
    """Yield what ``source(abandoned)`` yields, produced in a thread of ``executor``.

    ``abandoned()`` turns True when the reader stops reading; the source should then return soon. Its exceptions are
    raised to the reader. The thread waits while ``ahead`` items are unread, so memory stays bounded.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[str, T | BaseException | None]] = asyncio.Queue()
    room = threading.Semaphore(ahead)
    gone = threading.Event()

    def put(kind: str, value: T | BaseException | None) -> None:
        try:
            loop.call_soon_threadsafe(queue.put_nowait, (kind, value))
        except RuntimeError:  # the loop has closed: nobody reads any more
            gone.set()

    meter = METER.get()
    job = Job(getattr(source, "__qualname__", "work").partition(".")[0], time.monotonic())

    def produce() -> None:
        began = time.thread_time()
        try:
            for item in source(gone.is_set):
                job.answered = True
                room.acquire()
                if gone.is_set():
                    break
                put("item", item)
        except BaseException as error:
            put("error", error)
        else:
            put("end", None)
        finally:
            if meter is not None:
                meter.add(time.thread_time() - began)

    JOBS.add(job)
    work = loop.run_in_executor(executor, produce)
    try:
        while True:
            kind, value = await queue.get()
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(value, BaseException)
                raise value
            room.release()
            yield value  # type: ignore[misc]
    finally:
        gone.set()
        room.release()  # a producer that waits for room wakes, sees it is abandoned and returns
        work.cancel()  # what still waits for the thread never begins; what runs sees ``gone``
        JOBS.discard(job)


async def call(work: Callable[[], T]) -> T:
    """What ``work`` returns, from a worker thread; raises what it raises."""
    (result,) = [item async for item in stream(lambda _: iter((work(),)))]
    return result
