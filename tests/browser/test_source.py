"""An answer out of the operator's documents names its document on the page, in the page's language."""

from __future__ import annotations

from typing import Any

from tests.browser.test_writing import answered

SOURCE = "[...document.querySelectorAll('#izwi .captions .reply .source')].at(-1)"


def test_the_document_an_answer_comes_from_is_named(visit: Any) -> None:
    page = visit()
    page.ready()
    said = answered(page, "What is the highest mountain?")
    assert "Nyangani" in said["text"]
    assert page.ask(f"{SOURCE}.textContent") == "from zimbabwe.en.md, Mountains"
    assert page.ask(f"{SOURCE}.title").startswith("The highest mountain is Nyangani")
    answered(page, "How are you today?")
    assert page.ask("document.querySelectorAll('#izwi .captions .source').length") == 1
