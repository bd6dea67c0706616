"""The fence against ghost audio: every piece carries its attempt's number, and only the chosen one passes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from izwi.audio import Pcm


@dataclass(frozen=True, slots=True)
class Ticket:
    """One try of one voice at one phrase of one turn. ``attempt`` is never given twice."""

    session: str
    turn: int
    phrase: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Sounded:
    """A piece of speech and the attempt it belongs to."""

    ticket: Ticket
    pcm: Pcm


class Fence:
    """The last door before the speaker: what is not let in by number stays out, whatever its process still does."""

    def __init__(self) -> None:
        self._phrases, self._attempts = count(1), count(1)
        self._chosen: dict[int, int] = {}
        #: Samples turned away so far.
        self.refused = 0

    def phrase(self) -> int:
        """The number of a new phrase."""
        return next(self._phrases)

    def issue(self, session: str, turn: int, phrase: int) -> Ticket:
        """A ticket for a new attempt; it does not open the door."""
        return Ticket(session, turn, phrase, next(self._attempts))

    def choose(self, ticket: Ticket) -> None:
        """From now on this attempt, and no other, speaks its phrase."""
        self._chosen[ticket.phrase] = ticket.attempt

    def close(self, phrase: int) -> None:
        """The phrase is over: nothing passes any more."""
        self._chosen.pop(phrase, None)

    def admits(self, piece: Sounded) -> bool:
        """Whether the piece is the chosen attempt's; counts what it turns away."""
        if self._chosen.get(piece.ticket.phrase) == piece.ticket.attempt:
            return True
        self.refused += len(piece.pcm.samples)
        return False
