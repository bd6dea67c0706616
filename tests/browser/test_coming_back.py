"""A page whose WebRTC call drops, or that is loaded anew, goes on where it was."""

from __future__ import annotations

from typing import Any

from tests.browser.visit import Visit


def begun(visit: Any) -> Visit:
    """A page with a first question that was answered, over WebRTC."""
    page: Visit = visit()
    page.ready()
    page.write("hello, how are you?")
    page.until("izwi.captions.some((entry) => entry.who === 'izwi' && entry.turn === 1) && izwi.state === 'written'")
    assert page.ask("izwi.line") == "webrtc"
    return page


def test_a_dropped_call_comes_back_by_itself(visit: Any) -> None:
    page = begun(visit)
    page.ask("izwi.page.connection.way.channel.close()")
    page.until("izwi.log.some((event) => event.type === 'mended') && izwi.page.local === 'on'")
    assert page.ask("[izwi.line, izwi.page.connection.way.resumed, izwi.trouble]") == ["webrtc", True, None]
    page.write("tell me a joke")
    page.until("izwi.captions.some((entry) => entry.who === 'you' && entry.turn === 2)")


def test_a_page_loaded_anew_shows_and_remembers_what_was_said(visit: Any) -> None:
    page = begun(visit)
    page.page.reload()
    page.page.wait_for_selector("#izwi")
    page.ready()
    page.write("tell me a joke")
    page.until("izwi.captions.some((entry) => entry.who === 'you' && entry.turn === 2)")
    assert page.captions("you")[0]["text"] == "hello, how are you?"
    page.until("izwi.captions.filter((entry) => entry.who === 'izwi').length === 2")
    assert page.ask("izwi.page.connection.way.resumed")


def test_who_ends_the_talk_begins_anew(visit: Any) -> None:
    page = begun(visit)
    page.ask("izwi.page.leave()")
    page.write("hello again")
    page.until("izwi.captions.filter((entry) => entry.who === 'you' && entry.turn === 1).length === 2")
    assert not page.ask("izwi.page.connection.way.resumed")
