"""The FastRTC handler around scripted engines: one conversation a copy, parked not spinning, gone when closed."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import numpy as np

from izwi.engines import Engines
from izwi.service.handler import SPEAKING_RATE, IzwiHandler, Service
from izwi.settings import Settings
from tests.dialogue.stage import Script, ScriptedAsr, ScriptedLlm, ScriptedVoice, Texts


class Page:
    readyState = "open"

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def send(self, message: str) -> None:
        self.messages.append(json.loads(message))

    def states(self) -> list[str]:
        return [m["state"] for m in self.messages if m["type"] == "state"]


def service(warm: bool = True, **settings: Any) -> Service:
    script = Script(first_token=0.0, token_seconds=0.0, voice_first=0.0, voice_rate=0.0)
    made = Service(Settings(greet=False, **settings))
    if warm:
        made.engines.set_result(Engines(ScriptedAsr(script, Texts()), ScriptedLlm(script), ScriptedVoice(script)))
    return made


async def opened(shared: Service) -> tuple[IzwiHandler, Page]:
    handler, page = IzwiHandler(shared).copy(), Page()
    handler._loop = asyncio.get_running_loop()
    handler._clear_queue = lambda: None
    handler.set_channel(page)
    await asyncio.to_thread(handler.start_up)
    return handler, page


async def test_every_copy_has_its_own_conversation() -> None:
    shared = service()
    (one, _), (two, _) = await opened(shared), await opened(shared)
    assert one.conversation is not two.conversation
    for handler in (one, two):
        handler.shutdown()
    await asyncio.sleep(0.05)


async def test_a_typed_question_comes_out_of_emit_as_48_khz() -> None:
    handler, page = await opened(service())
    assert handler.conversation is not None
    handler.conversation.type("mhoro")
    piece = await asyncio.to_thread(handler.emit)
    assert piece is not None
    rate, samples = piece
    assert (rate, samples.dtype, samples.ndim) == (SPEAKING_RATE, np.int16, 1)
    assert page.states() == ["thinking", "speaking"]
    handler.shutdown()
    await asyncio.sleep(0.05)


async def test_emit_parks_and_shutdown_lets_it_go() -> None:
    handler, _ = await opened(service())
    calls = 0

    def ask() -> None:
        nonlocal calls
        while not handler._closed.is_set():
            handler.emit()
            calls += 1

    thread = threading.Thread(target=ask)
    thread.start()
    await asyncio.sleep(0.3)
    assert calls == 0
    handler.shutdown()
    await asyncio.to_thread(thread.join, 5)
    assert not thread.is_alive()


async def test_nonsense_from_the_page_is_answered_with_a_sentence() -> None:
    handler, page = await opened(service())
    for message in ("", "{", '{"type": "sudo"}', b"\xff\x00"):
        handler._message(message)
    assert [m["code"] for m in page.messages if m["type"] == "error"] == ["message"] * 4
    handler.shutdown()
    await asyncio.sleep(0.05)


async def test_models_that_cannot_start_are_said_so() -> None:
    shared = service(warm=False)
    shared.engines.set_exception(RuntimeError("no model here"))
    handler, page = await opened(shared)
    assert "no model here" in page.messages[-1]["text"]
    handler.shutdown()
    await asyncio.sleep(0.05)


async def test_sound_at_any_rate_and_shape_is_taken() -> None:
    handler, _ = await opened(service())
    for rate in (8_000, 16_000, 44_100, 48_000):
        handler.receive((rate, np.zeros((1, rate // 50), np.int16)))
    await asyncio.sleep(0.05)
    assert handler.conversation is not None
    assert handler.conversation.listener.clock >= 512
    handler.shutdown()
    await asyncio.sleep(0.05)


async def test_stop_while_speaking_leaves_no_old_sound_to_emit() -> None:
    handler, page = await opened(service())
    assert handler.conversation is not None
    handler.conversation.type("mhoro")
    await asyncio.to_thread(handler.emit)
    handler.conversation.stop()
    waiting = asyncio.create_task(asyncio.to_thread(handler.emit))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    assert page.states()[-1] == "idle"
    handler.shutdown()
    assert await waiting is None
