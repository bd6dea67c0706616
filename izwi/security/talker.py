"""Who is at the other end of a connection, what they may do, and how it is said that they may not."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from izwi.faults import BadInput

#: What a key may open: a conversation, the voices, the recogniser, the written model, and the running of the service.
SCOPES = ("talk", "tts", "asr", "chat", "admin")


def scopes(names: Iterable[str]) -> frozenset[str]:
    """A checked set of scopes. Raises ``BadInput`` for one there is not."""
    found = frozenset(name.strip() for name in names if name.strip())
    if unknown := sorted(found - set(SCOPES)):
        raise BadInput(f"there is no scope '{unknown[0]}'; there are {', '.join(SCOPES)}")
    return found


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one holder may use; 0 means no limit. Days are UTC days."""

    requests_per_minute: int = 0
    requests_per_day: int = 0
    talk_per_day: float = 0.0  # seconds
    connections: int = 0  # at once


@dataclass(frozen=True, slots=True)
class Talker:
    """One admitted client. ``holder`` is the name its use is counted under: a key's id, or a keyed hash, never an
    address."""

    holder: str
    scopes: frozenset[str]
    limits: Limits = field(default_factory=Limits)
    public: bool = False


class Refused(Exception):
    """A client is turned away: the HTTP ``status``, a ``code`` for programs and a sentence for people.

    ``after``: seconds until it may be worth trying again, 0 where it never is.
    """

    def __init__(self, status: int, code: str, text: str, after: float = 0.0) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.after = status, code, text, after

    @property
    def close_code(self) -> int:
        """The close code of a WebSocket that is refused so: 4000 + the HTTP status."""
        return 4000 + self.status

    @property
    def headers(self) -> dict[str, str]:
        """What belongs in the HTTP answer beside the body."""
        headers = {"Retry-After": str(math.ceil(self.after))} if self.after else {}
        return headers | ({"WWW-Authenticate": "Bearer"} if self.status == 401 else {})
