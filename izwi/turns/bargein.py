"""Duck, then decide: the reply is lowered at the first sign of the user's voice; only lasting speech stops it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class BargeIn:
    """One possible interruption. ``least`` seconds of certain speech make it real."""

    least: float = 0.25
    pending: bool = False

    def begin(self) -> None:
        """The user seems to have begun to speak while we do."""
        self.pending = True

    def confirmed(self, voiced: float) -> bool:
        """Whether ``voiced`` seconds of speech are enough to stop for."""
        return self.pending and voiced >= self.least

    def end(self) -> None:
        """It has been decided, either way."""
        self.pending = False
