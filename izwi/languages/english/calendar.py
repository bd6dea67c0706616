"""Days, months and hours in English."""

from __future__ import annotations

from datetime import datetime

from izwi.languages.english.numbers import cardinal, ordinal, year
from izwi.languages.hours import part_of_day

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def clock(now: datetime) -> dict[str, str]:
    """`now` in words, for the placeholders of the lines."""
    hour = cardinal(now.hour % 12 or 12)
    minute = f" {'oh ' if now.minute < 10 else ''}{cardinal(now.minute)}" if now.minute else " o'clock"
    part = part_of_day(now.hour)
    return {
        "time": f"{hour}{minute} {'at night' if part == 'night' else f'in the {part}'}",
        "day": DAYS[now.weekday()],
        "date": f"the {ordinal(now.day)} of {MONTHS[now.month - 1]}",
        "month": MONTHS[now.month - 1],
        "year": year(now.year),
        "part_of_day": part,
    }
