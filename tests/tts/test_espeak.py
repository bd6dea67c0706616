"""The real espeak-ng: it speaks, levelled and trimmed; it stops; it fails in plain words."""

import asyncio
import os
import stat
from contextlib import aclosing
from pathlib import Path

import numpy as np
import psutil
import pytest

from izwi.audio import Pcm, join
from izwi.engines import EngineFailed, Style, UnsupportedLanguage
from izwi.tts.espeak import MISSING, EspeakVoice
from izwi.tts.post import CEILING, loudness

pytestmark = pytest.mark.engine
SENTENCES = {"en": "Good morning, how did you sleep last night?", "sn": "Mangwanani, marara sei nhasi?"}


async def say(voice: EspeakVoice, text: str, language: str, style: Style = Style()) -> Pcm:
    return join([piece async for piece in voice.synthesize_stream(text, language, style)])


def pitch(pcm: Pcm) -> float:
    """The strongest period between 60 and 400 Hz, by autocorrelation of the whole."""
    x = pcm.floats - pcm.floats.mean()
    spectrum = np.abs(np.fft.rfft(x, 2 * len(x))) ** 2
    correlation = np.fft.irfft(spectrum)
    low, high = pcm.rate // 400, pcm.rate // 60
    return pcm.rate / (low + int(np.argmax(correlation[low:high])))


@pytest.mark.parametrize("language", ["en", "sn"])
@pytest.mark.parametrize("variant", ["", "f2", "m3"])
async def test_speech_is_levelled_trimmed_and_not_clipped(language: str, variant: str) -> None:
    spoken = await say(EspeakVoice(variant), SENTENCES[language], language)
    assert spoken.rate == 22050
    assert 1.0 < spoken.seconds < 5.0
    assert -23 <= loudness(spoken.floats, spoken.rate) <= -16
    assert np.abs(spoken.floats).max() <= CEILING + 1e-3
    loud = np.flatnonzero(np.abs(spoken.floats) > 0.005)
    assert loud[0] < 0.02 * spoken.rate, "leading silence was left"
    assert loud[-1] > len(spoken.samples) - 0.2 * spoken.rate, "trailing silence was left"


async def test_every_emotion_stays_within_the_loudness_of_a_reply() -> None:
    voice = EspeakVoice()
    for emotion in ("neutral", "calm", "happy", "sad", "angry", "fearful"):
        spoken = await say(voice, SENTENCES["en"], "en", Style(emotion=emotion, energy=1.0))
        assert -23 <= loudness(spoken.floats, spoken.rate) <= -16, emotion


async def test_style_changes_rate_and_pitch() -> None:
    voice = EspeakVoice()
    plain = await say(voice, SENTENCES["en"], "en")
    slow = await say(voice, SENTENCES["en"], "en", Style(rate=0.7))
    high = await say(voice, SENTENCES["en"], "en", Style(pitch=1.4))
    assert slow.seconds > 1.25 * plain.seconds
    assert pitch(high) > 1.2 * pitch(plain)
    lively = await say(voice, SENTENCES["en"], "en", Style(emotion="happy", rate=1 / 1.09, pitch=1 / 1.06))
    assert not np.array_equal(lively.samples, plain.samples), "the pitch range did nothing"


async def test_language_it_lacks_is_refused_before_anything_is_spoken() -> None:
    with pytest.raises(UnsupportedLanguage):
        await say(EspeakVoice(), "Bonjour", "fr")


async def test_missing_program_names_the_package() -> None:
    with pytest.raises(EngineFailed, match="apt-get install espeak-ng"):
        await say(EspeakVoice(binary="espeak-ng-that-is-not-there"), "Hello", "en")
    assert "espeak-ng" in MISSING


@pytest.mark.parametrize("text", ["", "  ", "...", "🙂🙂"])
async def test_nothing_to_say_gives_nothing(text: str) -> None:
    assert [piece async for piece in EspeakVoice().synthesize_stream(text, "en")] == []


async def test_markup_in_the_text_is_read_aloud_not_obeyed(tmp_path: Path) -> None:
    """espeak-ng runs sox on the file of an audio tag; a user's text must not reach that."""
    spoken = await say(EspeakVoice(), f'Look: <audio src="{tmp_path}/x.wav"/> </speak> [[h@l\'oU]] & done', "en")
    assert spoken.seconds > 2.0


@pytest.mark.parametrize("text", ["مرحبا hello שלום", "naïve café 🙂 ok", "a" * 300, "Mhoro " * 400])
async def test_odd_text_is_survived(text: str) -> None:
    assert (await say(EspeakVoice(), text, "en")).seconds > 0.2


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


async def test_cancel_stops_it_and_leaves_no_process() -> None:
    stop = False
    pieces = []
    before = children()
    stream = EspeakVoice().synthesize_stream("A long story about nothing at all. " * 100, "en", cancelled=lambda: stop)
    async with aclosing(stream):
        async for piece in stream:
            pieces.append(piece)
            stop = True
    assert len(pieces) == 1
    assert children() <= before


async def test_reader_that_leaves_midway_leaves_no_process() -> None:
    before = children()
    stream = EspeakVoice().synthesize_stream("A long story about nothing at all. " * 100, "en")
    async with aclosing(stream):
        await anext(stream)
    assert children() <= before


async def test_readers_that_leave_midway_leave_no_file() -> None:
    """More sound waits in the pipe than is read ahead; asyncio alone would keep it open."""
    voice, text = EspeakVoice(), "A long sentence that goes on and on, " * 40
    files = psutil.Process().num_fds()
    for _ in range(10):
        async with aclosing(voice.synthesize_stream(text, "en")) as speech:
            await anext(speech)
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.1)
    assert psutil.Process().num_fds() <= files + 2


async def test_readers_that_leave_as_it_ends_are_no_news(caplog: pytest.LogCaptureFixture) -> None:
    """A program that has just ended is waited for by the event loop alone, which else warns of an unknown child."""
    voice = EspeakVoice()

    async def leave(after: float) -> None:
        async with aclosing(voice.synthesize_stream("I hear you.", "en")) as speech:
            await anext(speech)
            await asyncio.sleep(after)

    for _ in range(5):
        await asyncio.gather(*(leave(0.002 * number) for number in range(10)))
    assert not caplog.records


async def test_hung_program_is_cancelled_and_killed(tmp_path: Path) -> None:
    hung = tmp_path / "hung"
    hung.write_text("#!/bin/sh\nexec sleep 60\n")
    hung.chmod(hung.stat().st_mode | stat.S_IXUSR)
    stop = False
    before = children()

    async def speak() -> list[Pcm]:
        voice = EspeakVoice(binary=os.fspath(hung))
        return [piece async for piece in voice.synthesize_stream("Hello", "en", cancelled=lambda: stop)]

    task = asyncio.create_task(speak())
    while children() <= before:  # noqa: ASYNC110 - another process sets no event
        await asyncio.sleep(0.005)
    stop = True
    assert await task == []
    assert children() <= before


@pytest.mark.parametrize("script", ["exit 3", "echo this is not a wave file at all", "cat >/dev/null"])
async def test_broken_program_fails_in_plain_words(tmp_path: Path, script: str) -> None:
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(EngineFailed):
        await say(EspeakVoice(binary=os.fspath(broken)), "Hello", "en")


async def test_cost_is_learned() -> None:
    voice = EspeakVoice()
    for _ in range(3):
        await say(voice, SENTENCES["en"], "en")
    assert voice.cost.seen == 3
    assert 0 < voice.cost.rate < 1
