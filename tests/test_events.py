"""The wire form of messages, and messages from the page that make no sense."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi.events import LONGEST_COMMAND, BadMessage, StateChanged, Transcript, command


def test_events_are_json_objects_with_a_type() -> None:
    assert json.loads(StateChanged("idle", 3).json()) == {"type": "state", "state": "idle", "turn": 3}
    assert "ṋ" in Transcript(1, "ṋ", "sn").json()


def test_a_command_is_parsed_and_its_unknown_fields_are_left_out() -> None:
    parsed = command('{"type": "playback", "turn": 2, "seconds": 1, "ended": false, "extra": 1}')
    assert (parsed.type, parsed.data) == ("playback", {"turn": 2, "seconds": 1, "ended": False})


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[]",
        "{}",
        '{"type": "sudo"}',
        '{"type": "text"}',
        '{"type": "text", "text": 3}',
        '{"type": "mute", "on": 1}',
        '{"type": "playback", "turn": true, "seconds": 1, "ended": true}',
        "[" * 50_000,
        '{"type": "text", "text": "' + "a" * LONGEST_COMMAND + '"}',
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(message: str) -> None:
    with pytest.raises(BadMessage):
        command(message)


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(message: str) -> None:
    with contextlib.suppress(BadMessage):
        command(message)
