"""The overhead bench prints what it measures, and its sums are of its own rows."""

from __future__ import annotations

import argparse

import pytest

from izwi.bench import overhead as bench


def test_every_row_is_measured_and_the_sums_are_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "MESSAGES", 20)
    report = bench.overhead(argparse.Namespace())
    rows = {row[0]: float(row[1]) for row in report.rows}
    assert all(value > 0 for name, value in rows.items() if name != "size, rate and talk time")
    parts = ("who: JWT, EdDSA", "headers, body limits, CORS", "metrics, audit of a turn")
    assert rows["a request, at most"] == pytest.approx(sum(rows[part] for part in parts), abs=2e-4)
    assert "1 ms a message" in report.notes[1]
