"""How long a silence must last before the user's turn is over.

A running average of this user's own pauses sets the wait (it needs no model of the language, so it suits Shona); what
the transcript and the voice say about being finished moves it, always within [0.16 s, 1.2 s].
"""

from __future__ import annotations

from dataclasses import dataclass

SHORTEST, LONGEST = 0.16, 1.2


@dataclass
class Endpointer:
    """The patience shown to one user, in seconds of silence."""

    base: float = 0.5
    factor: float = 1.0
    pauses: float = 0.0
    seen: int = 0

    @property
    def patience(self) -> float:
        """Seconds of silence that end the turn now."""
        wait = max(self.base, 1.3 * self.pauses) if self.seen else self.base
        return min(LONGEST, max(SHORTEST, wait * self.factor))

    def resumed(self, silence: float, weight: float = 0.3) -> None:
        """The user paused ``silence`` seconds and went on: learn how long this user's own pauses are."""
        self.pauses += (weight if self.seen else 1.0) * (silence - self.pauses)
        self.seen += 1
