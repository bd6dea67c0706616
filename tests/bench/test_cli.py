"""The bench's command line: one line a scenario, a readable report, JSON that survives a run broken off."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from izwi.__main__ import main
from izwi.bench import cli
from izwi.bench.cli import Scenario
from izwi.bench.figures import WIDTH, Report


def small(given: argparse.Namespace) -> Report:
    return Report("Small", ["ours"], [("turns", str(given.turns))], data={"turns": given.turns})


def counted(given: argparse.Namespace) -> Report:
    return Report("Counted", data={"count": given.counted})


def failing(given: argparse.Namespace) -> Report:
    raise RuntimeError("it broke off")


@pytest.fixture(autouse=True)
def scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = (
        Scenario("small", "the usual one", f"{__name__}:small", usual=True),
        Scenario("counted", "with a number", f"{__name__}:counted", 3),
        Scenario("failing", "breaks", f"{__name__}:failing"),
    )
    monkeypatch.setattr(cli, "SCENARIOS", chosen)
    module = type("Module", (), {"small": small, "counted": counted, "failing": failing})
    monkeypatch.setattr(cli.importlib, "import_module", lambda _: module)


def bench(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers())
    given = parser.parse_args(["bench", *arguments])
    return int(given.func(given))


def kept(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text()))


def test_the_usual_scenario_runs_when_none_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench("--turns", "5", "--json", str(tmp_path / "f.json")) == 0
    assert kept(tmp_path / "f.json")["small"] == {"turns": 5}
    assert "counted" not in kept(tmp_path / "f.json")
    assert capsys.readouterr().out.splitlines()[:3] == ["Small", "       ours", "turns     5"]


@pytest.mark.parametrize(("arguments", "count"), [(["--counted"], 3), (["--counted", "7"], 7)])
def test_a_scenario_may_take_a_value(tmp_path: Path, arguments: list[str], count: int) -> None:
    bench(*arguments, "--json", str(tmp_path / "f.json"))
    assert kept(tmp_path / "f.json")["counted"] == {"count": count}
    assert "small" not in kept(tmp_path / "f.json")


def test_what_was_measured_before_a_failure_is_kept(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broke off"):
        bench("--all", "--json", str(tmp_path / "f.json"))
    assert set(kept(tmp_path / "f.json")) >= {"small", "counted"}


@pytest.mark.parametrize("arguments", [["--turns", "0"], ["--json", "no/such/folder.json"]])
def test_bad_input_is_refused_before_anything_is_measured(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    assert main(["bench", *arguments]) == 2
    assert capsys.readouterr().err.startswith("izwi: ")


def test_sentences_fold_at_the_width_of_a_report() -> None:
    lines = str(Report("Title", notes=["word " * 60])).splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= WIDTH
