"""What the operator has: metrics behind a key, a dashboard of what there is, load told in words, a quiet end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from izwi.engines import Engines
from izwi.events import Event
from izwi.ops.governor import RISE, Governor, Pressure
from izwi.security.keys import KeyRing, make
from izwi.service.call import Call, Service
from izwi.service.gauges import gauges
from izwi.service.keeper import Keeper
from izwi.service.web import create_app
from izwi.sessions.memory import MemoryStore
from izwi.settings import ROOT, Settings
from izwi.thrift import STEPS
from tests.dialogue.stage import Script, ScriptedAsr, ScriptedLlm, ScriptedVad, ScriptedVoice, Texts

STRAIN = Pressure(lag=1.0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service(tmp_path: Path) -> Service:
    script = Script(first_token=0.0, token_seconds=0.0, voice_first=0.0, voice_rate=0.0)
    made = Service(Settings(greet=False, data=tmp_path, hang_limit=0.0))
    made.engines.set_result(Engines(ScriptedAsr(script, Texts()), ScriptedLlm(script), ScriptedVoice(script)))
    return made


async def a_call(service: Service) -> tuple[Call, list[Event]]:
    events: list[Event] = []
    call = Call(service, 48_000, events.append, lambda: None, 0.1, ScriptedVad())
    call.introduced.set()
    await call.open()
    return call, events


async def finished(call: Call, events: list[Event]) -> None:
    """Take the answer's sound until its times are told."""
    mouth = asyncio.create_task(_take(call))
    for _ in range(1000):
        if any(event.type == "timings" for event in events):
            break
        await asyncio.sleep(0.01)
    mouth.cancel()


async def _take(call: Call) -> None:
    while True:
        await call.next()


# Metrics


