"""What stops a reply, and what only says "go on"."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.turns.bargein import BargeIn, backchannel, closed


@pytest.mark.parametrize("text", ["", "Mm-hm", "mhm", "uh huh", "hmm.", "Aha!"])
def test_hums_never_stop_a_reply(text: str) -> None:
    assert backchannel(text, 0.0)


@pytest.mark.parametrize("text", ["mira", "stop", "aiwa", "wait a moment", "no"])
def test_words_do(text: str) -> None:
    assert not backchannel(text, 10.0)


def test_a_yes_is_a_nod_while_more_is_to_come_and_an_answer_after() -> None:
    assert backchannel("Hongu", 5.0)
    assert not backchannel("Hongu", 0.5)


def test_a_short_word_the_recogniser_is_unsure_of_is_a_hum() -> None:
    assert backchannel("her", 5.0, unsure=True)
    assert not backchannel("her", 5.0, unsure=False)
    assert not backchannel("wait", 5.0, unsure=True)


def test_a_greeting_is_no_hum_however_short_and_unsure() -> None:
    assert not backchannel("Hi!", 0.0, unsure=True)


def test_with_an_open_mouth_a_short_unsure_word_is_heard_out_and_is_one_in_the_end() -> None:
    assert backchannel("we", 5.0, unsure=True, hummed=False), "more of it will tell"
    assert not backchannel("we", 0.5, unsure=True, hummed=False)
    assert backchannel("a her", 5.0, unsure=True, hummed=False), "uh-huh"


def test_uh_huh_is_a_hare_only_into_a_reply() -> None:
    assert backchannel("a hare", 5.0)
    assert not backchannel("a hare", 0.0)


def test_the_beginning_of_a_nod_waits_for_the_rest_of_it() -> None:
    assert backchannel("ho", 5.0)
    assert not backchannel("ho", 0.5)
    assert not backchannel("ndi rudo", 5.0)


def test_a_closed_mouth_is_told_from_an_open_one() -> None:
    t = np.arange(8000) / 16_000
    hum = sum(np.sin(2 * np.pi * 120 * k * t) / k**2 for k in range(1, 20))
    vowel = hum + 0.4 * np.sin(2 * np.pi * 1320 * t)
    assert closed((hum * 5000).astype(np.int16))
    assert not closed((vowel * 5000).astype(np.int16))
    assert not closed(np.zeros(8000, np.int16))


def test_it_is_judged_when_there_is_enough_of_it_and_again_when_there_is_more() -> None:
    one = BargeIn()
    assert not one.due(1.0)
    one.begin()
    assert not one.due(0.1)
    assert one.due(0.2)
    one.undecided(0.2)
    assert not one.due(0.25)
    assert one.due(0.27)
    one.end()
    assert not one.due(1.0)
