"""The dubbing tab in a real browser: a clip in, the dub out, heard before and after in step, and changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from izwi.dub.example import example

LINES = ("mhoroi shamwari yangu", "ndine nzara chaizvo", "injini yendege inoshanda sei", "ndatenda zvikuru")


def made(folder: Path, lines: Sequence[str]) -> Path:
    """A clip of these lines."""
    path = folder / "clip.wav"
    with ThreadPoolExecutor(1) as other:  # Playwright's loop runs in this thread
        path.write_bytes(other.submit(lambda: asyncio.run(example("sn", lines=lines))).result().sound.wav())
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("clip"), LINES)


def dub(seen: Any, clip: Path) -> None:
    seen.page.click("[data-tab-of=dub]")
    seen.page.set_input_files("#dub-file", clip)
    finished(seen)


def finished(seen: Any) -> None:
    shown = "id => !document.getElementById(id).hidden"
    seen.until(f"['dub-result', 'dub-trouble'].some({shown}) && document.getElementById('dub-going').hidden")
    assert not seen.page.inner_text("#dub-trouble-text")


def value(seen: Any, number: int, name: str) -> Any:
    return seen.page.input_value(f"tr[data-number='{number}'] [name={name}]")


@pytest.mark.parametrize("width", [1440, 360])
def test_a_clip_is_dubbed_heard_and_changed(visit: Any, clip: Path, width: int) -> None:
    seen = visit(width=width, height=800)
    assert not seen.page.is_visible("#dub")
    dub(seen, clip)
    assert not seen.page.is_visible("#talk")
    assert value(seen, 2, "text") == "ndine nzara chaizvo"
    assert value(seen, 2, "translation") == "I am very hungry."
    assert seen.page.is_checked("tr[data-number='3'] [name=keep]")
    assert "Line 3 is left in the original voice" in seen.page.inner_text("#dub-notices")
    assert seen.page.locator("#dub-picture .dub-line").count() == 2 * len(LINES)
    assert seen.page.locator("#dub-picture .dub-line[data-feeling=kept]").count() == 2
    assert seen.ask("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
    small = "label.dub-keep, .dub button, .dub a, .dub select, .dub textarea"
    boxes = seen.ask(f"[...document.querySelectorAll('{small}')].map((one) => one.getBoundingClientRect().toJSON())")
    assert all(min(box["width"], box["height"]) >= 40 for box in boxes if box["width"]), "for fingers, too"
    seen.shoot(f"{width}-dub")
    if width == 360:
        return  # the rest is the same

    seen.page.click("#dub-play")
    seen.until("[...document.querySelectorAll('#dub audio')].every(one => one.currentTime > 0.5)")
    before, after = seen.ask("[...document.querySelectorAll('#dub audio')].map(one => one.currentTime)")
    assert abs(before - after) < 0.3
    assert seen.ask("[...document.querySelectorAll('#dub audio')].map(one => one.muted)") == [True, False]
    seen.page.click("#dub-which [value=original]")
    assert seen.ask("[...document.querySelectorAll('#dub audio')].map(one => one.muted)") == [False, True]
    seen.page.click("#dub-play")
    assert seen.ask("[...document.querySelectorAll('#dub audio')].every(one => one.paused)")

    assert seen.page.is_disabled("#dub-again")
    seen.page.fill("tr[data-number='3'] [name=translation]", "How does an engine work?")
    seen.page.fill("tr[data-number='4'] [name=text]", "tichaonana mangwana")
    seen.page.locator("#dub-again").scroll_into_view_if_needed()
    going = "document.getElementById('dub-going').getBoundingClientRect()"
    assert seen.ask(f"(document.getElementById('dub-again').click(), {going}.top >= 0 && {going}.bottom < innerHeight)")
    finished(seen)
    assert value(seen, 4, "translation") == "See you tomorrow."
    assert value(seen, 3, "translation") == "How does an engine work?"
    assert not seen.page.is_checked("tr[data-number='3'] [name=keep]")
    seen.page.reload()
    seen.until("window.izwiDub")
    seen.page.click("[data-tab-of=dub]")
    finished(seen)
    assert value(seen, 4, "translation") == "See you tomorrow.", "the clip is there when the page is loaded again"
    for file in ("dub.wav", "subtitles.srt", "subtitles.vtt", "timeline.json"):
        with seen.page.expect_download() as coming:
            seen.page.click(f"[data-file='{file}']")
        assert Path(coming.value.path()).stat().st_size > 100


def test_a_recording_in_shona_words_and_a_file_that_is_none(visit: Any, microphone: Any, tmp_path: Path) -> None:
    seen = visit(*microphone(0.5, "hello my friend", 1.5))
    seen.page.click("input[name=language][value=sn]")
    seen.page.click("[data-tab-of=dub]")
    assert "Shandurai rekodhi" in seen.page.inner_text("#dub-title")
    (tmp_path / "song.mp3").write_bytes(b"no song")
    seen.page.set_input_files("#dub-file", tmp_path / "song.mp3")
    seen.until("!document.getElementById('dub-trouble').hidden")
    assert "song.mp3 haiverengeki" in seen.page.inner_text("#dub-trouble")
    seen.page.click("#dub-record")
    seen.page.wait_for_timeout(4000)
    seen.page.click("#dub-record")
    seen.until("document.getElementById('dub-trouble').hidden")
    finished(seen)
    assert seen.page.locator("#dub-lines tr").count() >= 1


def test_a_dub_gives_way_is_stopped_and_goes_on(visit: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    seen = visit()
    seen.ready()
    seen.write("hello")
    seen.until("izwi.captions.filter((entry) => entry.who === 'izwi').length >= 1 && izwi.state === 'written'")
    seen.page.click("[data-tab-of=dub]")
    seen.page.set_input_files("#dub-file", made(tmp_path_factory.mktemp("long"), LINES * 12))
    seen.until("izwiDub.standing?.step.stage")
    seen.page.click("[data-tab-of=talk]")
    seen.write("tell me a story")
    seen.until("izwiDub.standing?.giving_way")
    assert seen.ask("izwi.state") != "written"
    seen.page.click("[data-tab-of=dub]")
    seen.page.route("**/dub/*", lambda route: route.abort())
    seen.until("!document.getElementById('dub-trouble').hidden")
    assert "cannot be reached" in seen.page.inner_text("#dub-trouble-text")
    seen.page.unroute("**/dub/*")
    seen.until("document.getElementById('dub-trouble').hidden")
    seen.page.click("#dub-cancel")
    seen.until("!document.getElementById('dub-on').hidden")
    assert seen.page.inner_text("#dub-trouble-text") == "The dub was stopped; what is ready is kept."
    seen.page.click("#dub-on")
    finished(seen)
    assert seen.page.locator("#dub-lines tr").count() == 12 * len(LINES)
