"""Blocking work in a thread, read as a stream: abandoned, failing, and never far ahead of its reader."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest

from izwi.offload import stream
from izwi.spent import METER, Ledger, Meter

PATIENT = 30.0  # seconds before a hanging test is called hanging


async def test_items_come_in_order_and_the_stream_ends() -> None:
    assert [item async for item in stream(lambda _: iter(range(100)))] == list(range(100))


async def test_the_work_is_done_in_another_thread() -> None:
    def source(_: Callable[[], bool]) -> Iterator[int]:
        yield threading.get_ident()

    assert [item async for item in stream(source)] != [threading.get_ident()]


async def test_an_exception_reaches_the_reader_after_the_items_before_it() -> None:
    def source(_: Callable[[], bool]) -> Iterator[int]:
        yield 1
        raise ValueError("no more")

    items = stream(source)
    assert await anext(items) == 1
    with pytest.raises(ValueError, match="no more"):
        await anext(items)


@pytest.mark.parametrize("ahead", [1, 3, 8])
async def test_the_producer_is_never_more_than_so_far_ahead(ahead: int) -> None:
    made, read, most = 0, 0, 0

    def source(_: Callable[[], bool]) -> Iterator[int]:
        nonlocal made, most
        for item in range(50):
            made += 1
            most = max(most, made - read)
            yield item

    async for _ in stream(source, ahead=ahead):
        read += 1
        await asyncio.sleep(0)
    assert read == made == 50
    assert most <= ahead + 2  # those unread, one in the making, and one in the reader's hand


async def test_an_abandoned_stream_frees_its_only_thread() -> None:
    """Even one whose producer waits for room: the thread must take the next piece of work."""
    told = threading.Event()

    def endless(abandoned: Callable[[], bool]) -> Iterator[int]:
        while not abandoned():
            yield 1
        told.set()

    with ThreadPoolExecutor(1) as pool:
        async with aclosing(stream(endless, pool, ahead=2)) as items:
            assert await anext(items) == 1
        again = stream(lambda _: iter("ab"), pool)
        async with asyncio.timeout(PATIENT):
            assert [item async for item in again] == ["a", "b"]


async def test_abandonment_is_told_to_work_between_items() -> None:
    started, told = threading.Event(), threading.Event()

    def source(abandoned: Callable[[], bool]) -> Iterator[int]:
        yield 1
        started.set()
        while not abandoned():
            told.wait(0.001)
        told.set()

    async with aclosing(stream(source)) as items:
        await anext(items)
        assert await asyncio.to_thread(started.wait, PATIENT)
        assert not told.is_set()
    assert await asyncio.to_thread(told.wait, PATIENT)


async def test_a_failure_after_abandonment_is_nobodys_business() -> None:
    ended = threading.Event()

    def source(abandoned: Callable[[], bool]) -> Iterator[int]:
        yield 1
        while not abandoned():
            ended.wait(0.001)
        ended.set()
        raise ValueError("too late")

    async with aclosing(stream(source)) as items:
        await anext(items)
    assert await asyncio.to_thread(ended.wait, PATIENT)
    await asyncio.sleep(0)


async def test_cpu_time_is_entered_in_the_meter_of_the_task() -> None:
    ledger = Ledger()

    def busy(_: Callable[[], bool]) -> Iterator[int]:
        yield sum(range(300_000))

    async def job() -> None:
        METER.set(Meter(ledger))
        async for _ in stream(busy):
            pass

    with ThreadPoolExecutor(1) as pool:
        asyncio.get_running_loop().set_default_executor(pool)
        await asyncio.create_task(job())
        await asyncio.to_thread(lambda: None)  # the only thread is through with the work before
    assert ledger.total > 0
    assert ledger.wasted == 0
