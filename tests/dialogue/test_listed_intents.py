"""Instant answers to short requests as people say them, listed before any of it was tried."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from izwi.dialogue.intents import Context, answer

CONTEXT = Context(datetime(2026, 11, 20, 15, 15), last_reply="Zvakanaka.", name="Tendai")


def requests() -> list[list[str]]:
    lines = (Path(__file__).parents[1] / "data" / "intents.tsv").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("# ")]


@pytest.mark.parametrize(("language", "intent", "words"), requests())
def test_a_request_is_understood(language: str, intent: str, words: str) -> None:
    found = answer(words, language, CONTEXT)
    assert (found.intent.replace("stopped", "stop") if found else "-") == intent
