"""Subtitles: numbers, clocks, and text that cannot break out of its cue."""

from __future__ import annotations

from izwi.subtitles import Line, srt, vtt

LINES = [Line(0.0, 1.5, "Mhoro."), Line(3661.0004, 3662.9996, "a --> b\n\n1\nc <i>&")]


def test_srt() -> None:
    assert srt(LINES) == (
        "1\n00:00:00,000 --> 00:00:01,500\nMhoro.\n\n2\n01:01:01,000 --> 01:01:03,000\na → b 1 c <i>&\n"
    )


def test_vtt() -> None:
    assert vtt(LINES) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nMhoro.\n\n01:01:01.000 --> 01:01:03.000\na → b 1 c &lt;i&gt;&amp;\n"
    )


def test_nothing_said() -> None:
    assert srt([]) == ""
    assert vtt([]) == "WEBVTT\n"
