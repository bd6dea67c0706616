"""The emotion loop inside a conversation: what a tag changes, when it counts, and that nobody ever waits for it."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from izwi.audio import Pcm
from izwi.bench.virtual_time import in_virtual_time
from izwi.dialogue.empathy import without
from izwi.emotion import log
from izwi.emotion.style import style_for
from izwi.engines import Cancelled, Emotion, EmotionTag, Style, never
from izwi.languages import pack
from izwi.settings import Settings
from tests.dialogue.cast import Script, ScriptedVoice
from tests.dialogue.stage import Stage

UNSURE = EmotionTag("neutral", sure=False)


def sure(emotion: Emotion) -> EmotionTag:
    return EmotionTag(emotion, True, {emotion: 0.95})


@dataclass
class ScriptedEmotion:
    """Hears ``tags`` one after the other (the last for ever), after ``seconds``; None breaks."""

    tags: list[EmotionTag | None]
    seconds: float = 0.02
    name: str = "scripted heart"
    heard: list[float] = field(default_factory=list)

    async def recognise(self, speech: Pcm) -> EmotionTag:
        self.heard.append(speech.seconds)
        tag = self.tags.pop(0) if len(self.tags) > 1 else self.tags[0]
        await asyncio.sleep(self.seconds)
        if tag is None:
            raise RuntimeError("scripted failure")
        return tag


class RecordingVoice(ScriptedVoice):
    """Remembers how it was asked to speak."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self.styles: list[Style] = []

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        self.styles.append(style)
        async for piece in super().synthesize_stream(text, language, style, cancelled):
            yield piece


class Scene(Stage):
    """A stage with a recogniser of feelings and a voice that remembers."""

    def __init__(self, recogniser: ScriptedEmotion | None, settings: Settings | None = None) -> None:
        super().__init__(Script(), settings)
        self.recogniser, self.voice = recogniser, RecordingVoice(self.script)
        self.conversation.engines.emotion = recogniser
        self.conversation.engines.tts = self.voice

    async def ask(self, text: str) -> None:
        await self.say(text)
        await self.until("speaking")
        await self.until("idle")


def play(
    act: Callable[[Scene], Awaitable[None]], recogniser: ScriptedEmotion | None, settings: Settings | None = None
) -> Scene:
    async def whole() -> Scene:
        scene = Scene(recogniser, settings)
        await act(scene)
        await scene.close()
        assert not scene.broken
        return scene

    return in_virtual_time(whole)


async def one_question(scene: Scene) -> None:
    await scene.ask("mune mari here")


async def two_questions(scene: Scene) -> None:
    await scene.ask("mune mari here")
    await scene.ask("ndiri kuenda kumba")


def test_a_tag_reaches_the_voice_the_prompt_the_patience_and_the_page() -> None:
    scene = play(one_question, ScriptedEmotion([sure("sad")]))
    assert set(scene.voice.styles) == {style_for("calm", "sn")}
    assert "sad" in scene.llm.seen[-1][-1].guidance
    assert scene.conversation.listener.endpointer.mood == 1.3
    told = scene.all("emotion")
    assert [(e["turn"], e["heard"], e["answer"]) for e in told] == [(1, "sad", "calm")]
    assert scene.all("transcript")[0]["t"] <= told[0]["t"] <= scene.all("audio_start")[0]["t"]
    assert scene.all("timings")[0]["marks"]["felt"] < scene.all("timings")[0]["marks"]["first sound"]


def test_who_sounds_even_or_cannot_be_told_changes_nothing() -> None:
    for tag, heard in ((sure("neutral"), "neutral"), (UNSURE, "unsure")):
        scene = play(one_question, ScriptedEmotion([tag]))
        assert {style.emotion for style in scene.voice.styles} == {"neutral"}
        assert scene.llm.seen[-1][-1].guidance == ""
        assert scene.conversation.listener.endpointer.mood == 1.0
        assert scene.all("emotion")[0]["heard"] == heard


def test_off_by_one_switch(tmp_path: Path) -> None:
    recogniser, path = ScriptedEmotion([sure("happy")]), tmp_path / "off.csv"
    scene = play(one_question, recogniser, Settings(emotion=False, emotion_log=str(path)))
    assert not path.exists()
    assert recogniser.heard == []
    assert scene.voice.styles[0] == Style()
    assert scene.all("emotion") == []


@pytest.mark.parametrize("seconds", [0.02, 0.4, 20.0])
def test_nobody_waits_for_the_tag(seconds: float) -> None:
    without_it = play(one_question, None)
    scene = play(one_question, ScriptedEmotion([sure("happy")], seconds))
    for kind in ("transcript", "reply", "audio_start", "audio_end"):
        assert [e["t"] for e in scene.all(kind)] == pytest.approx([e["t"] for e in without_it.all(kind)])


def test_a_late_tag_is_skipped_by_this_voice_and_counts_for_the_next() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("mune mari here")
        assert {style.emotion for style in scene.voice.styles} == {"neutral"}
        scene.recogniser.seconds = 0.02
        await scene.ask("ndiri kuenda kumba")

    scene = play(act, ScriptedEmotion([sure("angry"), UNSURE], seconds=0.8))
    assert scene.voice.styles[-1].emotion == "calm"
    first, second = scene.all("emotion")
    assert (first["heard"], first["answer"]) == ("angry", "neutral")
    assert (second["heard"], second["answer"]) == ("unsure", "calm")


