"""Store, edits, subtitles, words in time, and the edges of speech."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from izwi.asr.alignment import by_attention, by_letters, evenly
from izwi.asr.ctc import LETTERS
from izwi.audio import Pcm
from izwi.dub import edits
from izwi.dub.progress import Progress, Step
from izwi.dub.spans import cut
from izwi.dub.store import Made, Store, address
from izwi.dub.subtitles import subtitles
from izwi.dub.timeline import Segment, Timeline
from izwi.faults import BadInput

SOUND = Pcm(np.arange(-500, 500, dtype=np.int16), 16_000)


async def _made() -> Made:
    return Made({"text": "mhoro", "note": "…"}, SOUND)


def test_what_was_made_is_not_made_again(tmp_path: Path) -> None:
    name = address("speak", "mhoro", 1.0)
    for _ in range(2):
        store = Store(tmp_path)
        found = asyncio.run(store.get("speak", name, _made))
        assert found.data == {"text": "mhoro", "note": "…"}
        assert found.sound is not None
        assert np.array_equal(found.sound.samples, SOUND.samples)
    assert (store.made, store.found) == ({}, {"speak": 1})
    assert address("speak", "mhoro", 1.0) != address("speak", "mhoro", 1.1) != address("hear", "mhoro", 1.1)


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-2], lambda data: data[:200] + b"\0\0" + data[202:], lambda _: b""]
)
def test_a_damaged_entry_is_made_again(tmp_path: Path, harm: object) -> None:
    store, name = Store(tmp_path), address("speak", "mhoro")
    store.write(name, asyncio.run(_made()))
    (path,) = tmp_path.glob("??/*")
    path.write_bytes(harm(path.read_bytes()))  # type: ignore[operator]
    assert store.read(name) is None
    asyncio.run(store.get("speak", name, _made))
    assert store.read(name) is not None


def test_a_disk_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("a file where the folder should be")
    store = Store(tmp_path / "made")
    assert asyncio.run(store.get("speak", "ab", _made)).sound is not None


def test_the_store_does_not_grow_for_ever(tmp_path: Path) -> None:
    store = Store(tmp_path, limit=5000)
    for number in range(5):
        store.write(address("speak", number), asyncio.run(_made()))
    (tmp_path / "00").mkdir(exist_ok=True)
    (tmp_path / "00" / ".half-written").write_bytes(b"x")
    store.tidy()
    assert sum(path.stat().st_size for path in tmp_path.glob("??/*")) <= 5000
    assert not (tmp_path / "00" / ".half-written").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"edit": []},
        {"edits": {}},
        {"edits": [3]},
        {"edits": [{"text": "x"}]},
        {"edits": [{"segment": 1, "swap": "x"}]},
        {"edits": [{"segment": 1, "keep": "yes"}]},
        {"edits": [{"segment": 1, "text": 5}]},
        {"edits": [{"segment": 1, "text": "x" * 501}]},
        {"transcript": "one line"},
        {"transcript": [None]},
        {"edits": [{"segment": True, "text": "x"}]},
        {"edits": [{"segment": 1.0, "text": "x"}]},
        {"edits": [{"segment": 1, "start": 3.0}]},
        {"edits": [{"segment": 1, "text": "x"}, {"segment": 1, "keep": True}]},
    ],
)
def test_edits_that_are_none(wrong: object) -> None:
    with pytest.raises(BadInput):
        edits.parsed(wrong)


def test_edits_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "edits.json"
    with pytest.raises(BadInput, match="cannot be read"):
        edits.read_edits(path)
    for broken in ("{", "[" * 100_000):
        path.write_text(broken)
        with pytest.raises(BadInput, match=r"edits\.json is not JSON"):
            edits.read_edits(path)
    path.write_text(json.dumps({"edits": [{"segment": 2, "swap": ["a", "b"], "keep": False}]}))
    assert edits.read_edits(path) == {2: edits.Edit(2, swap=("a", "b"), keep=False)}


def test_what_nobody_can_say_is_left_out_of_a_line() -> None:
    line = {"segment": 1, "text": "mho\u0000ro\ud800\n shamwari", "translation": "hello 🙂"}
    assert edits.parsed({"edits": [line]}) == {1: edits.Edit(1, text="mho ro shamwari", translation="hello 🙂")}


def test_a_line_of_a_transcript_may_be_edited_too() -> None:
    both = {"transcript": ["a", "b"], "edits": [{"segment": 2, "keep": True}]}
    assert edits.parsed(both) == {1: edits.Edit(1, text="a"), 2: edits.Edit(2, text="b", keep=True)}


def test_a_word_that_is_not_there_cannot_be_swapped() -> None:
    segment = Segment(2, 0.0, 1.0, language="sn", text="ndinogara kuharare", translation="I live in Harare.")
    for old, new in (("Harare", "Mutare"), ("kuharare", "kumutare"), ("kuharare", "")):
        edit = edits.Edit(2, swap=(old, new))
        edits.translated(edits.heard(segment, edit), edit)
    with pytest.raises(BadInput, match="line 2 has no word 'zebra' to swap"):
        edits.translated(segment, edits.Edit(2, swap=("zebra", "horse")))


def test_a_swapped_word_is_a_whole_word_and_keeps_its_capital() -> None:
    assert edits.swapped("Harare and harare, not Harareans", "harare", "mutare") == "Mutare and mutare, not Harareans"
    assert edits.swapped("text", "", "x") == "text"


@pytest.mark.parametrize(("text", "language"), [("ndine nzara chaizvo", "sn"), ("no", "en"), ("mhoro friend", "en")])
def test_a_corrected_text_tells_its_own_language(text: str, language: str) -> None:
    wrong = Segment(1, 0.0, 1.0, language="en", text="in dinner nah", unsure=True)
    right = edits.heard(wrong, edits.Edit(1, text=text))
    assert (right.text, right.language, right.unsure) == (text, language, False)


def _timeline(*segments: Segment) -> Timeline:
    return Timeline("clip.wav", 3700.0, 16_000, "en", segments)


def test_subtitles() -> None:
    timeline = _timeline(
        Segment(1, 1.5, 2.5, text="mhoro", translation="Hello.", spoken_end=2.75),
        Segment(2, 3.0, 4.0, kept=True, translation="said by nobody"),
        Segment(3, 3661.0, 3662.0, text="injini --> <b>", kept=True),
    )
    assert subtitles(timeline) == (
        "1\n00:00:01,500 --> 00:00:02,750\nHello.\n\n2\n01:01:01,000 --> 01:01:02,000\ninjini → <b>\n"
    )
    assert subtitles(timeline, "vtt").startswith("WEBVTT\n\n00:00:01.500 --> 00:00:02.750\nHello.\n")


def _letters(text: str) -> np.ndarray:
    """Log-probabilities of a head that is nearly sure of ``text``, one letter or "-" (blank) a frame."""
    scores = np.full((len(text), 1 + len(LETTERS)), -8.0, np.float32)
    for frame, letter in enumerate(text):
        scores[frame, 0 if letter == "-" else LETTERS.index(letter) + 1] = -0.01
    return scores


def test_words_are_found_where_their_letters_are() -> None:
    timed = by_letters(_letters("--mm-aa- --b-bb-aa--"), ["Ma,", "bba"], frame=0.1)
    assert [word.text for word in timed] == ["Ma,", "bba"]
    assert [(round(word.start, 1), round(word.end, 1)) for word in timed] == [(0.2, 0.7), (1.1, 1.8)]


def test_words_without_letters_take_no_time_and_too_little_sound_gives_none() -> None:
    timed = by_letters(_letters("--ma--"), ["ma", "25"], frame=0.1)
    assert timed[1].start == timed[1].end == timed[0].end
    assert by_letters(_letters("--"), ["mangwanani"]) == []
    assert by_letters(_letters("--"), []) == []


def test_words_by_whispers_own_attention() -> None:
    pairs = [(0, 5), (0, 6), (1, 7), (2, 12), (3, 15)]
    timed = by_attention(pairs, ["mhoro", "shamwari"], lambda word: 2, frame=0.02)
    assert [(round(word.start, 2), round(word.end, 2)) for word in timed] == [(0.1, 0.16), (0.24, 0.32)]


def test_words_where_nobody_tells() -> None:
    timed = evenly(["a", "bcd"], 3.0)
    assert [(word.start, word.end) for word in timed] == [(0.0, 1.0), (1.0, 3.0)]


def _tone(seconds: float, *sounding: tuple[float, float]) -> np.ndarray:
    chance = np.random.default_rng(0)
    time = np.arange(round(seconds * 16_000)) / 16_000
    sound = chance.normal(0, 0.001, len(time)).astype(np.float32)
    for start, end in sounding:
        sound += np.where((time >= start) & (time < end), 0.1 * np.sin(2 * np.pi * 500 * time), 0).astype(np.float32)
    return sound


def _chances(seconds: float, *speaking: tuple[float, float]) -> np.ndarray:
    middles = (np.arange(round(seconds * 16_000 / 512)) + 0.5) * 0.032
    return np.array([0.9 if any(a <= at < b for a, b in speaking) else 0.02 for at in middles], np.float32)


def test_the_edges_are_where_the_sound_begins_and_ends() -> None:
    sound, chances = _tone(5.0, (1.0, 2.0), (3.0, 4.0)), _chances(5.0, (1.08, 1.95), (2.95, 4.1))
    spans = cut(sound, chances)
    assert np.allclose(spans, [(1.0, 2.0), (3.0, 4.0)], atol=0.03)


def test_a_breath_does_not_part_a_sentence_and_a_click_is_no_speech() -> None:
    sound = _tone(5.0, (1.0, 2.0), (2.2, 3.0), (4.0, 4.05))
    assert len(cut(sound, _chances(5.0, (1.0, 2.0), (2.2, 3.0), (4.0, 4.08)))) == 1


def test_long_speech_is_cut_at_its_quietest() -> None:
    sound = _tone(20.0, (1.0, 6.0), (6.25, 12.0), (12.2, 18.0))
    spans = cut(sound, _chances(20.0, (1.0, 18.0)))
    assert all(end - start <= 7.0 for start, end in spans)
    assert any(abs(end - 6.1) < 0.15 for _, end in spans)
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]


def test_progress_grows_and_tells_the_time_left() -> None:
    steps: list[Step] = []
    clock = iter(range(100))
    progress = Progress(steps.append, lambda: float(next(clock)))
    for stage in ("listen", "hear", "feel", "translate", "speak", "splice"):
        for done in range(2):
            progress.at(stage, done, 2)  # type: ignore[arg-type]
    progress.finished()
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert steps[0].left is None
    assert steps[-2].left is not None
    assert steps[-2].left < steps[4].left  # type: ignore[operator]
