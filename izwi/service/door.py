"""The door: at most so many talkers at once, and whoever comes later is told honestly how long it will take.

A newcomer asks; while there is no place they keep asking, every second or two, and so keep their turn in the queue. Who
stops asking has gone, and loses the turn after ``PATIENCE`` seconds. A place is a lease: the call renews it while it
lives (``Call.watch``), so that even a call whose end nobody noticed cannot keep a place for longer than ``LEASE``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from izwi.service.lengths import TalkLengths

#: Seconds after which a silent asker has gone, and an unrenewed place is free again.
PATIENCE, LEASE = 10.0, 60.0
#: Longest queue; who comes later is turned away.
LONGEST = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """What the door answers: inside, or waiting at ``position`` (1 is next) for about ``seconds``; else turned away."""

    inside: bool
    position: int = 0
    seconds: float = 0.0

    @property
    def turned_away(self) -> bool:
        return not self.inside and not self.position


@dataclass
class Door:
    """Places by name; a name holds one, however often it asks. Everything is for the event loop's thread.

    ``limit`` may change at any time; nobody inside is put out. While ``strained`` newcomers wait though there is a
    place, so that those inside do not suffer; but never when nobody is inside. While ``refusing`` nobody may even queue
    as long as somebody is inside; while ``closed`` all are turned away.
    """

    limit: int
    clock: Callable[[], float] = time.monotonic
    strained: bool = False
    closed: bool = False
    refusing: bool = False
    _lengths: TalkLengths = field(default_factory=TalkLengths)
    _inside: dict[str, float] = field(default_factory=dict)  # name → when the talk began
    _renewed: dict[str, float] = field(default_factory=dict)
    _waiting: dict[str, float] = field(default_factory=dict)  # name → when they last asked; in the order they came

    @property
    def taken(self) -> int:
        """Places held now."""
        return len(self._inside)

    @property
    def usual(self) -> float:
        """Seconds a talk usually lasts here."""
        return self._lengths.mean([self.clock() - began for began in self._inside.values()])

    @property
    def waiting(self) -> int:
        """How many queue."""
        return len(self._waiting)

    def waits(self, name: str) -> bool:
        """Whether this name has a turn in the queue, so that its asking again is no new request."""
        return name in self._waiting

    def ask(self, name: str) -> Standing:
        """A place if there is one and it is this name's turn; else where they stand. Keep asking to keep the turn."""
        self._tidy()
        if name in self._inside:
            return Standing(True)
        known = name in self._waiting
        full = len(self._waiting) >= LONGEST or (self.refusing and self._inside)
        if self.closed or (not known and full):
            self._waiting.pop(name, None)
            return Standing(False)
        self._waiting[name] = self.clock()
        position = list(self._waiting).index(name) + 1
        if position <= self._free:
            del self._waiting[name]
            self._inside[name] = self._renewed[name] = self.clock()
            return Standing(True)
        return Standing(False, position, self._wait(position))

    def enter(self, name: str) -> bool:
        """Take a place now or not at all: a try that fails leaves no trace in the queue."""
        known = name in self._waiting
        standing = self.ask(name)
        if not standing.inside and not known:
            self._waiting.pop(name, None)
        return standing.inside

    def renew(self, name: str) -> None:
        """The call of this name lives. One that was thought dead is inside again: nobody is put out."""
        self._inside.setdefault(name, self.clock())
        self._renewed[name] = self.clock()

    def hand_over(self, name: str, to: str) -> None:
        """Who was inside as ``name`` goes on as ``to``, on another line: the place stays theirs."""
        if name in self._inside and to not in self._inside:
            self._inside[to], self._renewed[to] = self._inside.pop(name), self.clock()
            self._renewed.pop(name, None)

    def leave(self, name: str) -> None:
        """Give the place, or the turn in the queue, back; who has neither may say so too."""
        self._waiting.pop(name, None)
        self._renewed.pop(name, None)
        if (began := self._inside.pop(name, None)) is not None:
            self._lengths.add(self.clock() - began)

    @property
    def _free(self) -> int:
        """Places to give out now: those at the head of the queue may take them, in any order."""
        free = self.limit - len(self._inside)
        if self.strained:
            free = min(free, 1 if not self._inside else 0)
        return max(0, free)

    def _wait(self, position: int) -> float:
        """Seconds until it is the turn of ``position``; those inside beyond the limit leave nobody a place."""
        running = [self.clock() - began for began in self._inside.values()]
        return self._lengths.wait(running or [0.0], position + max(0, len(running) - self.limit))

    def _tidy(self) -> None:
        now = self.clock()
        for name in [name for name, asked in self._waiting.items() if now - asked > PATIENCE]:
            del self._waiting[name]
        for name in [name for name, renewed in self._renewed.items() if now - renewed > LEASE]:
            self.leave(name)


def waiting_sentence(standing: Standing) -> str:
    """The queue in words: "You are second, about 40 seconds." """
    ordinals = ("next", "second", "third", "fourth", "fifth")
    position = standing.position
    place = ordinals[position - 1] if position <= len(ordinals) else f"number {position}"
    return f"Izwi is talking with others just now. You are {place}; it may take about {about(standing.seconds)}."


def about(seconds: float) -> str:
    """A time as honest as the estimate: tens of seconds, then whole minutes."""
    if seconds < 90:
        return f"{max(10, round(seconds / 10) * 10)} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes"
