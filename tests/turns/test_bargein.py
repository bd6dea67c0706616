"""What stops a reply, and what only says "go on"."""

from __future__ import annotations

import pytest

from izwi.turns.bargein import BargeIn, backchannel


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


def test_it_is_judged_when_there_is_enough_of_it_and_again_when_there_is_more() -> None:
    one = BargeIn()
    assert not one.due(1.0)
    one.begin()
    assert not one.due(0.1)
    assert one.due(0.25)
    one.undecided(0.25)
    assert not one.due(0.3)
    assert one.due(0.36)
    one.end()
    assert not one.due(1.0)
