"""How numbers of a reply are read aloud: as the setting says; the page keeps the figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from izwi.audio import Pcm
from izwi.dialogue.answering import Answering, Going
from izwi.dialogue.reply import Question
from izwi.dialogue.speaker import Speaker
from izwi.engines import Cancelled, Engines, Style, never
from izwi.events import Event, ReplyText
from izwi.settings import Settings
from tests.dialogue.cast import Script, ScriptedAsr, ScriptedLlm, ScriptedVoice, Texts


class Listening(ScriptedVoice):
    """A voice that remembers what it was given to say."""

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncIterator[Pcm]:
        self.given = text
        async for piece in super().synthesize_stream(text, language, style, cancelled):
            yield piece


@pytest.mark.parametrize(("reading", "said"), [("standard", "Vanhu vanomwe."), ("everyday", "Vanhu seven.")])
async def test_figures_are_read_in_the_chosen_style(reading: str, said: str) -> None:
    script = Script(default_reply="Vanhu 7.")
    voice, events, done = Listening(script), [], asyncio.Event()
    engines = Engines(ScriptedAsr(script, Texts()), ScriptedLlm(script), voice)
    speaker = Speaker(16_000)

    def finished(going: Going) -> None:
        done.set()

    send: list[Event] = events
    answering = Answering(
        engines, Settings(reading=reading), speaker, send.append, lambda _: None, finished, now=datetime.now
    )
    answering.start(Question(1, text="vanhu vangani", language="sn"), "auto", Style())
    answering.commit()
    playing = asyncio.create_task(_play(speaker))
    async with asyncio.timeout(20):
        await done.wait()
    playing.cancel()
    assert voice.given == said
    assert [event.text for event in events if isinstance(event, ReplyText) and event.text] == ["Vanhu 7."]


async def _play(speaker: Speaker) -> None:
    while True:
        await speaker.read(320)
