"""Without a microphone: typed text is answered aloud, stopped, and refused politely where it must be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.browser.test_talking import levels
from tests.browser.visit import Visit

COUNT_REQUESTS = """() => {
  window.asked = 0;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (...given) => (window.asked++, real(...given));
}"""


def answered(visit: Visit, text: str) -> dict[str, Any]:
    """Write ``text`` and wait until its answer has been heard; what the server sent for it."""
    before = len(visit.captions("you"))
    visit.write(text)
    visit.until(f"izwi.captions.filter((entry) => entry.who === 'you').length > {before}")
    turn = visit.captions("you")[-1]["turn"]
    visit.until(f"izwi.playback?.turn === {turn} && izwi.playback.ended && izwi.state === 'written'")
    return next(entry for entry in visit.captions("izwi") if entry["turn"] == turn)


def test_typed_text_is_answered_aloud_without_asking_for_the_microphone(visit: Any) -> None:
    page = visit()
    page.ask(COUNT_REQUESTS)
    page.ready()
    page.write("How are you today?")
    page.record()
    page.until("izwi.playback?.ended && izwi.state === 'written'")
    assert page.ask("window.asked") == 0
    assert [entry["text"] for entry in page.captions("you")] == ["How are you today?"]
    rate, (_, reply, _) = page.recorded()
    assert (levels(reply) > -45).sum() * 240 / rate > 0.5

    for text in ("😀 🎉", "שלום לך", "mhoro " * 200):
        assert answered(page, text)["text"].strip()
        assert page.captions("you")[-1]["text"] == text.strip()


STOPS = {
    "button": "document.querySelector('#stop').click()",
    "escape": "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))",
}


def test_stop_by_button_and_by_escape_silences_at_once(visit: Any) -> None:
    page = visit()
    page.ready()
    page.write("Hello")
    page.record()
    for stop in STOPS.values():
        page.until("izwi.state === 'written'")
        page.write("Tell me about the weather, please.")
        page.until(f"izwi.state === 'speaking' && izwi.levels.reply > 0.01 && ({stop}, true)")
        page.until("izwi.state === 'written' && izwi.captions.at(-1).cut")
        page.recorded()
        page.page.wait_for_timeout(500)
        _, (_, _, played) = page.recorded()
        assert levels(played).max() < -60


def test_the_chosen_voice_and_language_answer(visit: Any) -> None:
    page = visit()
    page.ready()
    page.until("document.querySelector('#voice').options.length > 2")
    page.page.select_option("#voice", "espeak:f3")
    page.page.check("#languages [value=sn]", force=True)
    assert answered(page, "Mangwanani")["language"] == "sn"
    assert page.ask("izwi.log.findLast((event) => event.type === 'audio_start').voice") == "espeak:f3"


@pytest.mark.parametrize(("text", "reason"), [("   ", "empty"), ("a" * 20_000, "too_long")])
def test_text_that_cannot_be_answered_gets_a_sentence(visit: Any, text: str, reason: str) -> None:
    page = visit()
    page.ready()
    page.write("Hello")
    page.until("izwi.playback?.ended")
    page.write(text)
    page.until(f"izwi.trouble === '{reason}'")
    english = page.page.inner_text("#trouble-text")
    page.page.check("#languages [value=sn]", force=True)
    assert page.page.inner_text("#trouble-text") not in ("", english)


def test_on_an_insecure_page_the_microphone_is_explained_and_writing_works(visit: Any, server: Any) -> None:
    url = server.url.replace("127.0.0.1", "izwi.test")
    page = visit("--host-resolver-rules=MAP izwi.test 127.0.0.1", url=url)
    page.ready()
    page.talk()
    page.until("izwi.trouble === 'insecure' && izwi.state === 'nomic'")
    page.write("Good morning")
    page.until("izwi.levels.reply > 0.01")
    page.until("izwi.playback?.ended")
    assert page.ask("izwi.playback.seconds") > 0.5
    assert np.isfinite(page.ask("izwi.sound.context.currentTime"))
