"""Days, months and hours in Shona."""

from __future__ import annotations

MONTHS = ("Ndira", "Kukadzi", "Kurume", "Kubvumbi", "Chivabvu", "Chikumi", "Chikunguru", "Nyamavhuvhu", "Gunyana",
          "Gumiguru", "Mbudzi", "Zvita")  # fmt: skip
DAYS = ("Muvhuro", "Chipiri", "Chitatu", "China", "Chishanu", "Mugovera", "Svondo")


def part_of_day(hour: int) -> str:
    """`hour` 0 … 23 by the part of its day: usiku, mangwanani, masikati, manheru."""
    if hour < 4 or hour >= 21:
        return "usiku"
    return "mangwanani" if hour < 12 else "masikati" if hour < 18 else "manheru"
