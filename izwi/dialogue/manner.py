"""How this user wants to be spoken to: the pace and loudness they asked for, and their name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from izwi.dialogue.intents import Answer
from izwi.engines import Style

#: One step of "slower" (a factor) and of "louder" (dB), and how far either may go.
SLOWER, SLOWEST, FASTEST = 0.85, 0.6, 1.6
LOUDER, SOFTEST, LOUDEST = 3.0, -12.0, 6.0


@dataclass
class Manner:
    """Lives as long as the session."""

    style: Style = field(default_factory=Style)
    name: str = ""

    def heed(self, instant: Answer) -> None:
        """Do what the user asked for beside an answer."""
        if instant.action == "name":
            self.name = instant.value
        elif instant.action in ("slower", "faster"):
            rate = self.style.rate * (SLOWER if instant.action == "slower" else 1 / SLOWER)
            self.style = replace(self.style, rate=min(FASTEST, max(SLOWEST, rate)))
        elif instant.action in ("louder", "softer"):
            energy = self.style.energy + (LOUDER if instant.action == "louder" else -LOUDER)
            self.style = replace(self.style, energy=min(LOUDEST, max(SOFTEST, energy)))
