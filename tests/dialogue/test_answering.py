"""Answers under way: unheard until committed, kept when the words stay the same, and never left running."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from izwi.bench.virtual_time import in_virtual_time
from izwi.dialogue.answering import Answering, Going, normal_form
from izwi.dialogue.reply import Question, Reply
from izwi.engines import Engines, Style
from izwi.events import Event
from izwi.settings import Settings
from tests.dialogue.cast import RATE, Script, ScriptedAsr, ScriptedLlm, ScriptedVoice, Texts, TracedSpeaker


class Desk:
    """An ``Answering`` with scripted engines, and what it said."""

    def __init__(self, script: Script | None = None) -> None:
        self.script, self.texts = script or Script(), Texts()
        self.llm = ScriptedLlm(self.script)
        self.speaker = TracedSpeaker()
        self.events: list[Event] = []
        self.understood: list[Reply] = []
        self.finished: list[Going] = []
        self.answering = Answering(
            Engines(ScriptedAsr(self.script, self.texts), self.llm, ScriptedVoice(self.script)),
            Settings(openers=False),
            self.speaker,
            self.events.append,
            self.understood.append,
            self.finished.append,
            lambda: datetime(2026, 1, 5, 10),
        )

    def ask(self, words: str, seconds: float = 0.5) -> Reply:
        return self.answering.start(Question(1, self.texts.spoken(words, seconds)), "auto", Style())

    async def listen(self) -> None:
        while True:
            _, samples = await self.speaker.read(RATE // 50)
            await asyncio.sleep(len(samples) / RATE)

    def kinds(self) -> list[str]:
        return [event.type for event in self.events]


def at_the_desk(scene: Callable[[Desk], Awaitable[None]], script: Script | None = None) -> Desk:
    async def whole() -> Desk:
        desk = Desk(script)
        ears = asyncio.create_task(desk.listen())
        await scene(desk)
        await desk.answering.close()
        ears.cancel()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return desk

    return in_virtual_time(whole)


def test_nothing_is_said_or_heard_before_the_commitment() -> None:
    async def scene(desk: Desk) -> None:
        desk.ask("mune mari here")
        await asyncio.sleep(5)
        assert (desk.events, desk.speaker.heard.let_in) == ([], 0)
        desk.answering.commit()
        await asyncio.sleep(5)

    desk = at_the_desk(scene)
    assert desk.kinds() == ["transcript", "reply", "reply", "reply"]
    assert len(desk.finished) == len(desk.understood) == 1
    assert desk.answering.ledger.wasted == 0


def test_the_same_words_keep_the_work_of_the_first_answer() -> None:
    async def scene(desk: Desk) -> None:
        first = desk.ask("mune mari here")
        await asyncio.sleep(0.5)
        desk.answering.set_aside()
        desk.ask("mune mari here", 0.8)
        await asyncio.sleep(0.5)
        assert desk.answering.going is not None
        assert desk.answering.going.reply is first
        desk.answering.commit()
        await asyncio.sleep(5)

    desk = at_the_desk(scene)
    assert len(desk.llm.seen) == 1
    assert len(desk.finished) == 1


def test_the_same_words_understood_after_the_commitment_keep_it_too() -> None:
    async def scene(desk: Desk) -> None:
        first = desk.ask("mune mari here")
        await asyncio.sleep(1)
        desk.answering.set_aside()
        desk.ask("mune mari here", 0.8)
        desk.answering.commit()
        await asyncio.sleep(5)
        assert desk.finished[0].reply is first

    assert len(at_the_desk(scene, Script(asr_seconds=0.3)).finished) == 1


def test_other_words_discard_it_and_its_cost_is_waste() -> None:
    async def scene(desk: Desk) -> None:
        desk.ask("ndinoda")
        await asyncio.sleep(0.5)
        desk.answering.set_aside()
        second = desk.ask("ndinoda chingwa")
        await asyncio.sleep(0.5)
        assert desk.answering.going is not None
        assert desk.answering.going.reply is second
        desk.answering.commit()
        await asyncio.sleep(5)

    desk = at_the_desk(scene)
    assert len(desk.llm.seen) == 2
    assert 0 < desk.answering.ledger.wasted < desk.answering.ledger.total


def test_a_dropped_answer_is_all_waste_and_tells_nobody() -> None:
    async def scene(desk: Desk) -> None:
        desk.ask("mune mari here")
        await asyncio.sleep(0.05)
        desk.answering.drop()
        await asyncio.sleep(5)
        assert desk.answering.going is None

    desk = at_the_desk(scene)
    ledger = desk.answering.ledger
    assert (desk.events, desk.finished) == ([], [])
    assert ledger.total == ledger.wasted > 0


def test_an_answer_started_over_another_leaves_only_itself() -> None:
    async def scene(desk: Desk) -> None:
        desk.ask("mune mari here")
        await asyncio.sleep(0.5)
        desk.ask("inguva yakadii")
        desk.answering.commit()
        await asyncio.sleep(5)

    desk = at_the_desk(scene)
    assert [event.wire()["text"] for event in desk.events if event.type == "transcript"] == ["inguva yakadii"]


def test_a_failure_is_told_once_and_the_answer_ends() -> None:
    async def scene(desk: Desk) -> None:
        desk.ask("mune mari here")
        desk.answering.commit()
        await asyncio.sleep(5)
        assert desk.answering.going is None

    desk = at_the_desk(scene, Script(fail="tts"))
    assert desk.kinds() == ["transcript", "reply", "error"]
    assert len(desk.finished) == 1


def test_a_failure_of_an_answer_nobody_waits_for_is_not_told() -> None:
    async def scene(desk: Desk) -> None:
        desk.ask("mune mari here")
        await asyncio.sleep(1)
        desk.answering.drop()
        await asyncio.sleep(1)

    assert at_the_desk(scene, Script(fail="llm")).events == []


def test_words_are_compared_without_case_and_punctuation() -> None:
    assert normal_form("Mune mari, here?") == normal_form("mune  mari here") == "mune mari here"
    assert normal_form("n'anga") != normal_form("nanga")
