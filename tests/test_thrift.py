"""Every step of thrift switches something in a live conversation, or the table says that there is nothing."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from izwi.asr.ctc import LETTERS, Lexicon
from izwi.asr.faster_whisper import FasterWhisper
from izwi.audio import Pcm, silence
from izwi.bench.users import speak
from izwi.bench.virtual_time import in_virtual_time
from izwi.engines import EmotionTag, Engines
from izwi.routing import RoutedASR
from izwi.settings import ROOT, Settings
from izwi.thrift import SHORT, SHORTEST_CUT, STEPS, Thrift, knobs, narrowing, newest, shed, switched_off, void
from izwi.tts.cached import CachedFirst
from izwi.watchdog import WatchedASR
from tests.dialogue.cast import Script, ScriptedAsr, ScriptedLlm, ScriptedVoice, Texts
from tests.dialogue.stage import Stage


def test_steps_are_given_up_in_order() -> None:
    thrift = Thrift()
    for level in range(len(STEPS) + 1):
        thrift.level = level
        assert [thrift.without(step) for step in STEPS] == [n < level for n in range(len(STEPS))]
        assert thrift.level == level


def engines() -> Engines:
    script = Script()
    return Engines(ScriptedAsr(script, Texts()), ScriptedLlm(script), ScriptedVoice(script))


def test_what_cannot_be_switched_is_said_so() -> None:
    table = knobs(engines())
    assert list(table) == list(STEPS)
    nothing = [step for step, what in table.items() if what.startswith("nothing")]
    assert nothing == ["emotion", "beam", "smaller_models", "cached_voice"]
    full = engines()
    full.smaller = full.plain_voice = full.emotion = engines()  # type: ignore[assignment]
    full.asr.narrow = False  # type: ignore[attr-defined]
    assert [step for step, what in knobs(full).items() if what.startswith("nothing")] == []
    assert narrowing(full.asr) == [full.asr]


def test_what_is_switched_off_is_not_given_up_again() -> None:
    """Neither told nor waited for: the governor passes it over."""
    assert switched_off(Settings()) == frozenset()
    here = engines()
    here.thrift = Thrift(off=switched_off(Settings(denoise=False, partials=False)))
    assert {knobs(here)[step] for step in ("denoise", "partials")} == {"nothing: it is switched off"}
    assert {1, 2} <= void(here)
    shed(here, 2)
    assert newest(here) == "nothing"


def test_partials_stop_and_come_back_in_a_conversation_that_goes_on() -> None:
    async def scene() -> tuple[int, int, int]:
        stage = Stage()
        counts = []
        for level in (0, 2, 0):
            stage.conversation.engines.thrift.level = level
            before = len(stage.all("partial"))
            await stage.say("ndinoda chingwa nemukaka mangwana mangwanani", 3.0)
            await stage.until("speaking")
            await stage.until("idle")
            counts.append(len(stage.all("partial")) - before)
        await stage.close()
        return counts[0], counts[1], counts[2]

    first, without, again = in_virtual_time(scene)
    assert first > 0
    assert without == 0
    assert again > 0


def test_a_reply_is_shortened_to_whole_sentences() -> None:
    long = " ".join(f"Word{n} is here." for n in range(40))

    async def scene(level: int) -> str:
        stage = Stage(Script(default_reply=long))
        stage.conversation.engines.thrift.level = level
        await stage.say("tell me everything", 1.0)
        await stage.until("speaking")
        await stage.until("idle", within=120.0)
        await stage.close()
        return " ".join(event["text"] for event in stage.all("reply"))

    whole, short = in_virtual_time(lambda: scene(0)), in_virtual_time(lambda: scene(STEPS.index("reply_length") + 1))
    assert len(whole.split()) == 120
    assert SHORT <= len(short.split()) <= SHORTEST_CUT
    assert short.strip().endswith(".")


def test_smaller_models_answer_and_a_plainer_voice_speaks_from_the_next_turn_on() -> None:
    async def scene() -> list[tuple[str, str]]:
        stage = Stage(Script(default_reply="the large one"))
        engines, small = stage.conversation.engines, Script(default_reply="the small one")
        engines.smaller = Engines(ScriptedAsr(small, stage.texts), ScriptedLlm(small), ScriptedVoice(small))
        engines.plain_voice = ScriptedVoice(small, name="plain voice")
        said = []
        for step in ("reply_length", "smaller_models", "cached_voice", "partials"):
            engines.thrift.level = STEPS.index(step) + 1
            await stage.say("tell me everything", 1.0)
            await stage.until("speaking")
            await stage.until("idle")
            said.append((stage.all("reply")[-2]["text"], stage.all("audio_start")[-1]["voice"]))
        await stage.close()
        return said

    assert in_virtual_time(scene) == [
        ("the large one", "scripted voice"),
        ("the small one", "scripted voice"),
        ("the small one", "plain voice"),
        ("the large one", "scripted voice"),
    ]


def test_no_feeling_is_listened_for() -> None:
    class Listening:
        name, heard = "listening", 0

        async def recognise(self, speech: Pcm) -> EmotionTag:
            self.heard += 1
            return EmotionTag("happy", True, {"happy": 1.0})

    async def scene() -> list[int]:
        stage, recogniser = Stage(), Listening()
        engines = stage.conversation.engines
        engines.emotion = recogniser
        counts = []
        for level in (0, STEPS.index("emotion") + 1, 0):
            engines.thrift.level, before = level, recogniser.heard
            await stage.say("I am so glad", 1.0)
            await stage.until("speaking")
            await stage.until("idle")
            counts.append(recogniser.heard - before)
        await stage.close()
        return counts

    with_it, without, again = in_virtual_time(scene)
    assert (with_it > 0, without, again > 0) == (True, 0, True)


class Keeper:
    """A dear voice that has spoken one phrase before."""

    name, licence, languages = "dear", "none", frozenset({"sn", "xx"})

    def __init__(self) -> None:
        self.spoke = 0

    def kept(self, text: str, language: str, style: Any) -> Pcm | None:
        return silence(0.6, 16_000) if text == "mhoro" else None

    async def synthesize_stream(self, *what: Any) -> Any:
        self.spoke += 1
        yield silence(0.1, 16_000)


@pytest.mark.parametrize(
    ("text", "language", "seconds", "dear", "plain"),
    [("mhoro", "sn", 0.6, 0, 0), ("chingwa", "sn", 0.2, 0, 1), ("unknown", "xx", 0.1, 1, 0)],
)
async def test_the_cache_speaks_first(text: str, language: str, seconds: float, dear: int, plain: int) -> None:
    class Plain(Keeper):
        languages = frozenset({"sn"})

        async def synthesize_stream(self, *what: Any) -> Any:
            self.spoke += 1
            yield silence(0.2, 16_000)

    keeper, plainer = Keeper(), Plain()
    voice = CachedFirst(keeper, plainer)  # type: ignore[arg-type]
    pieces = [piece async for piece in voice.synthesize_stream(text, language)]
    assert sum(piece.seconds for piece in pieces) == pytest.approx(seconds)
    assert (keeper.spoke, plainer.spoke) == (dear, plain)


@pytest.mark.engine
def test_a_narrow_search_costs_less_and_hears_much_the_same() -> None:
    folder = ROOT / "models" / "embedded" / "whisper"
    lexicon = Lexicon(folder / "sn.arpa")
    draw = np.random.default_rng(1)
    cost = {False: 0.0, True: 0.0}
    same = 0
    texts = ("ndinoda mvura yekunwa", "mhoro makadii", "zita rangu ndi tendai", "ndiri kuenda kuharare mangwana")
    for text in texts:
        letters = np.log(spoken(text, draw))
        found = {}
        for narrow in (False, True):
            began = time.thread_time()
            found[narrow] = lexicon.search(letters, narrow=narrow)[0].text
            cost[narrow] += time.thread_time() - began
        same += found[True] == found[False] == text
    assert same == len(texts)
    assert cost[True] < 0.6 * cost[False]


@pytest.mark.engine
async def test_the_recogniser_of_a_running_service_searches_narrowly_and_widely_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bool] = []
    search = Lexicon.search

    def spy(self: Lexicon, letters: Any, count: int = 4, narrow: bool = False) -> Any:
        asked.append(narrow)
        return search(self, letters, count, narrow)

    monkeypatch.setattr(Lexicon, "search", spy)
    folder = ROOT / "models" / "embedded" / "whisper"
    first = FasterWhisper(folder)
    recogniser = WatchedASR(first, lambda: first, lambda _: asyncio.sleep(0), 60.0)
    full = engines()
    full.asr = RoutedASR({"en": recogniser, "sn": recogniser})  # type: ignore[dict-item]
    speech = speak("what is the time please", "en-us+f5")
    for level in (0, STEPS.index("beam") + 1, 0):
        shed(full, level)
        async for _ in full.asr.transcribe_stream(speech, "en"):
            pass
    assert asked == [False, True, False]


def spoken(text: str, draw: np.random.Generator) -> npt.NDArray[np.float32]:
    """What the CTC head might give for a text: each letter for two frames, a blank between, all a little unsure."""
    frames = [column for letter in text for column in (LETTERS.index(letter) + 1, LETTERS.index(letter) + 1, 0)]
    chances = draw.random((len(frames), len(LETTERS) + 1)).astype(np.float32) * 0.3
    chances[np.arange(len(frames)), frames] += 2.0
    return np.asarray(chances / chances.sum(1, keepdims=True), np.float32)
