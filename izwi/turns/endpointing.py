"""How long a silence must last before the user's turn is over.

A running average of this user's own pauses sets the wait (it needs no model of the language, so it suits Shona). How
finished the words sound moves it most: a finished question is answered soon, a hanging conjunction is given time. The
tune of the voice and the mood move it a little. Always within [0.16 s, 1.2 s].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHORTEST, LONGEST = 0.16, 1.2
#: How finished the words sound (0 to 1) → seconds of silence to wait. Chosen so that a hesitation of 0.6 s inside an
#: unfinished sentence is never cut off, and a sentence that is surely over is answered at once.
FINISHED = (0.0, 0.35, 0.6, 0.85, 0.95, 0.98)
WAIT = (0.95, 0.8, 0.68, 0.4, 0.2, 0.16)
#: From here on the words decide alone; below it the user's own pauses may lengthen the wait.
DECIDED = 0.85


@dataclass
class Endpointer:
    """The patience shown to one user, in seconds of silence. ``base`` holds while nothing is known of the words.

    ``waited`` is the silence that ended the last turn.
    """

    base: float = 0.65
    mood: float = 1.0
    pauses: float = 0.0
    seen: int = 0
    waited: float = 0.0
    _finished: float | None = None
    _tune: float = 1.0

    @property
    def patience(self) -> float:
        """Seconds of silence that end the turn now."""
        wait = self.base if self._finished is None else float(np.interp(self._finished, FINISHED, WAIT))
        if self.seen and (self._finished is None or self._finished < DECIDED):
            wait = max(wait, 1.3 * self.pauses)
        return min(LONGEST, max(SHORTEST, wait * self._tune * self.mood))

    def words(self, finished: float) -> None:
        """The words so far sound finished with this probability."""
        self._finished = finished

    def tune(self, factor: float) -> None:
        """What the melody says: above 1 it hangs (level or rising, drawn out), below 1 it has fallen.

        It has a small say: on 240 utterances of real speakers, whole or cut off anywhere, it told the whole ones with
        an AUC of only 0.55. A wait made too short costs more than one made too long.
        """
        self._tune = min(1.15, max(0.95, factor))

    def begin(self) -> None:
        """A new utterance, or the old one goes on: nothing is known of its ending yet."""
        self._finished, self._tune = None, 1.0

    def resumed(self, silence: float, weight: float = 0.3) -> None:
        """The user paused ``silence`` seconds and went on: learn how long this user's own pauses are."""
        self.pauses += (weight if self.seen else 1.0) * (silence - self.pauses)
        self.seen += 1
        self.begin()
