"""The dub as subtitles: SubRip (SRT) and WebVTT."""

from __future__ import annotations

from collections.abc import Iterator

from izwi.dub.timeline import Timeline
from izwi.subtitles import Line, srt, vtt


def subtitles(timeline: Timeline, form: str = "srt") -> str:
    """What is said in the dub, line by line with its times; ``form`` is "srt" or "vtt"."""
    return (srt if form == "srt" else vtt)(_lines(timeline))


def _lines(timeline: Timeline) -> Iterator[Line]:
    for segment in timeline.segments:
        if said := segment.text if segment.kept else segment.translation:
            yield Line(segment.start, max(segment.end, segment.spoken_end), said)
