"""The spelling of recognisers from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from izwi.asr.spelling import respelled
from izwi.asr.windowed import Heard, Windowed
from izwi.audio import LISTENING_RATE, Floats, from_floats
from tests.asr.hearing import hear


@pytest.mark.parametrize(
    ("heard", "language", "written"),
    [
        ("vanhu vanomwe vaenda ku musha", "sn", "vanhu 7 vaenda kumusha"),
        ("ndinogara kuchitungwisa", "sn", "ndinogara kuChitungwiza"),
        ("he paid twenty-five dollars in chitungwisa", "en", "he paid 25 dollars in Chitungwiza"),
        ("watu saba", "sw", "watu saba"),
    ],
)
def test_spelling_names_and_digits(heard: str, language: str, written: str) -> None:
    assert respelled(heard, language, ["Chitungwiza"]) == written


class Foreign(Windowed):
    """Always hears the same words."""

    def _hear(self, samples: Floats, language: str | None) -> Heard:
        return Heard("vanhu vanomwe", "sn", 1.0)


def texts(engine: Windowed) -> Sequence[str]:
    noise = np.random.default_rng(5).normal(0, 0.1, LISTENING_RATE)
    return [chunk.text for chunk in hear(engine, from_floats(noise, LISTENING_RATE))]


def test_only_the_final_text_is_respelled_and_only_where_asked() -> None:
    engine = Foreign(frozenset({"sn"}), 10.0)
    assert texts(engine) == ["vanhu vanomwe", "vanhu vanomwe"]
    engine.respelled = respelled
    assert texts(engine) == ["vanhu vanomwe", "vanhu 7"]
