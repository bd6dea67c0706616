"""Subtitles of timed lines: SubRip (SRT) and WebVTT."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Line(NamedTuple):
    """One line and when it is said, in seconds."""

    start: float
    end: float
    text: str


def srt(lines: Iterable[Line]) -> str:
    """SubRip; empty when there are no lines."""
    return "\n".join(
        f"{number}\n{_clock(line.start, ',')} --> {_clock(line.end, ',')}\n{_plain(line.text)}\n"
        for number, line in enumerate(lines, 1)
    )


def vtt(lines: Iterable[Line]) -> str:
    """WebVTT (W3C), with its own characters escaped."""
    cues = (
        f"{_clock(line.start, '.')} --> {_clock(line.end, '.')}\n"
        + _plain(line.text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        + "\n"
        for line in lines
    )
    return "\n".join(["WEBVTT\n", *cues])


def _plain(text: str) -> str:
    """On one line: an empty line would end the cue, and an arrow begin another."""
    return " ".join(text.split()).replace("-->", "→")


def _clock(seconds: float, point: str) -> str:
    whole = max(0, round(seconds * 1000))
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{point}{whole % 1000:03}"
