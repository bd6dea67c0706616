"""Recorded users over real lines to real servers: every figure is there, and Izwi answers."""

from __future__ import annotations

import asyncio

import pytest

from izwi.bench.talk import LINES, measure

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.mark.parametrize("kind", LINES)
def test_a_line_is_measured(kind: str) -> None:
    figures = asyncio.run(measure(kind, "embedded", 2))
    assert len(figures.first_audio) + figures.unanswered == 2
    assert figures.first_audio
    assert all(seconds > 0 for seconds in figures.first_audio)
    assert figures.idle_cores >= 0
    assert figures.rss > 50
    assert figures.stopped or figures.never_stopped
    if kind != "stock":
        assert {"understood", "committed", "heard"} <= set(figures.marks[0])
