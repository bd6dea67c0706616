"""The mood tab: this talk as it happens, and a log that is read in the browser and sent nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from izwi.emotion.log import EmotionLog
from tests.browser.visit import Visit

TROUBLES = {
    "columns": b"a,b\n1,2\n",
    "row": b"timestamp,text,in_emotion,out_emotion,latency_ms\n2026-01-05T10:00:00+00:00,,sad,calm,soon\n",
    "text": b"\xff\xfe\x00\x01",
}


def read(page: Visit, content: bytes) -> None:
    page.page.set_input_files("#mood-file", {"name": "log.csv", "mimeType": "text/csv", "buffer": content})


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900)])
def test_a_log_is_read_and_drawn(visit: Any, tmp_path: Path, width: int, height: int) -> None:
    log = EmotionLog(tmp_path / "log.csv", with_text=True)
    feelings = ("happy", "sad", "angry", "fearful", "unsure", "neutral")
    answers = ("happy", "calm", "calm", "calm", "neutral", "neutral")
    for i in range(18):
        log.add(f'=mari "{i}", ndatenda' if i else "=1+1\nmhoro", feelings[i % 6], answers[i % 6], 300 + 70 * i)
    log.close()
    page = visit(width=width, height=height, bypass_csp=False)
    page.page.click("[data-tab-of=mood]")
    read(page, log.path.read_bytes())
    page.until("document.querySelectorAll('#mood-chart .mood-bar').length === 18")
    rows = page.ask("izwi.mood.exchanges.map(({ text, heard, answered, seconds }) => [text, heard, answered, seconds])")
    assert rows[0] == ["=1+1 mhoro", "happy", "happy", 0.3]
    assert rows[17] == ['=mari "17", ndatenda', "neutral", "neutral", 1.49]
    summary = page.page.inner_text("#mood-summary")
    assert summary == "18 exchanges; half of the answers began within 0.9 s, the slowest within 1.5 s."
    page.page.click("#mood-all summary")
    assert page.page.locator("#mood-rows tr").count() == 18
    assert page.ask("document.querySelector('.mood-figure').getBoundingClientRect().right <= innerWidth")
    page.shoot(f"{width}-mood")
    page.page.click("#mood-back")
    assert "appear here" in page.page.inner_text("#mood-summary")
    assert not any("log" in url for url in page.requests if "mood-log" not in url)


@pytest.mark.parametrize("reason", TROUBLES)
def test_what_is_no_log_is_told_in_a_sentence_and_changes_nothing(visit: Any, reason: str) -> None:
    page = visit()
    page.page.click("[data-tab-of=mood]")
    read(page, TROUBLES[reason])
    page.until("!document.querySelector('#mood-trouble').hidden")
    said = page.page.inner_text("#mood-trouble")
    assert said == page.ask("([reason]) => izwi.mood.words.trouble[reason](2)", [reason])
    assert page.ask("izwi.mood.log") is None


def test_this_talk_is_drawn_as_it_happens(visit: Any, microphone: Any) -> None:
    """A question is spoken, and what was heard in the voice stands in the picture; then one is written."""
    page = visit(*microphone(3.0, "How are you today?", 12.0), permissions=["microphone"])
    page.ready()
    page.talk()
    page.until("izwi.mood.own.some(({ heard, seconds }) => heard && seconds > 0)")
    page.page.click("#mute")
    page.page.click("[data-tab-of=mood]")
    seen = page.ask("izwi.mood.own.findLast(({ heard }) => heard)")
    told = page.ask("izwi.log.findLast(({ type }) => type === 'emotion')")
    assert (seen["turn"], seen["heard"], seen["answered"]) == (told["turn"], told["heard"], told["answer"])
    assert page.page.locator(f"#mood-chart .mood-heard[data-feeling={seen['heard']}]").count() >= 1
    before = page.page.locator("#mood-chart .mood-bar").count()
    page.shoot("1440-mood-live")
    page.ask("izwi.page.send({ type: 'text', text: 'Hello' })")
    page.until(f"document.querySelectorAll('#mood-chart .mood-bar').length === {before + 1}")
    assert page.ask("izwi.mood.own.at(-1).heard === undefined")
