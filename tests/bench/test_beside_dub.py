"""Talk beside a dub: the ratios that are told, and a talker and dubs at one real server."""

from __future__ import annotations

import asyncio
import math

import pytest

from izwi.bench.beside_dub import Beside, Work, _report, measure
from izwi.bench.load import Crowd


def test_what_is_told_of_both_sides() -> None:
    found = Beside(Crowd(1, [0.5, 0.5]), Crowd(1, [0.6, 0.6]), Work(2.0, 10.0), Work(0.5, 10.0))
    told = " ".join(str(_report(found, "embedded")).split())
    assert "P50 1.20, P95 1.20" in told
    assert "seconds a dub 5.0 20.0" in told
    assert "took 4.0 times as long as alone" in told


def test_a_dub_that_has_not_begun_has_no_pace() -> None:
    assert math.isnan(Work(0.0, 3.0).pace)


@pytest.mark.engine
@pytest.mark.slow
def test_both_are_measured_at_one_server() -> None:
    found = asyncio.run(measure(2, "embedded", rounds=1))
    for crowd in (found.alone, found.beside):
        assert len(crowd.first_audio) + crowd.unanswered == 2
        assert crowd.first_audio
    assert found.dub_alone.dubs == pytest.approx(1.0)
    assert found.dub_beside.seconds > 0
