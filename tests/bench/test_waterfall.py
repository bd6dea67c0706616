"""The waterfall of a turn as a picture."""

from __future__ import annotations

from pathlib import Path

import pytest

from izwi.bench.waterfall import draw
from izwi.faults import BadInput

MARKS = {"started": -0.02, "understood": 0.1, "first sound": 0.19, "committed": 0.25, "heard": 0.26}


def test_a_vector_picture_has_a_bar_a_stage(tmp_path: Path) -> None:
    draw(MARKS, tmp_path / "turn.svg")
    picture = (tmp_path / "turn.svg").read_text()
    for label in (*MARKS, "0.190"):
        assert f"<!-- {label} -->" in picture


def test_a_raster_picture_is_a_png(tmp_path: Path) -> None:
    draw(MARKS, tmp_path / "turn.png")
    assert (tmp_path / "turn.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.svg or \.png"):
        draw(MARKS, tmp_path / "turn.jpg")
    with pytest.raises(BadInput, match="nothing was answered"):
        draw({}, tmp_path / "turn.svg")
