"""A conversation taken up again: everything that makes it this one is there, and nothing strange breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from izwi.bench.virtual_time import in_virtual_time
from izwi.dialogue.intents import Answer
from izwi.dialogue.snapshot import VERSION, restore, snapshot
from izwi.emotion.manners import Situation
from izwi.engines import EmotionTag
from tests.dialogue.stage import Script, Stage


def talked() -> dict[str, Any]:
    """The snapshot of a conversation with a past."""

    async def scene() -> dict[str, Any]:
        stage = Stage(Script(default_reply="I see."))
        await stage.say("I want bread", 1.0)
        await stage.until("speaking")
        await stage.until("idle")
        stage.conversation.choose_language("en")
        stage.conversation.manner.heed(Answer("slower", "Slower.", "en", action="slower"))
        stage.conversation.manner.heed(Answer("name", "Hello Tendai.", "en", action="name", value="Tendai"))
        sad = EmotionTag("sad", True, {"sad": 0.9})
        stage.conversation.empathy._next.respond(sad, Situation(1, 0, 12))
        state = json.loads(json.dumps(snapshot(stage.conversation)))
        await stage.close()
        return dict(state)

    return in_virtual_time(scene)


def taken_up(state: dict[str, Any]) -> tuple[bool, dict[str, Any], list[str]]:
    """Whether it was taken up, the snapshot of the new conversation, and its errors."""

    async def scene() -> tuple[bool, dict[str, Any], list[str]]:
        stage = Stage()
        done = restore(stage.conversation, state)
        found = json.loads(json.dumps(snapshot(stage.conversation)))
        await stage.close()
        return done, found, [event["code"] for event in stage.all("error")]

    return in_virtual_time(scene)


def test_everything_is_there_again() -> None:
    state = talked()
    assert state["history"] == [["user", "I want bread"], ["assistant", "I see."]]
    assert state["manner"]["name"] == "Tendai"
    assert state["manner"]["style"]["rate"] < 1
    assert max(state["mood"]["heard"]) > 0
    done, again, errors = taken_up(state)
    assert done
    assert again == state
    assert errors == []


def test_the_next_turn_knows_what_was_said() -> None:
    state = talked()

    async def scene() -> tuple[int, list[str]]:
        stage = Stage(Script(default_reply="Yes."))
        restore(stage.conversation, state)
        await stage.say("what did I want", 1.0)
        await stage.until("speaking")
        await stage.until("idle")
        await stage.close()
        return stage.conversation.turn, [message.text for message in stage.llm.seen[-1]]

    turn, seen = in_virtual_time(scene)
    assert turn == state["turn"] + 1
    assert seen[:2] == ["I want bread", "I see."]


def test_what_another_server_has_and_we_have_not_is_left_out() -> None:
    state = talked() | {"voice": "a voice of elsewhere", "mood": {"heard": [1.0]}}
    state["manner"]["style"]["future"] = 1.0
    done, again, errors = taken_up(state)
    assert done
    assert again["voice"] == "auto"
    assert again["history"] == state["history"]
    assert errors == []


@pytest.mark.parametrize(
    "state",
    [{}, {"version": VERSION + 1}, {"version": VERSION}, {"version": VERSION, "history": [["user"]], "turn": "x"}],
)
def test_what_cannot_be_understood_changes_nothing(state: dict[str, Any]) -> None:
    done, found, _ = taken_up(state)
    assert not done
    assert (found["turn"], found["history"]) == (0, [])
