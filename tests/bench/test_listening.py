"""The listening bench in virtual time: it sees what goes right, and it would see what went wrong."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from izwi.assembly import assemble
from izwi.bench import sounds
from izwi.bench.listening import _beginning, _disturbed, _echoed, _hesitating, _woken
from izwi.bench.users import hesitation, questions, speak
from izwi.bench.virtual_time import in_virtual_time, spent, timed
from izwi.engines import Engines
from izwi.settings import Settings
from izwi.turns.endpointing import Endpointer
from izwi.turns.listener import Hearing, Listener

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def engines() -> Engines:
    return assemble(Settings(profile="embedded", emotion=False))


def test_a_click_does_not_stop_a_reply_and_an_interruption_does(engines: Engines) -> None:
    click = next(sound for kind, sound in sounds.disturbances(1) if kind == "click")
    assert not in_virtual_time(partial(_disturbed, engines, click, 0.5))
    words = speak("stop stop please", "en-gb+m7").resampled(16_000)
    assert in_virtual_time(partial(_disturbed, engines, words, 0.5))


def test_silence_is_not_answered_and_a_question_is(engines: Engines) -> None:
    assert not in_virtual_time(partial(_woken, engines, next(s for k, s in sounds.disturbances(1) if k == "typing")))
    assert in_virtual_time(partial(_woken, engines, questions(2)[1].audio.resampled(16_000)))


def test_our_own_echo_does_not_stop_us(engines: Engines) -> None:
    assert not in_virtual_time(partial(_echoed, engines, sounds.Room(0.15, -15.0, 4)))


def test_no_onset_is_lost_unless_the_pre_roll_is(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    question = questions(1)[0]
    assert in_virtual_time(partial(_beginning, engines, question, 0.3, 0)) == 0.0
    real = Listener.__init__
    monkeypatch.setattr(Listener, "__init__", lambda self, vad: real(self, vad, hearing=Hearing(preroll=-0.096)))
    lost = in_virtual_time(partial(_beginning, engines, question, 0.3, 0))
    assert lost is not None
    assert lost > 10.0


def test_a_turn_taken_in_a_hesitation_is_seen(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence, second = hesitation("i did not come because", "i was ill", "en-us+m3", 0.5)
    assert in_virtual_time(partial(_hesitating, engines, sentence, second)) == (False, False)
    monkeypatch.setattr(Endpointer, "patience", 0.16)
    taken, _ = in_virtual_time(partial(_hesitating, engines, sentence, second))
    assert taken


def test_an_engine_takes_its_own_seconds_on_the_virtual_clock() -> None:
    async def work():
        end = spent() + 0.05
        while spent() < end:
            pass
        yield "done"

    async def scene() -> tuple[list[str], float]:
        import asyncio

        return [item async for item in timed(work)], asyncio.get_running_loop().time()

    items, clock = in_virtual_time(scene)
    assert items == ["done"]
    assert clock >= 0.05


def test_a_room_gives_our_voice_back_later_and_fainter() -> None:
    room, size = sounds.Room(0.1, -12.0, 1), 320
    voice = [(step * 0.02, np.full(size, 8000, np.int16)) for step in range(10)]
    heard = np.concatenate([room(voice, step * 0.02) for step in range(30)])
    first = int(np.flatnonzero(np.abs(heard) > 1.0)[0])
    assert first == pytest.approx(1600, abs=2)
    assert 200 < np.abs(heard[1600:4800]).mean() < 8000


def test_the_same_seed_makes_the_same_sounds() -> None:
    first, again = sounds.disturbances(2), sounds.disturbances(2)
    assert len(first) == 2 * len(sounds.MADE)
    for (kind, sound), (_, other) in zip(first, again, strict=True):
        np.testing.assert_array_equal(sound.samples, other.samples, err_msg=kind)
        assert -50 < sound.dbfs < -10, kind
