"""A spoken question is captioned and answered aloud; speaking over the answer turns it down."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from izwi.bench.page import FRAME, levels
from tests.browser.visit import Visit


@pytest.fixture
def question(visit: Any, microphone: Any) -> Visit:
    """A page whose user asks the same thing again and again, with long pauses."""
    flags = microphone(6.0, "How are you today?", 14.0)
    return visit(*flags, permissions=["microphone"])  # type: ignore[no-any-return]


def test_a_spoken_question_is_captioned_and_answered(question: Visit) -> None:
    question.ready()
    question.talk()
    question.record()
    question.until("izwi.captions.some((entry) => entry.who === 'you')")
    turn = question.captions("you")[0]["turn"]
    question.until(f"izwi.playback?.turn === {turn} && izwi.playback.ended")
    rate, (mic, reply, played) = question.recorded()
    assert rate == question.ask("izwi.sound.context.sampleRate")

    said = next(entry for entry in question.captions("izwi") if entry["turn"] == turn)
    print(question.captions("you")[0], said)
    assert "you" in question.captions("you")[0]["text"].lower().rstrip("?").split()
    assert said["text"].strip()
    assert said["language"] == question.captions("you")[0]["language"]
    assert levels(mic).max() > -40
    assert (levels(reply) > -45).sum() * FRAME / rate > 0.5, "no half second of the answer could be heard"
    assert np.abs(reply).max() < 0.999
    assert as_loud(played, reply)

    states = [event["state"] for event in question.ask("izwi.log") if event["type"] == "state"]
    asked = states.index("listening")
    assert states[asked : asked + 3] == ["listening", "thinking", "speaking"]
    acks = question.ask("izwi.playback")
    assert acks["seconds"] > 0.5


def as_loud(played: NDArray[np.float64], reply: NDArray[np.float64]) -> bool:
    """Whether most of the reply was played as it came; a user who asks again meanwhile turns the rest down."""
    lost = levels(reply) - levels(played)
    return bool(abs(np.median(lost[levels(reply) > -45])) < 1.0)


@pytest.fixture
def interrupter(visit: Any, microphone: Any) -> Visit:
    """A page whose user never stops for long."""
    flags = microphone(1.0, "Wait, please wait a moment, I have another question for you about something else.", 1.0)
    return visit(*flags, permissions=["microphone"])  # type: ignore[no-any-return]


def test_speaking_over_the_answer_turns_it_down(interrupter: Visit) -> None:
    """The page does it, from its own ear: what arrives goes on sounding. How fast: ``test_ear.py``, the bench."""
    interrupter.ready()
    interrupter.talk()
    interrupter.record()
    assert spoken_over(interrupter)


def spoken_over(page: Visit) -> list[float]:
    """``duckings`` of the first onset that meets an answer which is just then to be heard; not every one does."""
    sounds = []
    for onsets in range(1, 25):
        page.until(f"izwi.log.filter((event) => event.type === 'sent onset').length >= {onsets}")
        page.page.wait_for_timeout(500)
        rate, sound = page.recorded()
        sounds.append(sound)
        if delays := duckings(*np.concatenate(sounds, axis=1), rate):
            print("onset to 18 dB down, s:", [round(delay, 3) for delay in delays])
            return delays
    raise AssertionError("nobody spoke over an answer")


def duckings(
    mic: NDArray[np.float64], reply: NDArray[np.float64], played: NDArray[np.float64], rate: int
) -> list[float]:
    """Seconds from each onset of the user's during the reply to the first sample 17 dB down."""
    sound, heard, voice = levels(reply), levels(played), levels(mic)
    sounding = sound > -45
    down = sounding & (heard < sound - 17)
    delays = []
    for i in np.flatnonzero(down & ~np.roll(down, 1)):
        if not (sounding & (heard > sound - 3))[i - 40 : i].any() or down[max(0, i - 200) : i].any():
            continue  # it was down already
        quiet = np.flatnonzero(voice[:i] < -45)
        delays.append((i - quiet[-1]) * FRAME / rate if len(quiet) else np.inf)
    return delays
