"""The table of good manners (``manners.csv``): which feeling is answered how. The policy learns to do as it says.

Columns: ``heard`` now (one of the six, or "unsure"), ``before`` (what the session sounded like, or "none"), ``turn``
("first" or "later"), ``barge_ins`` ("few", or "often" from two), ``hour`` ("day", or "night" from 22 to 6). A star
matches everything; the first row that matches holds.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import cast, get_args

from izwi.engines import Emotion

TABLE = Path(__file__).with_name("manners.csv")
UNSURE, NONE = "unsure", "none"
HEARD = (*get_args(Emotion), UNSURE)
BEFORE = (*get_args(Emotion), NONE)
TURNS, BARGE_INS, HOURS = ("first", "later"), ("few", "often"), ("day", "night")


@dataclass(frozen=True, slots=True)
class Situation:
    """When something was heard: the turn of the session (from 1), its barge-ins so far, the user's hour (0 to 23)."""

    turn: int = 1
    barge_ins: int = 0
    hour: int = 12

    def words(self) -> tuple[str, str, str]:
        """The situation in the table's words."""
        return (
            "first" if self.turn <= 1 else "later",
            "often" if self.barge_ins >= 2 else "few",
            "night" if self.hour >= 22 or self.hour < 6 else "day",
        )


@cache
def rows() -> tuple[tuple[str, ...], ...]:
    """The table's rows without the reasons: heard, before, turn, barge_ins, hour, answer."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return tuple(tuple(row)[:6] for row in list(csv.reader(file))[1:])


def answer(heard: str, before: str, situation: tuple[str, str, str]) -> Emotion:
    """What the table says. Raises ``LookupError`` where it says nothing."""
    case = (heard, before, *situation)
    for *pattern, told in rows():
        if all(want in ("*", have) for want, have in zip(pattern, case, strict=True)):
            return cast(Emotion, told)
    raise LookupError(f"the table of manners has no answer to {case}")


def cases() -> list[tuple[str, str, tuple[str, str, str]]]:
    """Every case the table must answer."""
    return [(h, b, s) for h, b, s in product(HEARD, BEFORE, product(TURNS, BARGE_INS, HOURS))]
