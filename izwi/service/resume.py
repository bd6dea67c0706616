"""Who drops and comes back goes on where they were: a session lives on one connection at a time, on whichever line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from izwi.dialogue.conversation import Conversation
from izwi.dialogue.snapshot import restore, snapshot
from izwi.service.door import Door
from izwi.sessions.sealed import filed_as, new_token
from izwi.sessions.store import SessionStore, State

#: Seconds in which who dropped may come back and find the conversation as it was.
RESUME = 60.0
TAKEN_OVER = "This session goes on elsewhere."


@dataclass(eq=False)
class Hold:
    """One connection's hold on a session.

    ``token`` is the session's secret, ``state`` what was remembered of it (None: it is new), ``place`` the name under
    which the connection stands at the door. ``end`` is called when the session goes on elsewhere.
    """

    token: str
    place: str
    end: Callable[[], None]
    state: State | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def session(self) -> str:
        """The session's public name."""
        return filed_as(self.token)

    def welcome(self) -> dict[str, Any]:
        """What the client is told of its session."""
        state = self.state or {}
        return {
            "session": self.session,
            "token": self.token,
            "resumed": bool(state),
            "resume_within": RESUME,
            "turn": state.get("turn", 0),
            "history": [{"role": role, "text": text} for role, text in state.get("history", [])],
        }

    def restore(self, conversation: Conversation) -> bool:
        """Put back what was remembered; False if there is nothing."""
        return self.state is not None and restore(conversation, self.state)


class Resumption:
    """Every session that is on a connection now, and how it gets to the next one."""

    def __init__(self, sessions: SessionStore, door: Door) -> None:
        self._sessions, self._door = sessions, door
        self._held: dict[str, Hold] = {}

    async def free(self, token: str, place: str) -> None:
        """The connection that has the session ends, and leaves its place at the door to ``place``."""
        while hold := self._held.get(token):
            self._door.hand_over(hold.place, place)
            hold.end()
            await hold.over.wait()

    async def take(self, token: str, end: Callable[[], None], place: str = "") -> Hold:
        """The session of ``token`` with its state, or a new one if it is not known (any more)."""
        while token:
            await self.free(token, place or filed_as(token))
            state = await self._sessions.load(token)
            if state is None:
                break
            if token not in self._held:  # nobody else has come meanwhile
                return self._hold(token, end, place, state)
        return self._hold(new_token(), end, place, None)

    def _hold(self, token: str, end: Callable[[], None], place: str, state: State | None) -> Hold:
        hold = self._held[token] = Hold(token, place or filed_as(token), end, state)
        return hold

    def remember(self, hold: Hold, conversation: Conversation | None) -> None:
        """Keep what is needed to go on; where there was no conversation yet, what there was before."""
        if conversation is not None:
            self._sessions.save(hold.token, snapshot(conversation))
        elif hold.state is not None:
            self._sessions.save(hold.token, hold.state)

    def leave(self, hold: Hold, conversation: Conversation | None, for_good: bool) -> None:
        """The connection ends: what it was saying is cut off and remembered, or all forgotten."""
        if conversation is not None:
            conversation.stop()
        if for_good:
            self._sessions.forget(hold.token)
        else:
            self.remember(hold, conversation)

    def release(self, hold: Hold) -> None:
        """Nothing of the connection runs any more."""
        self._held.pop(hold.token, None)
        hold.over.set()
