"""A voice in a worker: not ready yet is no failure, no process is left behind, and each event loop has its own."""

import asyncio
import gc
import re
import sys
import warnings

import psutil
import pytest

from izwi.audio import join
from izwi.engines import EngineFailed
from izwi.tts.attempt import NotReady
from izwi.tts.worker.supervisor import Supervisor, command
from izwi.tts.worker.voice import WorkerVoice
from tests.tts import faulty_worker

pytestmark = pytest.mark.engine
WORKER = [sys.executable, "-I", "-S", faulty_worker.__file__, str(faulty_worker.SOUND), "0"]
#: Loads its model for ever.
LOADING = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(3600)"]


def voice_of(command: list[str], wait: bool = False) -> WorkerVoice:
    return WorkerVoice(
        Supervisor("worker", command, every=5.0, loading=60.0), frozenset({"sn"}), "none", "worker", wait
    )


async def say(voice: WorkerVoice) -> float:
    return join([piece async for piece in voice.synthesize_stream("well mhoro", "sn")]).seconds


async def test_a_voice_that_loads_says_so_at_once_and_leaves_no_process() -> None:
    voice = voice_of(LOADING)
    for _ in range(3):
        with pytest.raises(NotReady):
            await say(voice)
    while voice._supervisor.pid is None:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    process = psutil.Process(voice._supervisor.pid)
    await voice.close()
    assert not process.is_running()


async def test_one_that_waits_speaks_its_first_phrase() -> None:
    voice = voice_of(WORKER, wait=True)
    assert await say(voice) == pytest.approx(1.0, abs=0.05)
    await voice.close()


async def test_one_that_waits_for_a_model_that_cannot_be_loaded_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    voice = voice_of(command("coqui", "nowhere", ("sn",)), wait=True)
    with pytest.raises(EngineFailed, match="did not start"):
        await say(voice)
    await voice.close()
    assert re.fullmatch(r"nowhere cannot be loaded as coqui: FileNotFoundError: .*\n", capfd.readouterr().err)


def test_warmed_in_one_loop_it_speaks_in_another() -> None:
    """The server warms its engines in a thread, in a loop of its own."""
    voice = voice_of(WORKER, wait=True)

    async def once(voice: WorkerVoice) -> None:
        assert await say(voice) == pytest.approx(1.0, abs=0.05)

    async def again(voice: WorkerVoice) -> None:
        await once(voice)
        await voice.close()

    with warnings.catch_warnings():  # the first loop is closed over the worker's pipes, on purpose
        warnings.simplefilter("ignore", ResourceWarning)
        asyncio.run(once(voice))
        asyncio.run(again(voice))
        starts = voice._supervisor.starts
        del voice
        gc.collect()
    assert starts == 2
