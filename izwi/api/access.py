"""What stands before every route: who asks, whether the engines are there, and whether there is room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from izwi.api.problems import Problem
from izwi.engines import Engines
from izwi.security.guard import Guard
from izwi.security.talker import Talker
from izwi.service.call import Service

T = TypeVar("T")

#: Requests that may wait for each one that is worked on, and how long one waits, in seconds.
WAITING, PATIENCE = 4, 30.0
#: Seconds after which a client that met a full house, or a cold one, may try again.
AGAIN = 5

_BEARER = HTTPBearer(auto_error=False, description="A key made by 'izwi keys add', or a JSON Web Token.")


class Room:
    """At most ``places`` requests are worked on at once and ``WAITING`` times as many wait; the rest is turned away."""

    def __init__(self, places: int) -> None:
        self._places, self._most = asyncio.Semaphore(places), places * (1 + WAITING)
        self.inside = 0  # worked on or waiting

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """A place, as long as the block lasts. Raises ``Problem`` when there is none in time."""
        if self.inside >= self._most:
            raise _busy()
        self.inside += 1
        try:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._places.acquire()
            except TimeoutError:
                raise _busy() from None
            try:
                yield
            finally:
                self._places.release()
        finally:
            self.inside -= 1


def _busy() -> Problem:
    return Problem(503, "busy", "Izwi has too much to do just now. Please try again soon.", after=AGAIN)


def needs(scope: str) -> Callable[..., Awaitable[Talker]]:
    """A dependency: the talker, if they may do ``scope``."""

    async def admitted(request: Request, _: Annotated[object, Security(_BEARER)] = None) -> Talker:
        guard: Guard = request.app.state.service.guard
        return guard.admit(request, scope)

    return admitted


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def _room(request: Request) -> Room:
    """The room, unless the service is ending, or has too much to do as it is and somebody is talking: they go first."""
    door, room = request.app.state.service.door, request.app.state.room
    if door.closed or (door.strained and door.taken):
        raise _busy()
    assert isinstance(room, Room)
    return room


def engines_of(service: Service) -> Engines:
    """The engines, if they are warm. Raises ``Problem``."""
    future = service.engines
    if not future.done():
        raise Problem(503, "warming", "Izwi is still waking up. Please try again soon.", after=AGAIN)
    if future.exception():
        raise Problem(503, "no_models", "Izwi could not start its models.")
    return future.result()


async def _engines(service: Annotated[Service, Depends(_service)]) -> Engines:
    return engines_of(service)


TheService = Annotated[Service, Depends(_service)]
TheEngines = Annotated[Engines, Depends(_engines)]
TheRoom = Annotated[Room, Depends(_room)]


async def while_wanted(request: Request, work: Awaitable[T], stop: Callable[[], None]) -> T:
    """What ``work`` gives; when the client goes away first, ``stop`` is called and the work is cancelled.

    Only for requests whose body has been read. Raises ``asyncio.CancelledError`` for a client that went.
    """
    doing = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({doing, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise asyncio.CancelledError
        return doing.result()
    finally:
        gone.cancel()
        if not doing.done():
            stop()
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
