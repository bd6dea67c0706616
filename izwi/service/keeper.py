"""Who runs beside the server: sheds and restores by what the governor says, tells the pages, and drains at the end."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from izwi.events import Event, Notice
from izwi.offload import JOBS
from izwi.ops.pressure import CpuPressure, LoopLag, look
from izwi.service.call import Call, Service
from izwi.thrift import SENTENCES, STEPS, newest, shed, void
from izwi.watchdog import RESTARTS

log = logging.getLogger(__name__)

#: Seconds between two looks; and, while draining, between two glances at who still speaks.
LOOK, GLANCE = 0.5, 0.1
#: From this level on newcomers wait, rather than those inside getting even less.
HELD = STEPS.index("beam") + 1
CLOSING = "Izwi is about to be restarted. It finishes its answer; please come back in a minute."


class Keeper:
    """``run`` it beside the server. ``drain`` before the end lets everybody finish; ``hang_up`` ends every line."""

    def __init__(self, service: Service) -> None:
        self._service, self._governor = service, service.governor
        self._lag, self._cpu = LoopLag(), CpuPressure()
        self.hang_up: Callable[[], Awaitable[None]] = _nothing
        self._said, self._restarts = "nothing", Counter[str]()

    async def run(self) -> None:
        """For ever: look, decide, apply."""
        settings = self._service.settings
        beating = asyncio.create_task(self._lag.beat())
        try:
            while True:
                if settings.hang_limit:
                    # A loop that stands still is beyond help from inside: the process ends, with every thread's stack
                    # on stderr; whoever started it starts it again, and sessions go on from the store.
                    faulthandler.dump_traceback_later(settings.hang_limit, exit=True)
                await asyncio.sleep(LOOK)
                if settings.govern:
                    self._governor.feel(look(self._lag, self._cpu, list(JOBS)))
                self.apply()
        finally:
            beating.cancel()
            faulthandler.cancel_dump_traceback_later()

    def apply(self) -> None:
        """Make everything be as the governor's level wants it; who is inside is told of every change."""
        governor, door, future = self._governor, self._service.door, self._service.engines
        for engine, count in RESTARTS.items():
            self._service.metrics.restarts.labels(engine).inc(count - self._restarts[engine])
        self._restarts.update(RESTARTS - self._restarts)
        door.strained = governor.pressure.strain >= 1.0 or governor.level >= HELD
        door.refusing = governor.level >= len(STEPS)
        if not future.done() or future.exception():
            return
        engines = future.result()
        governor.void = void(engines)
        shed(engines, governor.level)
        if (given_up := newest(engines)) != self._said:
            self._said, felt = given_up, governor.pressure
            figures = f"loop {felt.lag:.2f} s late, work waits {felt.age:.1f} s, CPU fought over {felt.cpu:.0%}"
            log.warning("load: given up so far: %s (%s)", given_up, figures)
            self._tell(Notice(f"load_{given_up}", SENTENCES[given_up]))

    async def drain(self, patience: float) -> None:
        """Let nobody in, tell everybody, wait until no answer is made or spoken (at most ``patience`` s), hang up.

        We hang up ourselves, because uvicorn would cut its WebSockets before they could say why.
        """
        self._service.door.closed = True
        self._tell(Notice("closing", CLOSING))
        for _ in range(round(patience / GLANCE)):
            if not any(map(_busy, self._service.calls)):
                break
            await asyncio.sleep(GLANCE)
        else:
            log.warning("some answers were not over after %.0f s", patience)
        await self.hang_up()

    def _tell(self, event: Event) -> None:
        for call in list(self._service.calls):
            call.tell(event)


async def _nothing() -> None:
    return


def _busy(call: Call) -> bool:
    return call.conversation is not None and call.conversation.state.name in ("thinking", "speaking")
