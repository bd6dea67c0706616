"""The state of a conversation, and the only moves it can make."""

from __future__ import annotations

from collections.abc import Callable

from izwi.events import StateName

MOVES: dict[StateName, frozenset[StateName]] = {
    "idle": frozenset({"listening", "thinking", "speaking"}),
    "listening": frozenset({"idle", "thinking"}),
    "thinking": frozenset({"idle", "listening", "speaking"}),
    "speaking": frozenset({"idle", "interrupted"}),
    "interrupted": frozenset({"idle", "listening", "thinking"}),
}


class IllegalMove(RuntimeError):
    """The conversation was asked to move where it cannot go from here."""

    def __init__(self, current: StateName, wanted: StateName) -> None:
        allowed = ", ".join(sorted(MOVES[current]))
        super().__init__(f"a conversation that is {current} cannot become {wanted}; it can become {allowed}")


class State:
    """Holds the current state; ``changed`` is called after every move with the new one."""

    def __init__(self, changed: Callable[[StateName], None]) -> None:
        self.name: StateName = "idle"
        self._changed = changed

    def move(self, to: StateName) -> None:
        """Go to ``to``. Staying where one is, is no move and tells nobody. Raises ``IllegalMove``."""
        if to == self.name:
            return
        if to not in MOVES[self.name]:
            raise IllegalMove(self.name, to)
        self.name = to
        self._changed(to)
