"""``python -m izwi emotion FILE``."""

import argparse

import numpy as np
import pytest

from izwi.audio import from_floats, silence
from izwi.emotion import bench
from izwi.emotion.cli import add_commands
from izwi.faults import BadInput

pytestmark = pytest.mark.engine


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers())
    given = parser.parse_args(["emotion", *arguments])
    return int(given.func(given))


def test_it_prints_the_six_and_the_figures(tmp_path, capsys):
    path = tmp_path / "voice.wav"
    path.write_bytes(bench.voice(2.0, 22_050).wav())
    assert run(str(path)) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    shares = [float(lines[e]) for e in ("neutral", "calm", "happy", "sad", "angry", "fearful", "other")]
    assert sum(shares) == pytest.approx(1, abs=0.005)
    assert 100 <= float(lines["F0"].split()[0]) <= 180
    assert float(lines["rate"].split()[0]) == pytest.approx(4, abs=0.8)
    assert float(lines["energy"].split()[0]) < 0


def test_silence_is_not_sure(tmp_path, capsys):
    path = tmp_path / "silence.wav"
    path.write_bytes(silence(1.0, 16_000).wav())
    assert run(str(path)) == 0
    assert capsys.readouterr().out.startswith("feeling   not sure\nF0        none: no voice is heard")


@pytest.mark.parametrize("content", [b"", b"not a sound at all", silence(0.0, 16_000).wav()])
def test_what_is_no_sound_is_one_clear_line(tmp_path, content):
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"x\.wav"):
        run(str(path))


def test_a_missing_file_is_one_clear_line(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        run(str(tmp_path / "none.wav"))


def test_the_bench_names_every_stage():
    table = bench.measure(0.5)
    assert list(table) == ["F0 and energy", "log-mel", "voice figures", "network", "policy", "whole", "RSS added, MB"]
    assert all(np.isfinite(v) for v in table.values())
    assert table["whole"] > table["network"]
    assert from_floats(np.zeros(10), 16_000).seconds < 1
