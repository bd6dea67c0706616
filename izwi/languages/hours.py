"""The parts of a day, which greetings and clocks of every language share."""

from __future__ import annotations

from typing import Literal

Part = Literal["night", "morning", "afternoon", "evening"]


def part_of_day(hour: int) -> Part:
    """`hour` 0 … 23 by the part of its day: night from nine in the evening to four in the morning."""
    if hour < 4 or hour >= 21:
        return "night"
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
