"""The heavy voices, each on a tiny random checkpoint of its real class: saved and loaded by the real code, in the real
worker process of its own environment, spoken through as the server does it."""

import asyncio
import os
import subprocess
from contextlib import aclosing
from pathlib import Path

import pytest

from izwi.tts.choice import ENVIRONMENTS
from izwi.tts.worker.supervisor import Supervisor, command
from izwi.tts.worker.voice import WorkerVoice

pytestmark = [pytest.mark.slow, pytest.mark.engine]
ROOT = Path(__file__).parents[2]
#: Voice, kind of checkpoint, Hz.
VOICES = [
    ("qwen3", "", 24_000),
    ("vibevoice", "", 24_000),
    ("pocket", "", 24_000),
    ("coqui", "vits", 16_000),
    ("coqui", "fairseq", 16_000),
    ("coqui", "xtts", 24_000),
]


@pytest.mark.parametrize(("name", "kind", "rate"), VOICES)
async def test_speaks_from_its_worker_and_stops(name: str, kind: str, rate: int, tmp_path: Path) -> None:
    environment, target = ENVIRONMENTS[name]
    python = ROOT / environment / "bin" / "python"
    if not python.exists():
        pytest.skip(f"{environment} is not built ({target})")
    here = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    maker = [str(python), str(ROOT / "tests" / "tts" / "tiny" / f"{name}.py"), str(tmp_path / "model")]
    maker += [kind] if kind else []
    await asyncio.to_thread(subprocess.run, maker, check=True, env=here, cwd=ROOT, capture_output=True)
    if kind == "xtts":  # it speaks after a recording
        record = ["espeak-ng", "-w", str(tmp_path / "model" / "voice.wav"), "this is a recording of a voice"]
        await asyncio.to_thread(subprocess.run, record, check=True)
    run = ["env", f"PYTHONPATH={ROOT}", "OMP_NUM_THREADS=1"]
    run += command(name, str(tmp_path / "model"), ("en",), python=str(python))
    voice = WorkerVoice(Supervisor(name, run, loading=600.0, every=60.0), frozenset({"en"}), "none", name, wait=True)
    voice._server._silence = 300.0  # a machine that is busy elsewhere is no fault of the voice
    try:
        pieces = []
        async with aclosing(voice.synthesize_stream("hello my friend", "en")) as speech:
            async for piece in speech:
                pieces.append(piece)
                if len(pieces) == 3:
                    break
        assert {piece.rate for piece in pieces} == {rate}
        assert max(piece.dbfs for piece in pieces) > -60
        async with aclosing(voice.synthesize_stream("hello once more", "en")) as again:
            assert len((await anext(again)).samples), "a stopped voice speaks again"
    finally:
        await voice.close()
