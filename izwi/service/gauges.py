"""What Prometheus reads at each scrape, straight from where it is."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from izwi.engines import Engines
from izwi.offload import JOBS
from izwi.ops.metrics import Gauge
from izwi.ops.pressure import oldest
from izwi.service.call import Service


def gauges(service: Service) -> Iterable[Gauge]:
    """Places, queues, load, sessions and the speed of the engines."""
    door, sessions, future = service.door, service.sessions, service.engines
    yield _one("izwi_slots_taken", "Conversations that hold a place.", door.taken)
    yield _one("izwi_slots_limit", "Places there are.", door.limit)
    yield _one("izwi_slots_waiting", "Newcomers who queue.", door.waiting)
    yield _one("izwi_calls_live", "Conversations under way.", len(service.calls))
    yield from _load(service)
    yield _one("izwi_sessions_in_trouble", "1 while the session store cannot be used.", bool(sessions.trouble))
    yield _one("izwi_sessions_backlog", "States and audit entries not written yet.", getattr(sessions, "backlog", 0))
    if future.done() and not future.exception():
        yield from _engines(future.result())


def _load(service: Service) -> Iterable[Gauge]:
    pressure, jobs = service.governor.pressure, list(JOBS)
    waiting = Counter(job.engine for job in jobs)
    yield _one("izwi_shed_level", "Steps of thrift given up, of eight.", service.governor.level)
    yield _one("izwi_loop_lag_seconds", "How late the event loop ran at worst since the last look.", pressure.lag)
    yield _one("izwi_cpu_pressure", "Share of time in which something waits for a CPU.", pressure.cpu)
    yield "izwi_queue_depth", "Pieces of work an engine was given and has not done.", "engine", waiting
    yield _one("izwi_queue_age_seconds", "Longest wait for a first result.", oldest(jobs, time.monotonic()))


def _engines(engines: Engines) -> Iterable[Gauge]:
    yield "izwi_asr_realtime_factor", "Seconds of work for a second of speech heard.", "engine", _rates(engines.asr)
    yield "izwi_tts_realtime_factor", "Seconds of work for a second of speech spoken.", "engine", _rates(engines.tts)
    words = {name: 1 / rate for name, rate in _rates(engines.llm).items() if rate}
    yield "izwi_llm_tokens_per_second", "Pieces of text (words) a second, once the reply has begun.", "engine", words


def _one(name: str, help_: str, value: float) -> Gauge:
    return name, help_, "", {"": value}


def _rates(engine: Any) -> dict[str, float]:
    """The learned rate of an engine, or of each that it routes to."""
    routed = getattr(engine, "routes", None)
    each = dict.fromkeys(routed.values()) if routed else [engine]
    return {one.name: one.cost.rate for one in each if one.cost.seen}
