"""What the bench reckons from what it measured."""

from __future__ import annotations

import math

import pytest

from izwi.bench.figures import Figures, Report, pair, percentiles, share
from izwi.bench.talk import _ratios


def figures() -> Figures:
    return Figures(
        "izwi",
        first_audio=[0.2, 0.3, 0.9],
        first_content=[0.2, 0.5, 0.9],
        marks=[{"heard": 0.1}, {"heard": 0.2}, {"heard": 0.8}],
        turn_cpu=0.5,
    )


def test_percentiles_of_nothing_are_no_numbers() -> None:
    assert percentiles([0.1, 0.2, 0.3]) == pytest.approx((0.2, 0.29))
    assert all(math.isnan(value) for value in percentiles([]))
    assert pair([]) == share(0, 0) == "–"


def test_a_line_of_figures_says_what_is_known_and_what_is_not() -> None:
    rows = dict(figures().rows())
    assert rows["first audio, P50 / P95"] == "0.30 / 0.84 s"
    assert rows["first content, P50 / P95"] == "0.50 / 0.86 s"
    assert rows["  heard (server, P50)"] == "0.20 s"
    assert rows["CPU a turn"] == "0.50 s"
    assert rows["memory"] == rows["barge-in: silent, P50 / P95"] == "–"


def test_the_waterfall_is_that_of_the_median_turn() -> None:
    assert figures().waterfall() == {"heard": 0.2}
    assert Figures("izwi").waterfall() == {}


def test_ratios_compare_every_line_with_the_rival() -> None:
    rival = Figures("stock", first_audio=[0.6, 0.6, 1.8])
    assert _ratios([figures(), rival]) == ["First audio, ratio of izwi to stock: P50 0.50, P95 0.50."]
    assert _ratios([figures()]) == []


def test_a_report_is_aligned() -> None:
    text = str(Report("Title", ["ours", "theirs"], [("a", "1", "22"), ("longer", "333", "4")]))
    assert text.splitlines() == ["Title", "        ours  theirs", "a          1      22", "longer   333       4"]
