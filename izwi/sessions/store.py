"""The protocols of the session store: what a conversation asks of it, and what a place to keep things must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from izwi.sessions.audit import Entry

#: What is kept of a conversation: JSON's own types only.
State = dict[str, Any]


class SessionStore(Protocol):
    """Keeps the newest state of each session, and what happened when.

    ``session`` is the secret token the client holds (``sealed.new_token``). The store derives from it the name it files
    the state under and the key it seals it with, so that what lies on the disk tells nothing without the token.
    Nothing here fails or waits because of a disk or a network: in trouble, ``trouble`` says so in a sentence, the
    process's own memory serves, and what was missed is written when the place is back.
    """

    def save(self, session: str, state: State) -> None:
        """Keep ``state`` for the setting's time to live; returns at once."""
        ...

    async def load(self, session: str) -> State | None:
        """The newest state; None if there is none, it has expired, or the token is not its own."""
        ...

    def forget(self, session: str) -> None:
        """Remove the state; returns at once."""
        ...

    def audit(self, session: str, kind: str, user: str = "", **numbers: float) -> None:
        """Note that something happened, never what was said; returns at once. See ``audit.Entry``."""
        ...

    @property
    def trouble(self) -> str:
        """A sentence for the operator while the place cannot be used; empty when all is well."""
        ...

    async def close(self) -> None:
        """Write what is left, as far as possible within a few seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """One session's sealed state: ``at`` (Unix time, seconds) says which of two is newer; no ``sealed``, no session."""

    name: str
    at: float
    sealed: bytes


class Backend(Protocol):
    """A place to keep things, used by one thread only; every call may block. Raises one of ``errors`` in trouble."""

    errors: tuple[type[Exception], ...]

    def open(self) -> None:
        """Connect; called again after every failure."""
        ...

    def write(self, states: Sequence[Kept], entries: Sequence[Entry]) -> None:
        """All or nothing, and safe to repeat: older states and entries already there are passed over.

        Raises ``Forgotten`` when the place has lost what it once held.
        """
        ...

    def read(self, name: str) -> Kept | None: ...

    def tidy(self) -> None:
        """Remove what has expired."""
        ...

    def close(self) -> None: ...


class Forgotten(Exception):
    """The place came back empty (a Redis without a disk): it is to be given everything again."""
