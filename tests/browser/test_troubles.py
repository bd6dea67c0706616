"""Every failure has a plain sentence, in both languages, and a way on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Server, serving
from tests.browser.visit import CHROMIUM, FLAGS, MICROPHONE, NO_WEBRTC, Visit


def sentence(page: Visit) -> str:
    text = str(page.page.inner_text("#trouble-text"))
    assert text.endswith(".")
    return text


def test_no_microphone(visit: Any) -> None:
    page = visit(permissions=["microphone"], width=360, height=740)
    page.talk()
    page.until("izwi.trouble === 'absent' && izwi.state === 'nomic'")
    assert "microphone" in sentence(page)
    page.shoot("360-failure")
    page.page.check("#languages [value=sn]", force=True)
    assert "maikorofoni" in sentence(page)
    assert page.page.inner_text("#state-text") == "Hapana maikorofoni"


def test_microphone_not_allowed(visit: Any) -> None:
    page = visit("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page.talk()
    page.until("izwi.trouble === 'denied' && izwi.state === 'nomic'")
    assert "did not allow" in sentence(page)


def test_no_path_for_the_sound(visit: Any) -> None:
    page = visit(*MICROPHONE, NO_WEBRTC, permissions=["microphone"])
    page.ask("delete window.WebSocket")
    page.talk()
    page.until("izwi.trouble === 'path' && izwi.state === 'off'")
    assert "network" in sentence(page)


def test_a_second_talker_waits_in_the_queue_and_gets_the_place_of_one_who_vanished(
    visit: Any, playwright: Any, server: Server, tmp_path: Path
) -> None:
    first = playwright.chromium.launch_persistent_context(
        str(tmp_path), executable_path=str(CHROMIUM), args=[*FLAGS, *MICROPHONE], permissions=["microphone"]
    )
    vanishing = Visit(first.pages[0], server.url).open()
    vanishing.connect()
    vanishing.write("Tell me about the weather.")
    vanishing.until("izwi.state === 'speaking'")

    second = visit(*MICROPHONE, permissions=["microphone"])
    second.talk()
    second.until("izwi.state === 'queued'")
    second.shoot("1440-queued")
    said = second.page.inner_text("#state-text")
    assert said.startswith("Izwi is talking with others. You are next, about "), said

    kill(tmp_path)
    second.until("izwi.page.local === 'on'")


def kill(profile: Path) -> None:
    """SIGKILL to every process of the one browser that runs on this profile."""
    for entry in Path("/proc").iterdir():
        try:
            if str(profile) in (entry / "cmdline").read_text(errors="replace"):
                os.kill(int(entry.name), signal.SIGKILL)
        except (OSError, ValueError):
            continue  # no process, or gone already


def test_missing_model_then_server_gone(visit: Any) -> None:
    """One life of an unlucky server: it warms up, lacks a model, is ended by Ctrl-C with a page still connected."""
    with serving("--slow", "6", "--broken") as unlucky:
        page = visit(url=unlucky.url)
        page.until("document.querySelector('#warming progress')?.value === 0.4")
        page.write("Hello")
        page.until("izwi.state === 'waking'")
        page.until("izwi.trouble === 'models' && izwi.state === 'broken'")
        assert "model.bin" in sentence(page)
        page.shoot("1440-failure")
        assert unlucky.interrupt() == 0
        page.until("izwi.trouble === 'dropped' && izwi.state === 'dropped'")
        sentence(page)
        page.page.click("#again")
        page.until("izwi.trouble === 'refused'")
        assert "server" in sentence(page)
        page.requests.clear()  # the last ones went to a server that is no more
    assert page.page.is_visible("#again")


@pytest.mark.parametrize("what", ["{}", '{"sdp": "nonsense", "type": "offer", "webrtc_id": "x"}'])
def test_a_bad_offer_takes_no_place(visit: Any, what: str) -> None:
    page = visit()
    answer = page.ask(
        f"""async () => (await fetch("webrtc/offer", {{
          method: "POST", headers: {{ "Content-Type": "application/json" }}, body: {what!r},
        }})).status"""
    )
    assert 400 <= answer < 500
    assert page.taken() == 0