def samples(service: Service) -> dict[str, float]:
    service.metrics.ask(lambda: gauges(service))
    lines = [line for line in service.metrics.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def test_a_turn_shows_in_the_metrics_and_in_the_audit(service: Service) -> None:
    call, events = await a_call(service)
    assert call.conversation is not None
    call.conversation.type("mhoro")
    await finished(call, events)
    found = samples(service)
    assert found["izwi_turns_total"] == found["izwi_calls_total"] == found["izwi_calls_live"] == 1
    assert found["izwi_first_audio_seconds_count"] == 1
    assert found['izwi_turn_stage_seconds_count{stage="speak"}'] == 1
    await call.close()
    assert samples(service)["izwi_calls_live"] == 0
    assert isinstance(service.sessions, MemoryStore)
    entries = list(service.sessions.entries)
    assert [entry.kind for entry in entries] == ["opened", "turn_ended", "closed"]
    assert entries[1].numbers["first_audio"] >= 0
    assert len({entry.session for entry in entries}) == 1
    assert call.witness.token not in repr(entries)


async def test_faults_are_counted_by_code(service: Service) -> None:
    call, _ = await a_call(service)
    assert call.conversation is not None
    call.conversation.type("")
    assert samples(service)['izwi_faults_total{code="empty"}'] == 1
    await call.close()


@pytest.mark.parametrize(("setting", "key", "status"), [("key", False, 401), ("key", True, 200), ("open", False, 200)])
async def test_metrics_need_an_admin_key_unless_they_are_open(
    tmp_path: Path, setting: str, key: bool, status: int
) -> None:
    settings = Settings(data=tmp_path, metrics=setting)
    secret, kept = make("prometheus", ["admin"])
    KeyRing(tmp_path / "keys.json").add(kept)
    app = create_app(Service(settings))
    headers = {"Authorization": f"Bearer {secret}"} if key else {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://izwi") as client:
        answer = await client.get("/metrics", headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert "izwi_slots_limit 4" in answer.text


async def test_the_dashboard_shows_only_what_there_is(service: Service) -> None:
    service.metrics.turn({"started": 0.0, "understood": 0.1, "first sound": 0.2, "heard": 0.3})
    service.metrics.ask(lambda: gauges(service))
    text = service.metrics.text().decode()
    exposed = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    exposed |= {f"{name}_bucket" for name in exposed}
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text("utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"izwi_\w+", target["expr"])
    }
    assert len(asked) >= 20
    assert asked <= exposed, asked - exposed


# Load


async def test_under_strain_steps_are_given_up_told_and_given_back(service: Service) -> None:
    clock = Clock()
    service.governor = Governor(len(STEPS), clock)
    keeper = Keeper(service)
    call, events = await a_call(service)
    thrift = service.engines.result().thrift

    def feel(pressure: Pressure, seconds: float) -> None:
        for _ in range(round(seconds)):
            clock.now += 1.0
            service.governor.feel(pressure)
            keeper.apply()

    keeper.apply()
    feel(STRAIN, RISE + 1)
    assert service.door.strained
    assert thrift.without("denoise")
    assert not thrift.without("partials")
    feel(STRAIN, 60)
    assert thrift.level == len(STEPS)
    assert service.door.refusing
    newcomer, told = await a_call(service)
    assert "load_refuse" in [getattr(event, "code", "") for event in told], "who comes later is told too"
    feel(Pressure(), 120)
    assert thrift.level == 0
    assert not service.door.strained
    codes = [getattr(event, "code", "") for event in events if event.type == "notice"]
    assert codes == [
        "load_denoise",
        "load_partials",  # what the scripted engines do not have is passed over
        "load_reply_length",
        "load_refuse",
        "load_reply_length",
        "load_partials",
        "load_denoise",
        "load_nothing",
    ]
    await call.close()
    await newcomer.close()


# The end


async def test_draining_lets_the_answer_be_said_and_nobody_in(service: Service) -> None:
    call, events = await a_call(service)
    assert call.conversation is not None
    call.conversation.type("mhoro")
    draining = asyncio.create_task(Keeper(service).drain(20))
    await asyncio.sleep(0.15)
    assert not draining.done()
    assert service.door.ask("newcomer").turned_away
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(service)), base_url="http://izwi") as client:
        assert (await client.get("/readyz")).status_code == 503, "so that a balancer sends nobody"
    assert "closing" in [getattr(event, "code", "") for event in events]
    await finished(call, events)
    await draining
    await call.close()


async def test_draining_does_not_wait_for_ever(service: Service) -> None:
    call, _ = await a_call(service)
    assert call.conversation is not None
    call.conversation.type("mhoro")  # and nobody takes the sound
    await asyncio.sleep(0.05)
    await asyncio.wait_for(Keeper(service).drain(0.5), 10)
    await call.close()


SERVER = """
import asyncio, sys
from pathlib import Path
from izwi.service import web
from izwi.service.call import Service
from izwi.settings import Settings

settings = Settings(host="127.0.0.1", port=0, data=Path(sys.argv[1]), hang_limit=float(sys.argv[2]))
service = Service(settings)
door = web.listen(settings)
print(door.getsockname()[1], flush=True)

async def drain():
    print("draining", flush=True)
    while not Path(sys.argv[1], "enough").exists():
        await asyncio.sleep(0.02)
    print("drained", flush=True)

from izwi.service.keeper import Keeper
web.run(web.create_app(service, list, Keeper(service)), door, False, drain)
print("ended", flush=True)
"""


def start(code: str, tmp_path: Path, hang_limit: float = 0.0) -> tuple[subprocess.Popen[str], int]:
    """The server in a process of its own, once it answers, and its port."""
    command = [sys.executable, "-c", code, str(tmp_path), str(hang_limit)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    port = int(process.stdout.readline())
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).raise_for_status()
            break
        except httpx.TransportError:
            time.sleep(0.1)
    return process, port


def test_sigterm_drains_and_ends_well(tmp_path: Path) -> None:
    process, port = start(SERVER, tmp_path)
    os.kill(process.pid, signal.SIGTERM)
    assert process.stdout
    while process.stdout.readline() != "draining\n":
        assert process.poll() is None
    assert httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30).status_code == 200, "still there while it drains"
    (tmp_path / "enough").touch()
    out, _ = process.communicate(timeout=60)
    assert out.split()[-2:] == ["drained", "ended"]
    assert process.returncode == 0


def test_a_loop_that_hangs_ends_the_process_with_its_stacks(tmp_path: Path) -> None:
    hung = SERVER.replace('print("draining", flush=True)', "import time; time.sleep(600)")
    process, _ = start(hung, tmp_path, hang_limit=2.0)
    os.kill(process.pid, signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Timeout" in err
    assert "drain" in err
