"""Days, months and hours in Shona."""

from __future__ import annotations

from datetime import datetime

from izwi.languages.hours import part_of_day
from izwi.languages.shona.numbers import cardinal, ordinal

MONTHS = ("Ndira", "Kukadzi", "Kurume", "Kubvumbi", "Chivabvu", "Chikumi", "Chikunguru", "Nyamavhuvhu", "Gunyana",
          "Gumiguru", "Mbudzi", "Zvita")  # fmt: skip
DAYS = ("Muvhuro", "Chipiri", "Chitatu", "China", "Chishanu", "Mugovera", "Svondo")
PARTS = {"night": "usiku", "morning": "mangwanani", "afternoon": "masikati", "evening": "manheru"}


def clock_time(hour: int, minute: int, named: bool = True) -> str:
    """`nhatu nemaminitsi gumi nemashanu masikati`, in agreement with nguva (class 10); `named` adds the part of day."""
    said = cardinal(hour % 12 or 12, 10)
    if minute:
        said += " neminiti imwe" if minute == 1 else f" nemaminitsi {cardinal(minute, 6)}"
    return f"{said} {PARTS[part_of_day(hour % 24)]}" if named else said


def clock(now: datetime) -> dict[str, str]:
    """`now` in words, for the placeholders of the lines."""
    return {
        "time": clock_time(now.hour, now.minute),
        "day": DAYS[now.weekday()],
        "date": f"musi we{ordinal(now.day)} {MONTHS[now.month - 1]}",
        "month": MONTHS[now.month - 1],
        "year": cardinal(now.year),
        "part_of_day": PARTS[part_of_day(now.hour)],
    }
