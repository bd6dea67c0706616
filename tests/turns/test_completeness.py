"""Whether words sound finished, by our own weights and by the words nobody ends with."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.turns.completeness import HANGING, PLACES, UNFINISHED, Completeness, embedded
from izwi.turns.endpointing import Endpointer

SURE = Completeness(np.full(PLACES, 3.0, np.float32))


def test_without_words_nothing_is_known() -> None:
    assert SURE("", "sn") == SURE("  ", "en") == 0.5


def test_the_same_words_weigh_differently_in_each_language() -> None:
    known = embedded()
    assert known is not None
    assert known("chingwa chinoita marii", "sn") != known("chingwa chinoita marii", "en")


@pytest.mark.parametrize("language", sorted(HANGING))
def test_a_conjunction_at_the_end_hangs_whatever_the_weights_say(language: str) -> None:
    for word in HANGING[language]:
        assert SURE(f"one two {word.upper()}", language) == UNFINISHED
        assert SURE(f"{word} one two", language) > 0.9


@pytest.mark.parametrize("language", sorted(HANGING))
def test_what_hangs_is_given_more_than_six_tenths_of_a_second(language: str) -> None:
    known = embedded()
    assert known is not None
    for word in HANGING[language]:
        ear = Endpointer()
        ear.words(known(f"ndakaenda kumusha {word}", language))
        assert ear.patience > 0.64


@pytest.mark.parametrize(
    ("text", "language"),
    [("chingwa chinoita marii", "sn"), ("nhasi kuri kunaya here", "sn"), ("how are you today", "en")],
)
def test_a_whole_question_sounds_finished(text: str, language: str) -> None:
    known = embedded()
    assert known is not None
    assert known(text, language) > 0.85
