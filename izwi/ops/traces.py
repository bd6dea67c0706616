"""Turns as spans for OpenTelemetry, exported where the operator asks for it; without the packages, no tracing.

One span a turn, from the user's last sound (or the start of the work, if that came earlier) to the first sample heard,
with a child for each stage. Attributes are numbers and ids.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol

from izwi.faults import BadInput
from izwi.ops.metrics import STAGES, stages


class Traces(Protocol):
    """Where turns are told."""

    def turn(self, session: str, turn: int, marks: Mapping[str, float], ended: float) -> None: ...

    def close(self) -> None: ...


class NoTraces:
    """Nobody listens."""

    def turn(self, session: str, turn: int, marks: Mapping[str, float], ended: float) -> None:
        return

    def close(self) -> None:
        return


class SpanTraces:
    """Spans from the marks of finished turns, given to ``provider`` (a ``TracerProvider``)."""

    def __init__(self, provider: Any) -> None:
        self._provider, self._tracer = provider, provider.get_tracer("izwi")

    def turn(self, session: str, turn: int, marks: Mapping[str, float], ended: float) -> None:
        """``marks`` in seconds since the user's last sound, which was at ``ended`` (Unix time, seconds)."""
        if not marks:
            return
        from opentelemetry.trace import set_span_in_context

        def at(seconds: float) -> int:
            return round(1e9 * (ended + seconds))

        first, last = min(0.0, *marks.values()), max(marks.get("heard", 0.0), *marks.values())
        whole = self._tracer.start_span(
            "turn", start_time=at(first), attributes={"izwi.session": session, "izwi.turn": turn}
        )
        if "heard" in marks:
            whole.set_attribute("izwi.first_audio_seconds", marks["heard"])
        inside = set_span_in_context(whole)
        for stage, seconds in stages(marks).items():
            end = marks[STAGES[stage][1]]
            child = self._tracer.start_span(stage, context=inside, start_time=at(end - seconds))
            child.end(end_time=at(end))
        whole.end(end_time=at(last))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def traces(url: str) -> Traces:
    """Traces sent by OTLP over HTTP to ``url``; none for an empty one. Raises ``BadInput`` without the packages."""
    if not url:
        return NoTraces()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise BadInput(
            "IZWI_TRACES needs two packages: pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "izwi"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return SpanTraces(provider)


def wall(loop_time: float, now: float) -> float:
    """Unix time of a moment on the event loop's clock, which reads ``now`` at present."""
    return time.time() - (now - loop_time)
