"""The audit: that something happened, when and in which session. Never what was said, nor by whom in plain."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

_KIND = re.compile(r"[a-z][a-z_]{0,31}")
_USER = re.compile(r"(?:[a-z]{1,8}:)?[0-9a-f]{0,64}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit, appended and never changed.

    ``replica`` and ``number`` name it for good: each process counts its own from 1, so that a gap shows a loss and a
    repeated delivery is recognised. ``at`` is Unix time in seconds, ``session`` the name the state is filed under (not
    the token), ``user`` a keyed hash or a key's id (``security.talker.Talker.holder``).
    Raises ``ValueError`` for anything that could be text.
    """

    replica: str
    number: int
    at: float
    session: str
    kind: str
    user: str = ""
    numbers: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise ValueError(f"the audit knows kinds like 'turn_ended', not {self.kind[:32]!r}")
        if not _USER.fullmatch(self.user):
            raise ValueError("the audit takes a hashed user only")
        for name, value in self.numbers.items():
            if not isinstance(value, int | float):
                raise ValueError(f"the audit takes numbers only, and {name} is a {type(value).__name__}")

    def figures(self) -> str:
        """``numbers`` as JSON."""
        return json.dumps(self.numbers, separators=(",", ":"))
