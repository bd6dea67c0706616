"""What Prometheus may ask: times, faults, load. Numbers only; no label ever holds a word or a name of a user."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

#: Seconds; fine around the promise (1.2 s).
BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
#: The stages of a turn, each from one of its marks to another (``events.Timings``).
STAGES = {
    "recognise": ("started", "understood"),
    "reply": ("understood", "first word"),
    "speak": ("first word", "first sound"),
    "send": ("first sound", "heard"),
}
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One service's metrics, in a registry of their own."""

    def __init__(self) -> None:
        own = self.registry = CollectorRegistry()
        self.first_audio = Histogram(
            "izwi_first_audio_seconds",
            "From the user's last sound to the first sample of the answer leaving the server.",
            buckets=BUCKETS,
            registry=own,
        )
        self.stage = Histogram(
            "izwi_turn_stage_seconds", "Time of one stage of a turn.", ["stage"], buckets=BUCKETS, registry=own
        )
        self.turns = Counter("izwi_turns", "Answers spoken to their end.", registry=own)
        self.interruptions = Counter("izwi_interruptions", "Answers the user broke into.", registry=own)
        self.faults = Counter("izwi_faults", "Errors told to a client, by code.", ["code"], registry=own)
        self.cpu = Counter("izwi_turn_cpu_seconds", "CPU time spent on answers.", registry=own)
        self.wasted = Counter("izwi_wasted_cpu_seconds", "CPU time spent on answers nobody heard.", registry=own)
        self.calls = Counter("izwi_calls", "Conversations begun.", registry=own)
        self._gauges: Callable[[], Iterable[Gauge]] = tuple
        own.register(_Asked(lambda: self._gauges()))
        self.restarts = Counter(
            "izwi_engine_restarts", "Engines that hung and were replaced.", ["engine"], registry=own
        )

    def turn(self, marks: Mapping[str, float]) -> None:
        """An answer is over: its marks, in seconds since the user's last sound."""
        self.turns.inc()
        if "heard" in marks:
            self.first_audio.observe(max(0.0, marks["heard"]))
        for stage, seconds in stages(marks).items():
            self.stage.labels(stage).observe(seconds)

    def ask(self, gauges: Callable[[], Iterable[Gauge]]) -> None:
        """Have ``gauges`` read at every scrape, and no others."""
        self._gauges = gauges

    def text(self) -> bytes:
        """Everything, in the text format (``CONTENT_TYPE``)."""
        return generate_latest(self.registry)


def stages(marks: Mapping[str, float]) -> dict[str, float]:
    """Seconds of each stage that has both its marks; an answer that needed no model has no "reply"."""
    if "first word" not in marks and "understood" in marks:
        marks = {**marks, "first word": marks["understood"]}
    return {
        stage: max(0.0, marks[end] - marks[begin])
        for stage, (begin, end) in STAGES.items()
        if begin in marks and end in marks
    }


#: Name, help, label (or ""), and value by label (or under "").
Gauge = tuple[str, str, str, Mapping[str, float]]


class _Asked(Collector):
    def __init__(self, gauges: Callable[[], Iterable[Gauge]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        for name, help_, label, values in self._gauges():
            family = GaugeMetricFamily(name, help_, labels=[label] if label else None)
            for key, value in values.items():
                family.add_metric([key] if label else [], value)
            yield family

    def describe(self) -> Iterable[Metric]:
        return ()
