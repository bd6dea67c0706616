"""The caller's ears and its microphone."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.bench import caller as module
from izwi.bench.caller import FRAME, Microphone
from izwi.bench.users import RATE
from izwi.bench.websocket import WebSocketCaller
from izwi.faults import BadInput


def tone(seconds: float, peak: float = 0.5) -> np.ndarray:
    return (peak * np.sin(np.arange(round(seconds * RATE)) / 20)).astype(np.float32)


def test_what_can_be_heard_is_told_from_what_cannot_to_five_milliseconds() -> None:
    caller = WebSocketCaller("")
    caller.received(np.concatenate([tone(0.1, 0.001), tone(0.2), tone(0.1, 0.0)]), RATE, at=10.0)
    assert caller.heard_after(10.0) == pytest.approx(10.1)
    assert [loud for _, loud in caller.sounds] == [False] * 20 + [True] * 40 + [False] * 20


def test_it_fell_silent_where_a_long_enough_gap_begins() -> None:
    caller = WebSocketCaller("")
    for at in (1.0, 1.4, 2.5):  # a pause between words, then a real silence
        caller.received(tone(0.2), RATE, at)
    assert caller.fell_silent(1.1) == pytest.approx(1.595)
    assert caller.fell_silent(2.6) == pytest.approx(2.695)
    assert WebSocketCaller("").fell_silent(0.0) is None


def test_what_sounded_between_two_moments() -> None:
    caller = WebSocketCaller("")
    caller.received(np.concatenate([tone(0.2), tone(0.4, 0.0), tone(0.2)]), RATE, at=1.0)
    assert [caller.sounded(start, start + 0.2) for start in (0.5, 1.1, 1.3, 1.5)] == [False, True, False, True]


async def test_the_microphone_says_when_a_sound_was_spoken_and_loses_none_of_it() -> None:
    microphone = Microphone()
    await microphone.frame()
    began = microphone.say(np.arange(1, 2 * FRAME + 11, dtype=np.int16))
    spoken = np.concatenate([await microphone.frame() for _ in range(4)])
    assert began.done()
    np.testing.assert_array_equal(spoken[: 2 * FRAME + 10], np.arange(1, 2 * FRAME + 11))
    assert np.abs(spoken[2 * FRAME + 10 :]).max() < 100


async def test_a_line_that_hung_up_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HUNG_UP", 0.01)
    with pytest.raises(BadInput, match="hung up"):
        await WebSocketCaller("").play(np.zeros(FRAME, np.int16))
