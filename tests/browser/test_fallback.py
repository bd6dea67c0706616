"""Where no WebRTC gets through, the page goes on by WebSocket, by itself: heard, answered, interrupted, resumed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from izwi.service.protocol import HEADER
from tests.browser.test_talking import FRAME, as_loud, levels, spoken_over
from tests.browser.visit import NO_WEBRTC, Visit
from tests.service.orchestra import check


def overhear(page: Visit) -> list[tuple[str, Any]]:
    """Every message of the page's WebSocket from now on: whose it is, and what."""
    frames: list[tuple[str, Any]] = []

    def line(socket: Any) -> None:
        socket.on("framesent", lambda data: frames.append(("client", data)))
        socket.on("framereceived", lambda data: frames.append(("server", data)))

    page.page.on("websocket", line)
    return frames


def check_all(frames: list[tuple[str, Any]]) -> None:
    """Each JSON message is one of the schema's, and each binary one has its header and whole samples."""
    for side, data in frames:
        if isinstance(data, str):
            check(side, json.loads(data))
        else:
            assert len(data) >= HEADER.size
            assert len(data) % 2 == 0
    assert {side for side, data in frames if isinstance(data, bytes)} == {"client", "server"}


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900)])
def test_a_spoken_question_is_answered_without_webrtc(visit: Any, microphone: Any, width: int, height: int) -> None:
    flags = microphone(6.0, "How are you today?", 14.0)
    page = visit(*flags, NO_WEBRTC, permissions=["microphone"], width=width, height=height)
    page.ready()
    frames = overhear(page)
    page.ask("window.pressed = performance.now()")
    page.talk()
    page.until("izwi.line === 'websocket' && izwi.page.local === 'on'")
    print("ms until the talk began:", round(page.ask("performance.now() - window.pressed")))
    page.record()
    page.until("izwi.captions.some((entry) => entry.who === 'you')")
    turn = page.captions("you")[0]["turn"]
    page.until(f"izwi.playback?.turn === {turn} && izwi.levels.reply > 0.02")
    page.shoot(f"{width}-websocket")
    page.until(f"izwi.playback?.turn === {turn} && izwi.playback.ended")
    rate, (mic, reply, played) = page.recorded()

    assert "you" in page.captions("you")[0]["text"].lower().rstrip("?").split()
    assert page.ask("izwi.trouble") is None
    assert levels(mic).max() > -40
    assert (levels(reply) > -45).sum() * FRAME / rate > 0.5, "no half second of the answer could be heard"
    assert np.abs(reply).max() < 0.999
    assert as_loud(played, reply)
    assert page.ask("izwi.playback.seconds") > 0.5
    check_all(frames)
    assert page.taken() == 1, "the place of the connection that failed was not given back"


def test_speaking_over_the_answer_turns_it_down(visit: Any, microphone: Any) -> None:
    flags = microphone(1.0, "Wait, please wait a moment, I have another question for you about something else.", 1.0)
    page = visit(*flags, NO_WEBRTC, permissions=["microphone"])
    page.ready()
    page.talk()
    page.until("izwi.line === 'websocket' && izwi.page.local === 'on'")
    page.record()
    assert spoken_over(page)


def test_a_dropped_line_comes_back_with_its_conversation(visit: Any) -> None:
    page: Visit = visit(NO_WEBRTC, bypass_csp=False)  # our own policy must let the WebSocket through
    page.ready()
    page.write("hello, how are you?")
    page.until("izwi.line === 'websocket' && izwi.captions.some((entry) => entry.who === 'izwi' && entry.turn === 1)")
    page.until("izwi.state === 'written'")
    page.ask("izwi.page.connection.way.socket.close(4000)")
    page.until("izwi.page.local === 'on' && izwi.page.connection.way.resumed")
    page.write("tell me a joke")
    page.until("izwi.captions.some((entry) => entry.who === 'you' && entry.turn === 2)")
    page.until("izwi.state === 'speaking'")
    page.page.click("#stop")
    page.until("izwi.state !== 'speaking'")
