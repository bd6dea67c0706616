"""Engines whose thread really hangs, replaced under a conversation that goes on."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from izwi.audio import silence
from izwi.dialogue.conversation import Conversation
from izwi.dialogue.speaker import Speaker
from izwi.engines import Cancelled, Cost, EngineFailed, Engines, TranscriptChunk, never
from izwi.events import Event
from izwi.offload import stream
from izwi.settings import ROOT, Settings
from izwi.tts import choice
from izwi.tts.vits import VitsVoice
from izwi.turns.listener import Listener
from izwi.watchdog import MOST, RESTARTS, Watched, WatchedASR, WatchedTranslator, WatchedTTS
from tests.dialogue.cast import Script, ScriptedLlm, ScriptedVad, ScriptedVoice, Texts

LIMIT = 0.4
SPEECH = silence(1.0, 16_000)


class Native:
    """A recogniser with one real thread, which blocks for ever (until the test ends) at chosen utterances."""

    languages, cost = frozenset({"sn", "en"}), Cost()
    let_go = threading.Event()

    def __init__(self, name: str, hangs_at: int = 0, hangs_after: int = 0, slow: float = 0.0) -> None:
        self.name, self.calls, self.ended = name, 0, threading.Event()
        self._hangs_at, self._hangs_after, self._slow = hangs_at, hangs_after, slow
        self._thread = ThreadPoolExecutor(1)

    async def transcribe_stream(
        self, speech: Any, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        async for chunk in stream(lambda gone: self._work(cancelled), self._thread):
            yield chunk

    def _work(self, cancelled: Cancelled) -> Iterator[TranscriptChunk]:
        self.calls += 1
        for part in range(3):
            if self.calls == self._hangs_at and part == self._hangs_after:
                self.let_go.wait()
                if cancelled():
                    self.ended.set()
                    return
            time.sleep(self._slow)
            yield TranscriptChunk(f"part {part}", "en", final=part == 2)


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    Native.let_go.clear()
    RESTARTS.clear()
    yield
    Native.let_go.set()
    RESTARTS.clear()


async def probe(engine: Any) -> None:
    async for _ in engine.transcribe_stream(SPEECH):
        pass


def watched(first: Native, make: Callable[[], Any] = lambda: Native("ear"), limit: float = LIMIT) -> WatchedASR:
    return WatchedASR(first, make, probe, limit)


async def heard(engine: Any, cancelled: Cancelled = never) -> list[str]:
    return [chunk.text async for chunk in engine.transcribe_stream(SPEECH, "en", cancelled)]


WHOLE = ["part 0", "part 1", "part 2"]


class NativeTranslator:
    """A translator whose thread blocks for ever at its first phrase."""

    name, pairs = "interpreter", frozenset({("sn", "en")})

    def __init__(self, hangs: bool) -> None:
        self._hangs = hangs

    async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
        return await asyncio.to_thread(self._work, text)

    def _work(self, text: str) -> str:
        if self._hangs:
            Native.let_go.wait()
        return text.upper()


async def test_a_translator_that_hangs_is_replaced_too() -> None:
    async def say_a_word(engine: Any) -> None:
        await engine.translate("mhoro", "sn", "en")

    engine = WatchedTranslator(NativeTranslator(hangs=True), lambda: NativeTranslator(hangs=False), say_a_word, LIMIT)
    assert engine.pairs == {("sn", "en")}
    try:
        assert await engine.translate("mhoro", "sn", "en") == "MHORO"
        assert RESTARTS == {"interpreter": 1}
    finally:
        Native.let_go.set()  # the loop waits for its threads


async def test_a_request_that_hangs_is_made_again_on_a_fresh_engine() -> None:
    first = Native("ear", hangs_at=2)
    engine = watched(first)
    assert await heard(engine) == WHOLE
    assert await heard(engine) == WHOLE
    assert engine._engine is not first
    assert RESTARTS == {"ear": 1}
    assert await heard(engine) == WHOLE


async def test_what_the_old_one_still_says_goes_nowhere() -> None:
    first = Native("ear", hangs_at=1)
    engine = watched(first)
    assert await heard(engine) == WHOLE
    Native.let_go.set()
    assert await asyncio.to_thread(first.ended.wait, 10), "it is told that nobody wants it any more"


async def test_half_an_answer_is_not_given_twice() -> None:
    engine = watched(Native("ear", hangs_at=1, hangs_after=1))
    with pytest.raises(EngineFailed, match="say it again"):
        await heard(engine)
    assert await heard(engine) == WHOLE


async def test_others_who_wait_behind_it_are_served_too_and_it_is_replaced_once() -> None:
    engine = watched(Native("ear", hangs_at=1))
    assert await asyncio.gather(*(heard(engine) for _ in range(4))) == [WHOLE] * 4
    assert RESTARTS == {"ear": 1}


async def test_who_waits_behind_others_of_a_slow_engine_does_not_have_it_replaced() -> None:
    engine = watched(Native("ear", slow=0.1))
    assert await asyncio.gather(*(heard(engine) for _ in range(4))) == [WHOLE] * 4, "1.2 s in all"
    assert not RESTARTS


async def test_a_request_given_up_early_makes_us_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("izwi.watchdog.SUSPECT", 0.05)
    first = Native("ear", hangs_at=1)
    engine = watched(first)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(heard(engine), 0.15)
    for _ in range(500):
        if engine._engine is not first:
            break
        await asyncio.sleep(0.01)
    assert await heard(engine) == WHOLE
    assert RESTARTS == {"ear": 1}


async def test_time_in_which_we_were_stopped_ourselves_is_not_the_engines() -> None:
    asking = asyncio.create_task(heard(watched(Native("ear", hangs_at=1), limit=2.5)))
    await asyncio.sleep(0.05)
    threading.Timer(4.2, Native.let_go.set).start()
    time.sleep(4.0)  # noqa: ASYNC251 - a closed lid: nobody could be answered
    assert await asking == WHOLE
    assert not RESTARTS


async def test_one_that_cannot_be_made_anew_says_so() -> None:
    def broken() -> Any:
        raise OSError("no file")

    engine = watched(Native("ear", hangs_at=1), broken)
    with pytest.raises(EngineFailed, match="ear got stuck"):
        await heard(engine)


async def test_it_is_not_replaced_for_ever() -> None:
    engine = watched(Native("ear", hangs_at=1), lambda: Native("ear", hangs_at=1), limit=0.1)
    for _ in range(MOST):
        with pytest.raises(EngineFailed):
            await heard(engine)
    assert RESTARTS == {"ear": MOST}


async def test_everything_else_is_the_engines_own() -> None:
    engine: Any = Watched(Native("ear"), lambda: None, probe, LIMIT)
    assert engine.name == "ear"
    assert not hasattr(engine, "narrow")
    engine._engine.narrow = False
    engine.narrow = True
    assert engine._engine.narrow is True


async def test_a_conversation_goes_on_when_its_recogniser_hangs() -> None:
    script = Script(first_token=0.0, token_seconds=0.0, voice_first=0.0, voice_rate=0.0)
    engine = watched(Native("ear", hangs_at=1))
    engines = Engines(engine, ScriptedLlm(script), ScriptedVoice(script))
    events: list[Event] = []
    speaker = Speaker(48_000)
    conversation = Conversation(
        engines, Settings(greet=False, partials=False), Listener(ScriptedVad()), speaker, events.append
    )
    for frame in [*Texts().spoken("hello there", 1.0).frames(320), *silence(2.0, 16_000).frames(320)]:
        conversation.hear(frame.samples)
    _, samples = await asyncio.wait_for(speaker.read(960), 20)
    assert len(samples)
    assert RESTARTS == {"ear": 1}
    assert "error" not in [event.type for event in events]
    assert [event.text for event in events if event.type == "transcript"] == ["part 2"]  # type: ignore[attr-defined]
    await conversation.close()


@pytest.mark.engine
async def test_a_real_voice_of_the_ladder_is_watched_and_speaks() -> None:
    folder = ROOT / "models" / "embedded" / "vits"
    voice: Any = choice.voice(f"vits:{folder}", Settings(stall_limit=60.0))
    assert isinstance(voice, WatchedTTS)
    assert isinstance(voice._engine, VitsVoice)
    language = min(voice.languages)
    assert [piece async for piece in voice.synthesize_stream("a e i", language)]
