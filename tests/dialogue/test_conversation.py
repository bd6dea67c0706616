"""Whole conversations in virtual time: real turn-taking and orchestration, scripted engines."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from izwi.bench.virtual_time import in_virtual_time
from izwi.events import Command
from izwi.languages import pack
from izwi.settings import Settings
from tests.dialogue.stage import Script, Stage

Scene = Callable[[Stage], Awaitable[None]]


def play(scene: Scene, script: Script | None = None, settings: Settings | None = None) -> Stage:
    async def whole() -> Stage:
        stage = Stage(script, settings)
        await scene(stage)
        await stage.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.sleep(0)
        assert all(task.done() or task.cancelling() for task in left)
        return stage

    return in_virtual_time(whole)


def test_a_question_is_answered_and_the_states_are_true() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("makadii")
        await stage.until("speaking")
        await stage.until("idle")

    stage = play(scene)
    assert stage.states() == ["listening", "thinking", "speaking", "idle"]
    assert [e["text"] for e in stage.all("transcript")] == ["makadii"]
    assert "".join(e["text"] for e in stage.all("reply")).startswith("Ndatenda.")
    assert len(stage.all("audio_end")) == 1
    assert not stage.all("audio_end")[0]["interrupted"]


def test_a_second_sentence_is_a_second_turn_with_the_first_in_its_history() -> None:
    async def scene(stage: Stage) -> None:
        for text in ("makadii", "ndiri kuda kuenda kumusika"):
            await stage.say(text)
            await stage.until("speaking")
            await stage.until("idle")

    stage = play(scene)
    assert [e["turn"] for e in stage.all("transcript")] == [1, 2]
    assert [m.text for m in stage.llm.seen[-1]] == ["makadii", stage.script.default_reply, "ndiri kuda kuenda kumusika"]


def test_a_hesitation_inside_a_sentence_does_not_end_the_turn() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("ndinoda")
        await stage.quiet(0.3)
        await stage.say("kutenga chingwa")
        await stage.until("speaking")

    stage = play(scene)
    assert [e["text"] for e in stage.all("transcript")] == ["ndinoda kutenga chingwa"]


def test_speech_resumed_after_the_turn_was_taken_keeps_its_beginning() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("ndinoda")
        await stage.until("thinking")
        await stage.say("kutenga chingwa")
        await stage.until("speaking")

    stage = play(scene, Script(first_token=1.0))
    assert [e["text"] for e in stage.all("transcript")][-1] == "ndinoda kutenga chingwa"
    assert stage.states()[:4] == ["listening", "thinking", "listening", "thinking"]


def test_breaking_in_ducks_first_then_stops_and_history_keeps_only_what_was_heard() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("ndiudzei ngano")
        await stage.until("speaking")
        await stage.quiet(0.5)
        await stage.say("mira izvozvo", 1.0)
        await stage.until("speaking")

    long = "Paivapo tsuro nagudo vaive shamwari huru. " * 10
    stage = play(scene, Script(replies={"ndiudzei ngano": long.strip()}))
    onset = stage.all("duck")[0]
    stop = stage.all("audio_end")[0]
    assert onset["db"] == -18
    assert 0 < stop["t"] - onset["t"] <= 0.3
    assert stop["interrupted"]
    heard = stage.llm.seen[-1][1].text
    assert long.startswith(heard)
    assert 0 < len(heard) < len(long) / 2
    cut = [t for t, generation in stage.sound if generation == stage.sound[0][1]]
    assert max(cut) <= stop["t"]


def test_a_cough_while_izwi_speaks_restores_the_voice() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("makadii")
        await stage.until("speaking")
        await stage.say("hm", 0.15)
        await stage.until("idle")

    stage = play(scene)
    assert [e["db"] for e in stage.all("duck")] == [-18, 0]
    assert not stage.all("audio_end")[0]["interrupted"]
    assert len(stage.all("transcript")) == 1


def test_a_click_is_not_a_turn() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("x", 0.06)
        await stage.quiet(2)

    assert play(scene).events == []


def test_typed_text_gets_the_same_spoken_answer() -> None:
    async def scene(stage: Stage) -> None:
        stage.conversation.obey(Command("text", {"text": "How are you today?"}))
        await stage.until("speaking")
        await stage.until("idle")

    stage = play(scene)
    assert stage.states() == ["thinking", "speaking", "idle"]
    assert stage.all("transcript")[0]["language"] == "en"


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("  \n", "empty"), ("a" * 20_000, "too_long")])
def test_bad_text_is_answered_with_a_sentence(text: str, code: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.conversation.type(text)
        await stage.quiet(1)

    stage = play(scene)
    assert [e["code"] for e in stage.all("error")] == [code]
    assert stage.states() == []


@pytest.mark.parametrize("part", ["asr", "llm", "tts"])
def test_a_broken_engine_gives_a_sentence_and_the_next_turn_works(part: str) -> None:
    async def scene(stage: Stage) -> None:
        stage.script.fail = part
        await stage.say("makadii")
        await stage.until("idle")
        stage.script.fail = ""
        await stage.say("mhoro")
        await stage.until("speaking")

    stage = play(scene)
    assert [e["code"] for e in stage.all("error")] == ["internal"]
    assert stage.all("transcript")[-1]["text"] == "mhoro"


def test_a_model_without_a_first_token_is_given_up_with_a_sentence() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("makadii")
        await stage.until("idle", within=40)

    stage = play(scene, Script(first_token=3600))
    assert [e["code"] for e in stage.all("error")] == ["engine"]


def test_stop_silences_at_once() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("makadii")
        await stage.until("speaking")
        stage.conversation.stop()
        mark = stage.now
        await stage.quiet(1)
        assert all(t <= mark for t, _ in stage.sound)

    stage = play(scene)
    assert stage.states()[-2:] == ["interrupted", "idle"]


def test_muted_nothing_is_heard() -> None:
    async def scene(stage: Stage) -> None:
        stage.conversation.mute(True)
        await stage.say("makadii")
        await stage.quiet(2)
        assert stage.events == []
        stage.conversation.mute(False)
        await stage.say("makadii")
        await stage.until("speaking")

    play(scene)


def test_the_greeting_comes_first_and_can_be_broken_into() -> None:
    async def scene(stage: Stage) -> None:
        stage.conversation.greet()
        await stage.until("speaking")
        await stage.say("makadii", 1.0)
        await stage.until("speaking")

    stage = play(scene, settings=Settings(greet=True))
    assert stage.all("audio_end")[0]["interrupted"]
    assert len(stage.llm.seen[-1]) == 1


def test_an_unsure_recogniser_asks_again_instead_of_guessing() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("mumumu")
        await stage.until("speaking")

    stage = play(scene, Script(unsure=True))
    assert stage.llm.seen == []
    assert stage.all("transcript")[0]["unsure"]


def test_talk_without_a_pause_is_cut_into_turns_in_bounded_memory() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("ngano refu", 150)
        await stage.until("idle", within=60)

    stage = play(scene, Script(default_reply="Hongu."))
    assert len(stage.all("transcript")) >= 2
    assert stage.asr.calls < 60 * len(stage.all("transcript"))  # partials stop after half a minute


def test_a_late_model_is_bridged_by_an_opener_never_the_same_twice_in_a_row() -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(4):
            await stage.say("nguva yakaita sei")
            await stage.until("speaking")
            await stage.until("idle")
            await stage.quiet(0.5)

    stage = play(scene, Script(first_token=1.5))
    openers = [e["text"] for e in stage.all("reply") if e["text"] in pack("sn").lines["opener_question"]]
    assert len(openers) == 3  # the first late reply taught it
    assert all(a != b for a, b in pairwise(openers))
    ends = [e["t"] for e in stage.all("state") if e["state"] == "thinking"]
    starts = [e["t"] for e in stage.all("audio_start")]
    assert starts[-1] - ends[-1] < 0.3


@pytest.mark.parametrize("first_token", [0.02, 0.2])
def test_a_quick_model_needs_no_opener(first_token: float) -> None:
    async def scene(stage: Stage) -> None:
        for _ in range(3):
            await stage.say("nguva yakaita sei")
            await stage.until("speaking")
            await stage.until("idle")

    stage = play(scene, Script(first_token=first_token))
    assert {e["text"] for e in stage.all("reply")} <= {"", "Ndatenda.", "Ndingakubatsirei nei nhasi?"}


def test_the_clock_is_read_without_asking_the_model() -> None:
    async def scene(stage: Stage) -> None:
        await stage.say("what is the time please")
        await stage.until("speaking")

    stage = play(scene, settings=Settings(language="en"))
    assert stage.llm.seen == []
    assert stage.all("reply")[0]["language"] == "en"


def test_slower_is_heard_and_repeat_repeats() -> None:
    async def scene(stage: Stage) -> None:
        for text in ("how are you", "please speak slower", "repeat that please"):
            await stage.say(text)
            await stage.until("speaking")
            await stage.until("idle")

    stage = play(scene, settings=Settings(language="en"))
    assert stage.conversation.manner.style.rate < 1
    replies = [e["text"] for e in stage.all("reply") if e["text"]]
    turns = [e["turn"] for e in stage.all("reply") if e["text"]]
    second = [text for text, turn in zip(replies, turns, strict=True) if turn == 2]
    third = [text for text, turn in zip(replies, turns, strict=True) if turn == 3]
    assert second == third
