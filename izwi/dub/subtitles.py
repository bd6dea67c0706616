"""The translation as subtitles: SubRip (SRT) and WebVTT."""

from __future__ import annotations

from izwi.dub.timeline import Segment, Timeline


def subtitles(timeline: Timeline, form: str = "srt") -> str:
    """What is said in the dub, line by line with its times; ``form`` is "srt" or "vtt"."""
    mark = "," if form == "srt" else "."
    blocks = [_block(at, segment, mark) for at, segment in enumerate(_said(timeline), 1)]
    return ("" if form == "srt" else "WEBVTT\n\n") + "\n".join(blocks)


def _said(timeline: Timeline) -> list[Segment]:
    return [segment for segment in timeline.segments if segment.text or segment.translation]


def _block(at: int, segment: Segment, mark: str) -> str:
    end = max(segment.end, segment.spoken_end)
    text = (segment.text if segment.kept else segment.translation).replace("-->", "→").replace("<", "‹")
    return f"{at}\n{_clock(segment.start, mark)} --> {_clock(end, mark)}\n{text}\n"


def _clock(seconds: float, mark: str) -> str:
    whole = round(seconds * 1000)
    minutes, thousandths = divmod(whole, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{thousandths // 1000:02d}{mark}{thousandths % 1000:03d}"
