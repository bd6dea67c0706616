"""Duck, then decide: the reply is lowered at the first sign of the user's voice; only real speech stops it."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Sounds that say "I am listening", in either language; the empty text is a cough or a noise.
HUMS = frozenset({"", "m", "mm", "mmm", "mhm", "mm hm", "hm", "hmm", "h", "uh", "huh", "uh huh", "ah", "aha", "oh"})
#: Words that say the same while the other still has something to say, and are an answer once they have not.
NODS = frozenset({"ehe", "ee", "eh", "hongu", "ok", "okay", "yeah", "yes", "right", "zvakanaka", "ndizvo"})
#: Seconds of reply still to come that make a nod a nod.
MORE_TO_COME = 1.5
#: Letters of what a recogniser makes of a hum ("her", "hi", "a").
SHORT = 3


def backchannel(text: str, to_come: float, unsure: bool = False) -> bool:
    """Whether ``text``, said into a reply with ``to_come`` seconds left, only means "go on".

    A recogniser that knows words makes one of a hum too, a short one, but is ``unsure`` of it.
    """
    words = " ".join(re.findall(r"[\w']+", text.casefold()))
    hummed = unsure and len(words) <= SHORT
    return hummed or words in HUMS or (words in NODS and to_come > MORE_TO_COME)


@dataclass
class BargeIn:
    """One possible interruption.

    After ``least`` seconds of speech it is judged by its words, where the recogniser is quick enough for that; after
    ``surely`` seconds it is real whatever the words.
    """

    least: float = 0.25
    surely: float = 0.6
    pending: bool = False
    _next: float = 0.25

    def begin(self) -> None:
        """The user seems to have begun to speak while we do."""
        self.pending, self._next = True, self.least

    def due(self, voiced: float) -> bool:
        """Whether ``voiced`` seconds of speech are enough to judge, or to judge again."""
        return self.pending and voiced >= self._next

    def undecided(self, voiced: float) -> None:
        """It sounded like a nod so far: judge again when there is more of it."""
        self._next = voiced + 0.1

    def end(self) -> None:
        """It has been decided, either way."""
        self.pending = False
