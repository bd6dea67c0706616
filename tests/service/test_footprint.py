"""What the embedded app weighs after ten turns, and what it must never load."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.engine

TEN_TURNS = """
import asyncio, json, sys
import psutil
from izwi.assembly import assemble
from izwi.service.handler import Service
from izwi.service.local import Talk
from izwi.service import web
from izwi.settings import Settings

async def ten_turns():
    service = Service(Settings(profile="embedded", greet=False))
    service.engines.set_result(await asyncio.to_thread(assemble, service.settings))
    web.create_app(service)
    said = 0.0
    for text in ("mhoro", "hello", "ndiudzei tsumo", "tell me a joke", "makadii") * 2:
        said += (await Talk(service, lambda event: None).run(None, text)).seconds
    return said

said = asyncio.run(ten_turns())
heavy = sorted({"torch", "transformers", "TTS"} & set(sys.modules))
print(json.dumps({"rss": psutil.Process().memory_info().rss / 2**20, "heavy": heavy, "said": said}))
"""


def test_ten_turns_stay_small_and_load_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", TEN_TURNS], capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    print(f"RSS after ten turns: {result['rss']:.0f} MB")
    assert result["said"] > 5
    assert result["heavy"] == []
    assert result["rss"] <= 700
