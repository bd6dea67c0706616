"""What the two have said to each other in this session."""

from __future__ import annotations

from izwi.engines import Message


class Memory:
    """The history given to the model: the newest ``turns`` exchanges, each cut to what was really heard."""

    def __init__(self, turns: int = 12) -> None:
        self._limit = 2 * turns
        self._messages: list[Message] = []

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(self._messages)

    @property
    def last_reply(self) -> str:
        """What Izwi said last; empty if nothing yet."""
        return self._messages[-1].text if self._messages else ""

    def add(self, user: str, reply: str) -> None:
        """Remember an exchange. A reply nobody heard becomes "…": chat templates want the two sides to alternate."""
        self._messages += [Message("user", user), Message("assistant", reply or "…")]
        del self._messages[: -self._limit]
