"""Run a blocking generator in a worker thread and read it as an async iterator, a bounded number of items ahead."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Generic, TypeVar

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


class _Handover(Generic[T]):
    """Between a thread that produces and a loop that reads: items one way, room and the end of interest the other.

    Made in the reader's loop and context. On ``queue`` an item is a tuple of one, an error itself, the end None.
    """

    def __init__(self, job: Job, ahead: int) -> None:
        self.queue: asyncio.Queue[tuple[T] | BaseException | None] = asyncio.Queue()
        self._loop, self._meter, self._job = asyncio.get_running_loop(), METER.get(), job
        self._room = threading.Semaphore(ahead)
        self._gone = threading.Event()

    def produce(self, source: Callable[[Callable[[], bool]], Iterator[T]]) -> None:
        """Run ``source`` to its end, or until nobody reads; its processor time goes to whom it was done for."""
        began = time.thread_time()
        try:
            for item in source(self._gone.is_set):
                self._job.answered = True
                self._room.acquire()
                if self._gone.is_set():
                    break
                self._put((item,))
        except BaseException as error:
            self._put(error)
        else:
            self._put(None)
        finally:
            if self._meter is not None:
                self._meter.add(time.thread_time() - began)

    def _put(self, what: tuple[T] | BaseException | None) -> None:
        try:
            self._loop.call_soon_threadsafe(self.queue.put_nowait, what)
        except RuntimeError:  # the loop has closed: nobody reads any more
            self._gone.set()

    def taken(self) -> None:
        """The reader has taken an item: there is room for another."""
        self._room.release()

    def leave(self) -> None:
        """Nobody reads any more."""
        self._gone.set()
        self._room.release()  # a producer that waits for room wakes, sees it is abandoned and returns


async def stream(
    source: Callable[[Callable[[], bool]], Iterator[T]], executor: Executor | None = None, ahead: int = QUEUE
) -> AsyncGenerator[T]:
    """Yield what ``source(abandoned)`` yields, produced in a thread of ``executor``.

    ``abandoned()`` turns True when the reader stops reading; the source should then return soon. Its exceptions are
    raised to the reader. The thread waits while ``ahead`` items are unread, so memory stays bounded.
    """
    job = Job(getattr(source, "__qualname__", "work").partition(".")[0], time.monotonic())
    handover: _Handover[T] = _Handover(job, ahead)
    JOBS.add(job)
    work = asyncio.get_running_loop().run_in_executor(executor, handover.produce, source)
    try:
        while (what := await handover.queue.get()) is not None:
            if isinstance(what, BaseException):
                raise what
            handover.taken()
            yield what[0]
    finally:
        handover.leave()
        work.cancel()  # what still waits for the thread never begins; what runs sees that nobody reads
        JOBS.discard(job)


async def call(work: Callable[[], T]) -> T:
    """What ``work`` returns, from a worker thread; raises what it raises."""
    (result,) = [item async for item in stream(lambda _: iter((work(),)))]
    return result