def test_a_recogniser_that_breaks_costs_nothing_but_the_feeling() -> None:
    scene = play(one_question, ScriptedEmotion([None]))
    assert scene.voice.styles[0].emotion == "neutral"
    assert scene.all("emotion") == []
    assert scene.all("error") == []


def test_a_recogniser_that_hangs_is_left_alone_and_keeps_nobody() -> None:
    async def act(scene: Scene) -> None:
        for _ in range(6):
            await scene.ask("mune mari here")
        await scene.conversation.close()
        assert scene.now < 60

    scene = play(act, ScriptedEmotion([sure("sad")], seconds=1e6))
    assert len(scene.recogniser.heard) == 3
    assert len(scene.all("audio_end")) == 6


def test_only_the_voice_itself_is_judged_not_the_pauses() -> None:
    async def act(scene: Scene) -> None:
        await scene.quiet(1.0)
        await scene.say("ndiri kuda kuti", 1.0)
        await scene.quiet(0.5)
        await scene.say("mundibatsire", 1.0)
        await scene.until("speaking")

    recogniser = ScriptedEmotion([UNSURE])
    play(act, recogniser)
    assert recogniser.heard[0] == pytest.approx(1.0 + 0.3, abs=0.12)
    assert recogniser.heard[-1] == pytest.approx(2.0 + 0.3 + 0.2, abs=0.15)


def test_a_turn_that_is_judged_twice_moves_the_mood_once() -> None:
    async def act(scene: Scene) -> None:
        await scene.say("ndiri kuda", 0.6)
        await scene.quiet(0.4)
        await scene.say("kuenda", 0.6)
        await scene.until("speaking")
        await scene.until("idle")
        await scene.ask("mune mari here")

    twice = play(act, ScriptedEmotion([sure("happy"), sure("neutral"), UNSURE]))
    once = play(two_questions, ScriptedEmotion([sure("neutral"), UNSURE]))
    assert len(twice.recogniser.heard) == 3
    moods = [scene.conversation.empathy._next for scene in (twice, once)]
    np.testing.assert_array_equal(moods[0]._heard, moods[1]._heard)
    np.testing.assert_array_equal(moods[0]._wish, moods[1]._wish)


def test_joy_is_not_shared_with_one_who_interrupts_again_and_again() -> None:
    async def act(scene: Scene) -> None:
        scene.script.default_reply = "Ndatenda chaizvo shamwari yangu. " * 8
        for text in ("mune mari here", "mira zvishoma", "ndati mira"):
            await scene.say(text, 1.0)
            await scene.until("speaking")
            await scene.quiet(0.1)
        await scene.until("idle")

    scene = play(act, ScriptedEmotion([sure("happy")]))
    assert scene.conversation.empathy.barge_ins == 2
    answers = [e["answer"] for e in scene.all("emotion")]
    assert answers[0] == "happy"
    assert answers[-1] == "neutral"


def test_who_is_sad_is_first_of_all_heard() -> None:
    """A late reply opens with words of the mood, in its voice."""

    async def act(scene: Scene) -> None:
        scene.script.first_token = 1.5
        for _ in range(3):
            await scene.ask("mune mari here")

    scene = play(act, ScriptedEmotion([sure("sad")]))
    said = [e["text"] for e in scene.all("reply") if e["text"] in pack("sn").lines["opener_calm"]]
    assert len(said) == 2  # the first late reply taught it
    assert said[0] != said[1]
    assert {style.emotion for style in scene.voice.styles} == {"calm"}


def test_the_hour_counts() -> None:
    async def act(scene: Scene) -> None:
        scene.script.hour = 23
        await scene.ask("mune mari here")

    assert play(act, ScriptedEmotion([sure("happy")])).all("emotion")[0]["answer"] == "calm"


def test_the_pace_the_user_asked_for_stays() -> None:
    async def act(scene: Scene) -> None:
        scene.conversation.manner.style = Style(rate=0.85, energy=3.0)
        await scene.ask("mune mari here")

    style = play(act, ScriptedEmotion([sure("happy")])).voice.styles[0]
    assert style == style_for("happy", "sn", Style(rate=0.85, energy=3.0))
    assert (style.emotion, style.energy) == ("happy", 3.0)
    assert style.rate == pytest.approx(0.85, rel=0.03)


def test_a_typed_question_has_no_feeling_but_keeps_the_mood() -> None:
    async def act(scene: Scene) -> None:
        await scene.ask("mune mari here")
        scene.conversation.type("ndatenda")
        await scene.until("speaking")
        await scene.until("idle")

    scene = play(act, ScriptedEmotion([sure("sad")]))
    assert len(scene.recogniser.heard) == 1
    assert scene.voice.styles[-1].emotion == "calm"
    assert len(scene.all("emotion")) == 1


def test_one_row_an_exchange_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "emotion.csv"
    play(two_questions, ScriptedEmotion([sure("sad"), UNSURE]), Settings(emotion_log=str(path)))
    opened = log.open_log(str(path), False)
    assert opened is not None
    opened.close()
    with path.open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    assert [row[1:4] for row in rows] == [["", "sad", "calm"], ["", "unsure", "calm"]]
    assert all(0 < float(row[4]) < 3000 for row in rows)


def test_silences_are_cut_wherever_they_lie() -> None:
    speech = Pcm(np.arange(100, dtype=np.int16), 10)
    assert without(speech, []).samples.tolist() == list(range(100))
    left = without(speech, [(-1.0, 0.5), (2.0, 3.0), (2.5, 4.0), (9.0, 20.0), (6.0, 5.0)])
    assert left.samples.tolist() == [*range(5, 20), *range(40, 90)]
