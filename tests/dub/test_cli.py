"""The command line: what it writes, its progress bar, and one plain line for what cannot be used."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from izwi.__main__ import main
from izwi.audio import read
from izwi.dub.cli import Bar
from izwi.dub.progress import Step


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IZWI_PROFILE", "embedded")
    monkeypatch.setenv("IZWI_CACHE", str(tmp_path / "cache"))


@pytest.mark.engine
def test_all_it_writes(clip: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clip("ndine nzara chaizvo", "ndatenda zvikuru")
    edits = tmp_path / "edits.json"
    edits.write_text(json.dumps({"edits": [{"segment": 2, "translation": "Thanks a lot."}]}))
    files = {name: tmp_path / f"out.{name}" for name in ("srt", "json")}
    command = ["dub", str(path), "--subtitles", str(files["srt"]), "--timeline", str(files["json"])]
    assert main([*command, "--edits", str(edits)]) == 0
    said = capsys.readouterr()
    assert "I am very hungry." in said.out
    assert "2 of 2 lines dubbed" in said.out
    assert said.err == ""
    assert read(path.with_suffix(".en.wav")).seconds == pytest.approx(read(path).seconds)
    assert "Thanks a lot." in files["srt"].read_text("utf-8")
    assert [s["translation"] for s in json.loads(files["json"].read_text("utf-8"))["segments"]] == [
        "I am very hungry.",
        "Thanks a lot.",
    ]


@pytest.mark.engine
def test_nothing_to_dub_is_no_success(clip: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = clip("ndatenda zvikuru")
    assert main(["dub", str(path), "--to", "sn"]) == 1
    assert "All that is said is chiShona already, so nothing is dubbed." in capsys.readouterr().out
    assert path.with_suffix(".sn.wav").read_bytes() == path.read_bytes(), "the clip is there as it was"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["missing.wav"], "there is no file"),
        (["clip.wav", "--out", "nowhere/out.wav"], "there is no folder"),
        (["clip.wav", "--out", "out.mp3"], "--out ends with .wav, not .mp3"),
        (["clip.wav", "--subtitles", "out.txt"], "subtitles are .srt or .vtt, not .txt"),
        (["clip.wav", "--edits", "missing.json"], "cannot be read"),
        (["clip.wav"], "clip.wav cannot be read"),
        (["clip.wav", "--out", "./clip.wav"], "clip.wav is read for this dub and would be lost"),
        (["clip.wav", "--edits", "e.json", "--timeline", "e.json"], "e.json is read for this dub and would be lost"),
    ],
)
def test_one_line_for_what_cannot_be_used(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.wav").write_text("no sound")
    assert main(["dub", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_the_bar_is_drawn_on_a_terminal_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for out, drawn in ((Terminal(), True), (io.StringIO(), False)):
        bar = Bar(out)
        bar(Step("hear", 4, 20, 0.5, 12.4))
        assert (" 50%  Writing down what is said 5 of 20, 12 s left" in out.getvalue()) == drawn
        bar.clear()
        assert out.getvalue().endswith("\033[K") == drawn
