"""Metrics, traces and logs: what they tell of a turn, and that they tell nothing else."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from izwi.faults import BadInput
from izwi.ops.logs import JsonLines, PlainLines, about, set_up
from izwi.ops.metrics import Metrics, stages
from izwi.ops.traces import NoTraces, SpanTraces, traces

MARKS = {"started": -0.3, "understood": 0.1, "first word": 0.25, "first sound": 0.4, "committed": 0.5, "heard": 0.52}


def samples(metrics: Metrics) -> dict[str, float]:
    families = text_string_to_metric_families(metrics.text().decode())
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_a_turn_is_counted_stage_by_stage() -> None:
    metrics = Metrics()
    metrics.turn(MARKS)
    found = samples(metrics)
    assert found["izwi_turns_total"] == 1
    assert found["izwi_first_audio_seconds_sum"] == pytest.approx(0.52)
    assert found["izwi_first_audio_seconds_bucket[0.5]"] == 0
    assert found["izwi_first_audio_seconds_bucket[0.6]"] == 1
    for stage, seconds in {"recognise": 0.4, "reply": 0.15, "speak": 0.15, "send": 0.12}.items():
        assert found[f"izwi_turn_stage_seconds_sum[{stage}]"] == pytest.approx(seconds)


def test_an_answer_that_needed_no_model_has_no_time_for_one() -> None:
    found = stages({"started": 0.0, "understood": 0.1, "first sound": 0.3, "heard": 0.3})
    assert found == pytest.approx({"recognise": 0.1, "reply": 0.0, "speak": 0.2, "send": 0.0})
    assert stages({}) == {}


def test_gauges_are_read_when_asked() -> None:
    metrics, level = Metrics(), 3.0
    metrics.ask(
        lambda: [("izwi_shed_level", "Steps given up.", "", {"": level}), ("izwi_q", "Q.", "engine", {"a": 2.0})]
    )
    assert samples(metrics)["izwi_shed_level"] == 3
    level = 5.0
    assert samples(metrics)["izwi_shed_level"] == 5
    assert samples(metrics)["izwi_q[a]"] == 2


# Traces


def test_a_turn_is_a_span_with_its_stages_inside() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    told = SpanTraces(provider)
    told.turn("abc", 7, MARKS, ended=1_000_000.0)
    told.turn("abc", 8, {}, ended=1_000_000.0)
    told.close()
    spans = {span.name: span for span in kept.get_finished_spans()}
    assert set(spans) == {"turn", "recognise", "reply", "speak", "send"}
    whole = spans.pop("turn")
    assert whole.attributes == {"izwi.session": "abc", "izwi.turn": 7, "izwi.first_audio_seconds": 0.52}
    assert (whole.start_time, whole.end_time) == (999_999_700_000_000, 1_000_000_520_000_000)
    for span in spans.values():
        assert span.parent is not None
        assert span.parent.span_id == whole.context.span_id
        assert whole.start_time <= span.start_time <= span.end_time <= whole.end_time
    assert spans["speak"].start_time == 1_000_000_250_000_000


def test_without_the_packages_the_setting_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(BadInput, match="pip install opentelemetry-sdk"):
        traces("http://localhost:4318/v1/traces")
    assert isinstance(traces(""), NoTraces)


# Logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("izwi")
    kept = root.handlers[:], root.level, ours.level
    stream = io.StringIO()
    set_up("json", stream)
    yield stream
    root.handlers, root.level, level = kept
    ours.setLevel(level)


def test_a_record_is_one_line_of_json_with_session_and_turn(lines: io.StringIO) -> None:
    log = logging.getLogger("izwi.test")
    with about("5e55", 3):
        log.warning("two\nlines %s", 'and "quotes"')
    log.info("outside")
    first, second = map(json.loads, lines.getvalue().splitlines())
    assert (first["session"], first["turn"], first["level"]) == ("5e55", 3, "warning")
    assert first["message"] == 'two\nlines and "quotes"'
    assert "session" not in second
    assert first["time"].endswith("+00:00")


def test_an_exception_stays_in_its_line(lines: io.StringIO) -> None:
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        logging.getLogger("izwi.test").exception("it broke")
    (line,) = lines.getvalue().splitlines()
    assert "RuntimeError: broken" in json.loads(line)["error"]


def test_plain_lines_show_control_characters_instead_of_obeying_them() -> None:
    record = logging.LogRecord("izwi", logging.INFO, "", 0, "fine\n12:00:00 ERROR forged\x1b[2J", (), None)
    with about("5e551234abcd", 2):
        line = PlainLines().format(record)
    assert "\n" not in line
    assert "\x1b" not in line
    assert line.endswith("[5e551234/2]")


def test_json_lines_cannot_be_forged_either() -> None:
    record = logging.LogRecord("izwi", logging.INFO, "", 0, 'x"}\n{"level": "error"', (), None)
    assert len(JsonLines().format(record).splitlines()) == 1
