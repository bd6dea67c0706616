"""The race for one phrase: the next voice starts before the deadline is lost, the first sound wins.

A winner that breaks in the middle is followed by the next voice from where it was heard to (`izwi.tts.seam`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace

from izwi.audio import Pcm
from izwi.engines import QUEUE, EngineFailed
from izwi.tts.attempt import Attempt, Ended, Phrase, Rung
from izwi.tts.fence import Fence, Sounded, Ticket
from izwi.tts.seam import Seam

#: How often a race that waits asks whether its phrase is still wanted, and the shortest wait, in seconds.
TICK, SHORTEST = 0.05, 0.001
#: Seconds to the first sound that a voice never tried is thought to need.
UNTRIED = 0.1
#: Seconds a voice that speaks may pause before it counts as hung, beyond what has been heard of it.
STALL = 2.0


@dataclass(frozen=True)
class Entry:
    """A rung in the race: seconds in which its first sound is expected (None: never tried), and how it is run.

    ``whole``: seconds in which it would have all of the phrase (None: never tried). One that ``stays`` has begun the
    sentence: no other is started as long as it can keep the budget. A ``hasty`` one is hardly faster than it is heard.
    """

    rung: Rung
    ready: float | None
    hold: bool
    whole: float | None = None
    hertz: int = 0
    expected: float = 0.0
    stays: bool = False
    hasty: bool = False


@dataclass
class Outcome:
    """What the ladder learns from a race."""

    entry: Entry
    ended: Ended | None = None
    #: Seconds it waited without a sound, and whether that was a fair chance missed.
    waited: float = 0.0
    missed: bool = False


@dataclass(frozen=True)
class Runner:
    """An attempt in the race, and when it started (seconds of the race)."""

    entry: Entry
    attempt: Attempt
    started: float


class Race:
    """Run ``entries`` in order on ``phrase``.

    ``budget`` seconds are granted to the first sound of all; ``cap`` seconds to the first sound of any one voice. Each
    `Outcome` is told to ``learn`` as soon as it is known.
    """

    def __init__(
        self,
        phrase: Phrase,
        entries: Sequence[Entry],
        fence: Fence,
        where: tuple[str, int],
        budget: float,
        cap: float,
        learn: Callable[[Outcome], None],
    ) -> None:
        self._phrase, self._waiting, self._fence, self._learn = phrase, list(entries), fence, learn
        self._session, self._turn = where
        self._number = fence.phrase()
        self._budget, self._cap = budget, cap
        self._door: asyncio.Queue[Sounded | Ended] = asyncio.Queue(QUEUE)
        self._running: dict[Ticket, Runner] = {}
        self._winner: Ticket | None = None
        self._seam = Seam()
        self._clock = asyncio.get_running_loop().time
        self._now = self._started = self._next = self._lull = 0.0
        #: Every task ever started; the ladder sees to their end.
        self.tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> AsyncGenerator[Pcm]:
        """The phrase, once, by one voice. Raises ``EngineFailed`` when no voice could."""
        try:
            while not self._phrase.cancelled():
                self._start_due()
                item = await self._take()
                if isinstance(item, Sounded):
                    if self._admit(item):
                        for piece in self._seam.push(item.pcm):
                            yield piece
                        self._lull = self._now + item.pcm.seconds + STALL
                elif isinstance(item, Ended):
                    if self._end(item):
                        for piece in self._seam.flush():
                            yield piece
                        return
                else:
                    self._give_up_the_late()
        finally:
            self._fence.close(self._number)
            for ticket in list(self._running):
                self._drop(ticket)

    def _start_due(self) -> None:
        """Start the next voice when it is its time, or when nobody runs."""
        while self._waiting and self._winner is None and (not self._running or self._now >= self._next):
            entry = self._waiting.pop(0)
            if self._seam.broken:  # what is heard of it is known when it is whole
                entry = replace(entry, ready=entry.whole, hold=True)
            ticket = self._fence.issue(self._session, self._turn, self._number)
            attempt = Attempt(entry.rung, self._phrase, ticket, self._door, entry.hold)
            attempt.hertz, attempt.expected = entry.hertz, entry.expected
            self._running[ticket] = Runner(entry, attempt, self._now)
            self.tasks.add(attempt.start())
            self._next = self._time_for_the_next(entry)
        if not self._running and not self._waiting:
            raise EngineFailed("No voice could speak this phrase.")

    def _time_for_the_next(self, entry: Entry) -> float:
        """Late enough to leave ``entry`` its chance, early enough for the next to keep the budget."""
        waiting = (other.whole if self._seam.broken else other.ready for other in self._waiting)
        needed = [UNTRIED if ready is None else ready for ready in waiting]
        latest = self._started + self._budget - min((s for s in needed if s <= self._budget), default=0.0)
        if entry.ready is None or entry.stays:
            return max(self._now, latest)
        return max(self._now, min(latest, self._now + 1.5 * entry.ready + TICK))

    async def _take(self) -> Sounded | Ended | None:
        """The next item at the door; None when it is time to look around."""
        if not self._door.empty():
            return self._door.get_nowait()
        wait = TICK
        if self._waiting and self._winner is None:
            wait = min(wait, max(SHORTEST, self._next - self._now))
        before = self._clock()
        try:
            async with asyncio.timeout(wait):
                return await self._door.get()
        except TimeoutError:
            return None
        finally:  # a moment in which our own loop stood still is nobody's delay
            self._now += min(self._clock() - before, wait + TICK)

    def _admit(self, item: Sounded) -> bool:
        """The first sound of all chooses its attempt; after that the fence decides."""
        if self._winner is None and item.ticket in self._running:
            self._winner = item.ticket
            self._fence.choose(item.ticket)
            if self._running[item.ticket].entry.hasty:
                self._seam.kept = 0.0
            self._lull = self._now + item.pcm.seconds + STALL
            beaten = [self._drop(other) for other in list(self._running) if other != item.ticket]
            for runner in beaten:
                self._learn(self._beaten(runner.entry, self._now - runner.started))
            self._waiting[:0] = [runner.entry for runner in beaten]  # should the winner break, they may try again
        return self._fence.admits(item)

    def _beaten(self, entry: Entry, waited: float) -> Outcome:
        """A fair chance is nearly all of the budget, or three times what the voice promised."""
        fair = self._budget if entry.ready is None else min(self._budget, 3 * entry.ready + 2 * TICK)
        return Outcome(entry, waited=waited, missed=waited >= 0.8 * fair)

    def _end(self, item: Ended) -> bool:
        """True when the phrase has been spoken; else the one that broke is out, and the next may start at once."""
        if item.ticket not in self._running:
            return False
        self._learn(Outcome(self._running.pop(item.ticket).entry, ended=item))
        if item.error is None and item.ticket == self._winner:
            return True
        self._lose(item.ticket)
        return False

    def _lose(self, ticket: Ticket) -> None:
        """A winner that broke in the middle: the next voice goes on, with a new budget."""
        if ticket == self._winner:
            self._winner, self._started = None, self._now
            self._seam.broke()

    def _give_up_the_late(self) -> None:
        """Drop who has not sounded within the cap, and a winner who fell silent in the middle."""
        for ticket, runner in list(self._running.items()):
            waited = self._now - runner.started
            if self._now > self._lull if ticket == self._winner else waited >= self._cap:
                self._drop(ticket)
                self._learn(Outcome(runner.entry, waited=waited, missed=True))
                self._lose(ticket)

    def _drop(self, ticket: Ticket) -> Runner:
        runner = self._running.pop(ticket)
        runner.attempt.drop()
        return runner
