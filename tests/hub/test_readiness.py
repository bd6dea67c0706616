from __future__ import annotations

import threading

from izwi.hub.progress import Step
from izwi.hub.readiness import Item, Readiness


def test_it_tells_where_each_model_stands():
    readiness = Readiness()
    readiness.set("gemma", "llm", "waiting")
    readiness.set("voice", "tts", "waiting")
    readiness.step(Step("gemma", "download", "gemma.gguf", 250, 1000))
    assert readiness.snapshot() == (
        Item("gemma", "llm", "download", 0.25, "gemma.gguf"),
        Item("voice", "tts", "waiting"),
    )
    assert [item.sentence for item in readiness.snapshot()] == [
        "gemma is being downloaded (25%).",
        "voice is waiting its turn.",
    ]
    readiness.set("gemma", "llm", "failed", detail="The disk is full.")
    assert readiness.snapshot()[0].sentence == "gemma is not available: The disk is full."


def test_waiting_ends_when_everything_has_settled():
    readiness = Readiness()
    assert not readiness.wait(0.0)
    threading.Thread(target=readiness.finish).start()
    assert readiness.wait(10.0)
    assert readiness.ready


def test_a_step_without_a_total_is_no_division_by_zero():
    assert Step("m", "convert", "", 0, 0).fraction == 0.0
