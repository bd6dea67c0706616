from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from izwi.hub.faults import ConversionFailed, Incomplete, Tampered
from izwi.settings import ROOT

pytestmark = pytest.mark.engine

ENTRY = """
[[model]]
name = "ear"
role = "asr"
engine = "faster-whisper"
languages = ["sn"]
licence = "Apache-2.0"
size = 600_000
repo = "someone/ear"
files = ["*.json", "*.safetensors"]
also = ["merges.txt"]
convert = "whisper"
"""


def test_a_killed_conversion_leaves_nothing_that_looks_whole(hub, shelf, checkpoints):
    hub.add("someone/ear", checkpoints / "whisper-older")
    registry, store = shelf(ENTRY)
    program = (
        "import sys; from pathlib import Path; from izwi.hub.registry import load; from izwi.hub.store import Store\n"
        "models, cache, url = sys.argv[1:]\n"
        "Store(Path(models), Path(cache), url).obtain(load(Path(models))['ear'])"
    )
    command = [sys.executable, "-c", program, str(store.models), str(store.cache), hub.url]
    child = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    home = store.cache / "converted" / "ear"
    _wait_for(lambda: any(home.glob("*.half")), child)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert any(home.glob("*.half")), "it was killed in the middle"
    with pytest.raises(Incomplete, match="ear has not been converted yet"):
        store.held(registry["ear"])
    hub.seen.clear()
    folder = store.obtain(registry["ear"])
    assert not hub.seen, "the download was whole: it is not asked for again"
    _loads_in_faster_whisper(folder)
    assert [entry.name for entry in home.iterdir()] == [folder.name], "the half-made folder is gone"

    store.obtain(registry["ear"])
    made = (folder / "model.bin").stat().st_mtime_ns
    assert store.held(registry["ear"]) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == made, "converted once"

    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:-1] + b"!")
    with pytest.raises(Tampered, match=r"model\.bin of ear"):
        store.obtain(registry["ear"])


def test_a_checkpoint_that_is_none_fails_with_one_sentence_and_no_remains(hub, shelf):
    hub.repos["someone/ear"] = {"config.json": b"{}", "model.safetensors": b"not weights"}
    registry, store = shelf(ENTRY)
    with pytest.raises(ConversionFailed, match=r"ear could not be converted for its engine \(.+\)\."):
        store.obtain(registry["ear"])
    assert not list((store.cache / "converted" / "ear").iterdir())


def _loads_in_faster_whisper(folder: Path) -> None:
    """An older fine-tune comes without ``tokenizer.json`` and without language tokens; converted, it has both."""
    from faster_whisper import WhisperModel

    ear = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
    noise = np.random.default_rng(0).normal(0, 0.05, 16_000).astype(np.float32)
    _, heard = ear.transcribe(noise, beam_size=1, max_new_tokens=4)
    assert heard.duration == 1.0
    assert {"sn", "en"} < {language for language, _ in heard.all_language_probs}


def _wait_for(condition, child: subprocess.Popen[bytes]) -> None:
    while not condition():
        assert child.poll() is None, "the child ended before it converted"
        time.sleep(0.01)


def test_an_unknown_conversion_is_said(hub, shelf, checkpoints: Path):
    hub.add("someone/ear", checkpoints / "whisper")
    registry, store = shelf(ENTRY.replace('convert = "whisper"', 'convert = "magic"'))
    with pytest.raises(ConversionFailed, match="conversion 'magic', which does not exist"):
        store.obtain(registry["ear"])
