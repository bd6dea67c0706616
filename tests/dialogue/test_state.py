"""The conversation's states: what may follow what, and a sentence for all else."""

from __future__ import annotations

from typing import get_args

import pytest

from izwi.dialogue.state import MOVES, IllegalMove, State
from izwi.events import StateName

NAMES: tuple[StateName, ...] = get_args(StateName)
LEGAL = [(old, new) for old in NAMES for new in sorted(MOVES[old])]
ILLEGAL = [(old, new) for old in NAMES for new in NAMES if new != old and new not in MOVES[old]]


def at(name: StateName, told: list[StateName]) -> State:
    state = State(told.append)
    state.name = name
    return state


def test_a_conversation_begins_idle() -> None:
    assert State(lambda _: None).name == "idle"


@pytest.mark.parametrize(("old", "new"), LEGAL)
def test_a_legal_move_is_told_once(old: StateName, new: StateName) -> None:
    told: list[StateName] = []
    state = at(old, told)
    state.move(new)
    assert (state.name, told) == (new, [new])


@pytest.mark.parametrize(("old", "new"), ILLEGAL)
def test_an_illegal_move_raises_a_sentence_and_changes_nothing(old: StateName, new: StateName) -> None:
    told: list[StateName] = []
    state = at(old, told)
    with pytest.raises(IllegalMove) as error:
        state.move(new)
    sentence = str(error.value)
    assert sentence.startswith(f"a conversation that is {old} cannot become {new}; it can become ")
    assert all(name in sentence for name in MOVES[old])
    assert (state.name, told) == (old, [])


@pytest.mark.parametrize("name", NAMES)
def test_staying_is_no_move(name: StateName) -> None:
    told: list[StateName] = []
    at(name, told).move(name)
    assert told == []


def test_every_state_can_be_left_and_reached() -> None:
    assert set(MOVES) == set(NAMES)
    assert all(MOVES.values())
    assert set().union(*MOVES.values()) == set(NAMES)


def test_the_state_is_already_new_when_it_is_told() -> None:
    seen: list[str] = []
    state = State(lambda _: seen.append(state.name))
    state.move("listening")
    assert seen == ["listening"]
