"""The emotion log: its columns, its silence about words, formulas, rotation, and reading it back."""

import csv
import threading
from pathlib import Path

import pytest

from izwi.emotion.log import COLUMNS, EmotionLog, open_log, safe_cell


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_row_an_exchange_without_the_words(tmp_path):
    log = EmotionLog(tmp_path / "deep" / "emotion.csv")
    log.add("Ndiri kufara", "happy", "happy", 412.34)
    log.add("secret", "sad", "calm", 500)
    log.close()
    head, first, second = rows(log.path)
    assert head == ["timestamp", "text", "in_emotion", "out_emotion", "latency_ms"] == list(COLUMNS)
    assert first[1:] == ["", "happy", "happy", "412.3"]
    assert second[1:] == ["", "sad", "calm", "500.0"]
    assert "secret" not in log.path.read_text()
    assert first[0].endswith("+00:00")


def test_the_words_only_when_asked(tmp_path):
    log = EmotionLog(tmp_path / "log.csv", with_text=True)
    log.add('Ndati "mhoro",\nshamwari', "calm", "calm", 1)
    log.close()
    assert rows(log.path)[1][1] == 'Ndati "mhoro", shamwari'


@pytest.mark.parametrize(
    "text", ["=1+1", "+263 77", "-2", "@SUM(A1)", "\t=cmd|' /C calc'!A0", "\r=1", "＝1+1", " =1", "\u202e=1", "'=1"]
)
def test_no_text_becomes_a_formula(text):
    cell = safe_cell(text)
    assert cell.startswith("'")
    assert "\n" not in cell
    assert "\r" not in cell


def test_plain_text_stays(tmp_path):
    assert safe_cell("Mhoro! 1 + 1 = 2, n'anga") == "Mhoro! 1 + 1 = 2, n'anga"


def test_old_rows_move_on_and_the_oldest_go(tmp_path):
    log = EmotionLog(tmp_path / "log.csv", largest=300, keep=2)
    for i in range(60):
        log.add("", "neutral", "neutral", i)
    log.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log.1.csv", "log.2.csv", "log.csv"]
    kept = [float(row[4]) for name in ("log.2.csv", "log.1.csv", "log.csv") for row in rows(tmp_path / name)[1:]]
    assert kept == [float(i) for i in range(60 - len(kept), 60)]
    assert all(p.stat().st_size < 400 for p in tmp_path.iterdir())


def test_writing_waits_for_no_disk(tmp_path, monkeypatch):
    """While the disk hangs, ``add`` returns; what no longer fits is counted, the rest is written later."""
    disk, log = threading.Event(), EmotionLog(tmp_path / "log.csv")
    write = log._write
    monkeypatch.setattr(log, "_write", lambda entry: (disk.wait(), write(entry)))
    for i in range(400):
        log.add("", "sad", "calm", i)
    assert not log.path.exists()
    disk.set()
    log.close()
    assert log.dropped >= 400 - 256 - 2
    assert len(rows(log.path)) == 1 + 400 - log.dropped


def test_a_full_disk_ends_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    log = EmotionLog(tmp_path / "file" / "log.csv")
    log.add("", "sad", "calm", 1)
    log.close()
    assert log.dropped == 1


def test_off_unless_a_file_is_named_and_one_for_all_sessions(tmp_path):
    assert open_log("", False) is None
    path = str(tmp_path / "log.csv")
    opened = open_log(path, True)
    assert opened is not None
    assert opened is open_log(path, True)
    assert opened.with_text
    opened.close()
