"""The waterfall of each answer, and a conversation given and taken back, in a real browser."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Server, serving
from tests.browser.visit import CHROMIUM, FLAGS, Visit


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Server]:
    with serving(IZWI_CONTRIBUTIONS="1", IZWI_DATA=str(tmp_path), IZWI_GREET="0") as server:
        yield server


def kept(folder: Path) -> list[str]:
    file = folder / "contributions.sqlite"
    if not file.exists():
        return []
    database = sqlite3.connect(file)
    rows = [user for (user,) in database.execute("SELECT user FROM exchanges ORDER BY rowid")]
    database.close()
    return rows


def ask(page: Visit, text: str) -> None:
    page.ask("window.answered = izwi.log.filter(({ type }) => type === 'timings').length")
    page.write(text)
    page.until("izwi.log.filter(({ type }) => type === 'timings').length > window.answered")


def test_times_are_shown_and_a_conversation_is_given_and_taken_back(
    collecting: Server, tmp_path: Path, playwright: Any
) -> None:
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
    page = Visit(browser.new_page(locale="en-GB"), collecting.url).open()
    page.ready()
    page.until("!document.querySelector('#giving').hidden")
    assert page.page.is_hidden("#times")

    ask(page, "How are you?")
    page.page.check("#giving-on")
    page.until("izwi.log.some(({ type, on }) => type === 'contribution' && on)")
    ask(page, "Tell me a joke.")
    page.until("!document.querySelector('#giving-back').hidden")
    page.page.click("#times summary")
    assert page.page.locator("#times-list li").count() == 2
    shown = page.page.inner_text("#times-list li:first-child")
    assert "first sound" in shown
    assert "finding the voice" in shown
    widths = page.ask(
        "[...document.querySelectorAll('#times-list li:first-child .bar span')].map((s) => s.offsetWidth)"
    )
    whole = page.ask("document.querySelector('#times-list .bar').offsetWidth")
    assert 0 < sum(widths) <= whole + 2 * len(widths)
    page.shoot("1440-giving")
    assert kept(tmp_path) == ["Tell me a joke."]

    page.page.click("#giving-back")
    page.until("!document.querySelector('#giving-said').hidden")
    assert page.page.inner_text("#giving-said") == "It is deleted."
    ask(page, "Thank you.")
    assert kept(tmp_path) == []
    assert not page.errors
    browser.close()


def test_where_nothing_is_collected_nothing_is_offered(visit: Any) -> None:
    page = visit()
    page.ready()
    page.page.wait_for_timeout(500)
    assert page.page.is_hidden("#giving")


def test_what_is_done_without_under_load_is_said_in_the_pages_language(visit: Any) -> None:
    page = visit()
    page.ready()
    tell = "(code) => izwi.page.told({ type: 'notice', code, text: '' })"
    page.ask(tell, "load_partials")
    assert page.page.inner_text("#strain").endswith("your words appear once you have finished.")
    page.page.check("input[name=language][value=sn]", force=True)
    assert page.page.inner_text("#strain").startswith("Vanhu vakawanda")
    page.ask(tell, "load_nothing")
    assert page.page.is_hidden("#strain")
    page.ask(tell, "closing")
    assert "Richapedza mhinduro yaro" in page.page.inner_text("#trouble-text")
