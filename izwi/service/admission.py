"""The queue before the door, for a line that can be told how long it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from izwi.security.talker import Refused
from izwi.service.door import Door

#: Seconds between two looks of who waits.
ASK = 1.0
FULL = "Izwi is already talking with as many people as it can, and many are waiting. Please try again later."


async def admit(door: Door, name: str, tell: Callable[[int, float], None]) -> None:
    """Wait for a place under ``name``, which ``door.leave`` gives back. Raises ``Refused``.

    ``tell(position, seconds)`` lets who has to wait know how long.
    """
    try:
        while not (standing := door.ask(name)).inside:
            if standing.turned_away:
                raise Refused(503, "busy", FULL, round(door.usual))
            tell(standing.position, standing.seconds)
            await asyncio.sleep(ASK)
    except BaseException:  # gone while they waited
        door.leave(name)
        raise
