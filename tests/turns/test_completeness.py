"""Whether words sound finished, by our own weights and by the words nobody ends with."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.turns.completeness import HANGING, LONGEST, PLACES, UNFINISHED, Completeness, embedded, words
from izwi.turns.endpointing import Endpointer

#: Finds everything finished.
SURE = Completeness(
    {
        "pieces": np.zeros((PLACES, 1), np.float32),
        **{name: np.zeros((3, 1), np.float32) for name in ("enter", "stay")},
        **{name: np.zeros(3, np.float32) for name in ("enter_bias", "stay_bias")},
        "leave": np.zeros(1, np.float32),
        "leave_bias": np.float32(3.0),
    }
)


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


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("if the shop is still open", "en"),
        ("when my brother came home", "en"),
        ("i would like to sell", "en"),
        ("kana amai vakadzoka", "sn"),
        ("ndinoda kutengesa", "sn"),
        ("ndakaenda kutaundi ne", "sn"),
    ],
)
def test_what_is_owed_a_continuation_is_waited_for(text: str, language: str) -> None:
    known = embedded()
    assert known is not None
    assert known(text, language) < 0.35


def test_the_unit_is_pytorchs() -> None:
    """The same weights, the same logit."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    unit, leave = torch.nn.GRU(4, 3), torch.nn.Linear(3, 1)
    pieces = torch.randn(PLACES, 4)
    names = ("enter", "stay", "enter_bias", "stay_bias")
    own = dict(zip(names, (p.detach().numpy() for p in unit.parameters()), strict=True))
    ours = Completeness(
        {**own, "pieces": pieces.numpy(), "leave": leave.weight[0].detach().numpy(), "leave_bias": leave.bias[0].item()}
    )
    said = words("ndiri kuenda kumba", "sn")
    heard = torch.stack([pieces[list(at)].mean(dim=0) for at in said])
    with torch.no_grad():
        theirs = torch.sigmoid(leave(unit(heard)[1][0])).item()
    assert ours("ndiri kuenda kumba", "sn") == pytest.approx(theirs, abs=1e-5)


def test_a_long_turn_is_judged_by_its_last_words() -> None:
    known = embedded()
    assert known is not None
    assert len(words("one " * 500, "en")) == LONGEST + 1
    assert known("yes " * 500 + "how are you", "en") == known("yes " * 13 + "how are you", "en")


@pytest.mark.parametrize("noun", ["taxi", "avocado", "veranda", "wombat"])
def test_a_noun_it_has_never_heard_is_no_reason_to_wait(noun: str) -> None:
    known = embedded()
    assert known is not None
    assert known(f"where is the {noun}", "en") > 0.6 > 0.2 > known(f"where is the {noun} of the", "en")
