"""A word of espeak-ng is a fork: it must not wait for a product of numpy's in another thread, nor that for it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from izwi.settings import ROOT

FORKS = """
import izwi
import asyncio, os, threading
import numpy as np
import uvloop

done = 0

def multiply():
    global done
    mel, spectrum = np.ones((80, 201), np.float32), np.ones((201, 300), np.float32)
    while True:
        mel @ spectrum
        done += 1

async def speak():
    threading.Thread(target=multiply, daemon=True).start()
    for _ in range(60):
        await (await asyncio.create_subprocess_exec("true")).wait()
    before = done
    for _ in range(300):  # thirty seconds, for a machine with much else to do
        await asyncio.sleep(0.1)
        if done > before:
            break
    print("both go on" if done > before else "the product stands still", flush=True)
    os._exit(0)

uvloop.run(speak())
"""


def test_a_fork_and_a_product_of_matrices_do_not_wait_for_each_other() -> None:
    pytest.importorskip("uvloop")
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS", "OMP"))}
    command = [sys.executable, "-c", FORKS]
    ended = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=120)
    assert ended.stdout.strip() == "both go on", ended.stderr
