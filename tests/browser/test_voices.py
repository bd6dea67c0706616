"""Choosing a voice: what this machine cannot afford is shown, and why; what comes late is offered when it comes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import serving

OFF = "20× slower than real time here: off"


@pytest.mark.parametrize("width", [360, 1440])
def test_a_voice_the_machine_cannot_afford_says_so_and_cannot_be_chosen(visit: Any, width: int) -> None:
    with serving("--heavy", "--slow", "3") as server:
        page = visit(url=server.url, width=width)
        assert page.ask("izwi.page.ready") is False, "the page came after the voices: nothing is proven"
        page.ready()
        page.until("document.querySelector('#voice').options.length > 2")
        heavy = page.page.locator("#voice option[value='qwen3-tts-0.6b']")
        assert heavy.is_disabled()
        assert heavy.inner_text() == f"qwen3-tts-0.6b · {OFF}"
        assert f"qwen3-tts-0.6b: {OFF}" in page.page.inner_text("#notices")
        assert page.page.locator("#voice option[value='espeak']").is_enabled()
        assert page.ask("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
        page.shoot(f"voices-{width}")
