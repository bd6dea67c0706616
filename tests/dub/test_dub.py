"""The whole dub on the embedded engines: what must hold, edits, bad clips, broken runs, giving way."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from izwi.audio import Pcm, from_floats, join, read
from izwi.dub.edits import parsed
from izwi.dub.figures import Figures, measured
from izwi.dub.pipeline import Means, Stopped, dubbed
from izwi.dub.source import read_clip
from izwi.dub.store import Store
from izwi.dub.timeline import Timeline
from izwi.engines import Cancelled, Cost, EngineFailed, Engines, Style, never
from izwi.faults import BadInput
from izwi.tts.attempt import Rung
from izwi.tts.espeak import EspeakVoice
from izwi.tts.ladder import Ladder
from tests.dub.conftest import Dubbed

pytestmark = pytest.mark.engine
ROOT = Path(__file__).parents[2]


@pytest.fixture
def means(engines: Engines, tmp_path: Path) -> Means:
    return Means(engines, Store(tmp_path / "made"))


def run(path: Path, means: Means, to: str = "en", edits: object = None) -> Timeline:
    return asyncio.run(dubbed(read_clip(path), means, to, parsed(edits or {})))


def test_twenty_lines_in_noise(twenty: Dubbed, engines: Engines) -> None:
    plain = run(twenty.path, Means(engines, twenty.store, match=False))
    figures = asyncio.run(measured(twenty.example, twenty.timeline, plain, twenty.store, engines.asr))
    print(figures.table())
    assert len(twenty.timeline.dubbed) == 20
    assert max(map(abs, figures.starts)) <= 0.08
    assert abs(figures.length) <= 0.02
    assert abs(figures.loudness) <= 1.0
    assert figures.colour <= figures.plain / 2
    assert figures.jump <= 6.0
    assert min(figures.heard) >= 0.6
    assert np.mean(figures.heard) >= 0.9
    assert figures.left <= -20.0


def test_a_bad_dub_has_bad_figures(twenty: Dubbed, engines: Engines) -> None:
    """Each of them can fail: late, too loud and dull; a line missing, the original voice still there, a click."""
    good, original = twenty.timeline, twenty.example.sound
    assert good.sound is not None

    def figures(samples: np.ndarray) -> Figures:
        bad = replace(good, segments=good.segments[:4], sound=from_floats(samples, good.rate))
        plain = replace(good, segments=good.segments[:4])
        return asyncio.run(measured(twenty.example, bad, plain, twenty.store, engines.asr))

    late = figures(1.5 * np.convolve(np.roll(good.sound.floats, round(0.1 * good.rate)), np.ones(8) / 8, "same"))
    assert min(late.starts) > 0.08
    assert late.loudness > 1.0
    assert late.colour > late.plain / 2
    samples = original.floats.copy()
    missing, clicked = (round(good.segments[number].start * good.rate) for number in (1, 2))
    samples[missing : missing + round(good.segments[1].seconds * good.rate)] = 0.0
    samples[clicked : clicked + 100] += np.random.default_rng(0).uniform(-0.5, 0.5, 100).astype(np.float32)
    wrong = figures(samples[: -round(0.03 * len(samples))])
    assert wrong.length < -0.02
    assert wrong.heard[1] < 0.6
    assert wrong.left > -3.0
    assert wrong.jump > 6.0


def test_the_timeline_holds_all_there_is_to_know(twenty: Dubbed) -> None:
    for segment, (start, end, text) in zip(twenty.timeline.segments, twenty.example.lines, strict=True):
        assert segment.text == text
        assert abs(segment.start - start) <= 0.08
        assert [word.text for word in segment.words] == text.split()
        assert all(a.end <= b.start + 1e-6 for a, b in zip(segment.words, segment.words[1:], strict=False))
        assert segment.words[-1].end == pytest.approx(end, abs=0.2)
        assert segment.cues is not None
        assert segment.cues.pitch > 60
        assert segment.cues.pause > 0.3
        assert 0.7 <= segment.speed <= 1.3
    assert Timeline.of(twenty.timeline.json()) == replace(twenty.timeline, sound=None)


def test_the_pauses_are_the_originals(twenty: Dubbed) -> None:
    """Between the lines, clear of the crossfades, not a sample is changed."""
    dub = twenty.timeline
    assert dub.sound is not None
    first = round((dub.segments[0].start - 0.1) * dub.rate)
    assert np.array_equal(dub.sound.samples[:first], twenty.example.sound.samples[:first])


def test_an_edit_makes_one_segment_again_and_costs_little(twenty: Dubbed, engines: Engines, tmp_path: Path) -> None:
    store = Store(tmp_path / "made")
    started = _spent()
    before = run(twenty.path, Means(engines, store))
    whole = _spent() - started
    store.made.clear()
    started = _spent()
    edited = run(twenty.path, Means(engines, store), edits={"edits": [{"segment": 3, "text": "ndinogara kumutare"}]})
    assert _spent() - started <= 0.15 * whole
    assert edited.segments[2].translation == "I live in Mutare."
    assert store.made == {"words": 1, "translate": 1, "speak": 1, "blend": 1}
    assert edited.sound is not None
    assert before.sound is not None
    changed = np.flatnonzero(edited.sound.samples != before.sound.samples) / edited.rate
    line = edited.segments[2]
    assert line.start - 0.1 < changed[0]
    assert changed[-1] < edited.segments[3].start


def _spent() -> float:
    return sum(os.times()[:4])


def test_a_word_a_translation_and_a_voice_may_be_changed(twenty: Dubbed, engines: Engines) -> None:
    edits = {
        "edits": [
            {"segment": 1, "keep": True},
            {"segment": 3, "swap": ["Bulawayo", "Gweru"]},
            {"segment": 4, "translation": "I am thirty."},
            {"segment": 6, "swap": ["kuharare", "kumutare"]},
        ]
    }
    changed = run(twenty.path, Means(engines, twenty.store), edits=edits).segments
    assert (changed[0].kept, changed[0].note) == (True, "kept as you asked")
    assert changed[2].translation == "I live in Gweru."
    assert changed[3].translation == "I am thirty."
    assert changed[5].translation == "I am going to Mutare tomorrow."


def test_a_corrected_transcript(twenty: Dubbed, engines: Engines) -> None:
    lines = [text for _, _, text in twenty.example.lines]
    lines[7] = "kuri kutonhora"
    twenty.store.made.clear()
    changed = run(twenty.path, Means(engines, twenty.store), edits={"transcript": lines})
    assert changed.segments[7].translation == "It is cold."
    assert twenty.store.made["speak"] == 1


def test_an_edit_of_nothing(twenty: Dubbed, engines: Engines) -> None:
    with pytest.raises(BadInput, match="no segment 21; this clip has 1 to 20"):
        run(twenty.path, Means(engines, twenty.store), edits={"edits": [{"segment": 21, "keep": True}]})


def test_what_cannot_be_translated_stays_in_the_original_voice(clip: Callable[..., Path], means: Means) -> None:
    path = clip("ndine nzara chaizvo", "injini yendege inoshanda sei", "ndatenda zvikuru")
    dub = run(path, means)
    assert [segment.kept for segment in dub.segments] == [False, True, False]
    assert "could not be translated" in dub.segments[1].note
    assert dub.notices[0] == "Line 2 is left in the original voice; the notes say why."
    assert "phrase book" in dub.notices[1]
    assert dub.sound is not None
    line = slice(round(dub.segments[1].start * dub.rate), round(dub.segments[1].end * dub.rate))
    assert np.array_equal(dub.sound.samples[line], read(path).samples[line])


def test_two_languages(clip: Callable[..., Path], means: Means, tmp_path: Path) -> None:
    parts = [read(clip("ndine nzara chaizvo")), read(clip("hello my friend", language="en"))]
    path = tmp_path / "both.wav"
    path.write_bytes(join(parts).wav())
    dub = run(path, means)
    assert [segment.language for segment in dub.segments] == ["sn", "en"]
    assert [segment.kept for segment in dub.segments] == [False, True]
    assert dub.segments[1].note == "this is English already"
    assert any("English and chiShona are spoken" in notice for notice in dub.notices)


def _music() -> np.ndarray:
    chance, seconds = np.random.default_rng(1), np.arange(6400) / 16_000
    notes = [
        sum(np.sin(2 * np.pi * hz * k * seconds) / k for k in (1, 2, 3)) * np.exp(-2 * seconds)
        for hz in chance.choice([220, 247, 262, 294, 330, 392], 25)
    ]
    return np.asarray(0.2 * np.concatenate(notes), np.float32)


@pytest.mark.parametrize(
    "sound",
    [np.zeros(48_000, np.float32), np.random.default_rng(0).normal(0, 0.05, 96_000).astype(np.float32), _music()],
    ids=["silence", "noise", "music"],
)
def test_nobody_speaks(means: Means, tmp_path: Path, sound: np.ndarray) -> None:
    path = tmp_path / "quiet.wav"
    path.write_bytes(from_floats(sound, 16_000).wav())
    with pytest.raises(BadInput, match=r"(nobody speaks|no words were understood) in quiet\.wav"):
        run(path, means)


class Voice:
    """A voice that whistles and breaks."""

    languages = frozenset({"sn", "en"})
    licence = "test"

    def __init__(self, name: str) -> None:
        self.name, self.cost = name, Cost()

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        seconds = np.arange(22_050 // 4) / 22_050
        yield from_floats(0.5 * np.sin(2 * np.pi * 3000 * seconds), 22_050)  # a whistle: heard, it would be the ghost
        raise EngineFailed("The voice broke.")


@pytest.mark.parametrize("whole", [True, False], ids=["as in a dub", "as in live talk"])
def test_nothing_of_an_abandoned_voice_is_heard(clip: Callable[..., Path], means: Means, whole: bool) -> None:
    """Not even of one that was trusted and breaks in the middle of a phrase; where it is heard, we would find it."""
    ladder = Ladder([Rung(Voice("broken"), trusted=True), Rung(EspeakVoice(), trusted=True)])
    ladder.whole = whole
    means.engines = replace(means.engines, tts=ladder)
    dub = run(clip("ndine nzara chaizvo", "ndatenda zvikuru"), means)
    assert len(dub.dubbed) == 2
    assert dub.sound is not None
    power = np.abs(np.fft.rfft(dub.sound.floats)) ** 2
    hz = np.fft.rfftfreq(len(dub.sound.samples), 1 / dub.rate)
    whistle = power[(hz > 2990) & (hz < 3010)].mean()
    assert (whistle < 4 * power[(hz > 2800) & (hz < 3200)].mean()) == whole


def test_a_voice_that_fails_leaves_the_original(clip: Callable[..., Path], means: Means) -> None:
    means.engines = replace(means.engines, tts=Voice("broken"))
    (segment,) = run(clip("ndine nzara chaizvo"), means).segments
    assert (segment.kept, segment.note) == (True, "The voice broke. The original voice stays.")


def test_an_empty_translation(clip: Callable[..., Path], means: Means) -> None:
    class Nothing:
        name, pairs = "nothing", frozenset({("sn", "en")})

        async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
            return " … "

    means.engines = replace(means.engines, translator=Nothing())
    dub = run(clip("ndine nzara chaizvo"), means)
    assert dub.segments[0].kept
    assert dub.notices == ("Every line is left in the original voice; the notes say why.",)


def test_a_translator_that_fails_once_is_asked_again_the_next_time(clip: Callable[..., Path], means: Means) -> None:
    class Shaky:
        name, pairs = "shaky", frozenset({("sn", "en")})
        broken = True

        async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
            if self.broken:
                raise EngineFailed("The translator broke.")
            return "I am hungry."

    path, shaky = clip("ndine nzara chaizvo"), Shaky()
    means.engines = replace(means.engines, translator=shaky)
    (segment,) = run(path, means).segments
    assert (segment.kept, segment.note) == (True, "The translator broke. The original voice stays.")
    shaky.broken = False
    assert [segment.translation for segment in run(path, means).dubbed] == ["I am hungry."]


def test_it_gives_way_before_every_segment_and_stops_when_asked(clip: Callable[..., Path], means: Means) -> None:
    path = clip("ndine nzara chaizvo", "mvura iri kunaya", "ndatenda zvikuru")
    asked: list[str] = []
    stage = [""]

    async def give_way() -> None:
        asked.append(stage[0])

    means.give_way = give_way
    means.progress = lambda step: stage.__setitem__(0, step.stage)
    run(path, means)
    assert len(asked) == 1 + 5 * 3  # listening (one piece of ten seconds), then five stages of three segments
    means.store = Store(means.store._folder.parent / "other")
    means.cancelled = lambda: stage[0] == "translate"
    with pytest.raises(Stopped):
        run(path, means)
    assert means.store.made["hear"] == 3
    means.cancelled = never
    run(path, means)
    assert means.store.made["hear"] == 3, "what was ready when it stopped is not made twice"


def test_a_killed_run_goes_on_where_it_was(twenty: Dubbed, tmp_path: Path) -> None:
    env = {**os.environ, "IZWI_PROFILE": "embedded", "IZWI_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    path, made = shutil.copy(twenty.path, tmp_path / "clip.wav"), tmp_path / "dub"
    command = [sys.executable, "-m", "izwi", "dub", str(path), "--out", str(tmp_path / "out.wav")]
    command += ["--timeline", str(tmp_path / "out.json")]
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    while len(list(made.glob("??/*"))) < 20 and process.poll() is None:
        signal.sigtimedwait([], 0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "out.wav").exists()
    before = {entry: entry.stat().st_ino for entry in made.glob("??/[!.]*")}
    subprocess.run(command, env=env, check=True, capture_output=True)
    assert len(before) >= 20
    assert {entry: entry.stat().st_ino for entry in before} == before, "nothing that was ready is made again"
    found = Timeline.of((tmp_path / "out.json").read_text("utf-8"))
    assert [s.translation for s in found.segments] == [s.translation for s in twenty.timeline.segments]
    assert twenty.timeline.sound is not None
    other = twenty.timeline.sound.floats  # made in one go; espeak-ng's level, learned as it speaks, differs a little
    assert np.std(read(tmp_path / "out.wav").floats - other) < 0.1 * np.std(other)
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["target"] == "en"
