"""IZWI_REPLY from the setting to the spoken reply: whole turns on tiny real Marians."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from izwi.assembly import _Assembly
from izwi.dialogue.answering import Answering
from izwi.dialogue.reply import Question
from izwi.dialogue.speaker import Speaker
from izwi.engines import Engines, Message, Style
from izwi.events import ReplyText, Source
from izwi.hub.profile import Choice
from izwi.hub.readiness import Readiness
from izwi.hub.registry import load
from izwi.hub.store import Store
from izwi.languages import pack
from izwi.mt.ctranslate import OpusTranslator
from izwi.settings import from_env
from tests.dialogue.cast import Script, ScriptedAsr, ScriptedVoice, Texts
from tests.dialogue.test_grounding import Told

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

ASKED, IN_ENGLISH = "ndinogara kuBulawayo", "I live in Bulawayo"


class Turn:
    """One typed turn under a setting and a profile: two models, one for each language, and the translator."""

    def __init__(self, reply: str, profile: str, translator: OpusTranslator | None, folder: Path) -> None:
        self.english, self.shona = Told("my dog died. Thank you."), Told("Zvakanaka, ndazvinzwa.")
        settings = from_env({"IZWI_REPLY": reply, "IZWI_KNOWLEDGE": str(folder)})
        registry = load(settings.models)
        store = Store(settings.models, settings.cache, "http://localhost")
        assembly = _Assembly(settings, registry, store, Readiness(), Choice(profile, ""))
        routes = {"sn": self.shona, "en": self.english}
        llm = assembly._grounded(assembly._replier(routes, translator), routes)
        self.notices, self.settings = assembly.notices, settings
        self.script = Script()
        self.engines = Engines(ScriptedAsr(self.script, Texts()), llm, ScriptedVoice(self.script))

    async def said(self, text: str, language: str = "sn", history: tuple[Message, ...] = ()) -> tuple[str, list[str]]:
        """The reply as the page has it, and the documents it names."""
        speaker, events, done = Speaker(16_000), [], asyncio.Event()
        answering = Answering(
            self.engines, self.settings, speaker, events.append, lambda _: None, lambda _: done.set(), datetime.now
        )
        answering.start(Question(1, text=text, language=language, history=history), "auto", Style())
        answering.commit()
        playing = asyncio.create_task(_play(speaker))
        async with asyncio.timeout(60):
            await done.wait()
        playing.cancel()
        await answering.close()
        phrases = [event.text for event in events if isinstance(event, ReplyText) and event.text]
        return " ".join(phrases), [event.name for event in events if isinstance(event, Source)]


async def _play(speaker: Speaker) -> None:
    while True:
        await speaker.read(320)


async def test_direct_asks_the_model_of_the_language(translator: OpusTranslator, tmp_path: Path) -> None:
    turn = Turn("direct", "spaces-cpu", translator, tmp_path)
    assert await turn.said(ASKED) == ("Zvakanaka, ndazvinzwa.", [])
    assert turn.shona.seen[0].text == pack("sn").lines["system_prompt"][0]
    assert turn.english.seen == []


@pytest.mark.parametrize("setting", ["pivot", "auto"])
async def test_the_pivot_asks_in_english_and_says_it_in_shona(
    translator: OpusTranslator, tmp_path: Path, setting: str
) -> None:
    turn = Turn(setting, "spaces-cpu", translator, tmp_path)
    history = (Message("user", "mwana ari kurwara"), Message("assistant", "Ndine urombo."))
    assert await turn.said(ASKED, history=history) == ("imbwa yangu yafa. Ndatenda.", [])
    assert [message.text for message in turn.english.seen] == [
        pack("en").lines["system_prompt"][0], "the child is ill", "I am sorry.", IN_ENGLISH,
    ]  # fmt: skip
    assert turn.shona.seen == []


async def test_english_needs_no_pivot(translator: OpusTranslator, tmp_path: Path) -> None:
    turn = Turn("pivot", "spaces-cpu", translator, tmp_path)
    assert await turn.said("my dog died", "en") == ("my dog died. Thank you.", [])
    assert turn.english.seen[-1].text == "my dog died"


async def test_auto_is_direct_in_the_embedded_profile_and_without_a_translator(
    translator: OpusTranslator, tmp_path: Path
) -> None:
    for profile, there in (("embedded", translator), ("spaces-cpu", None)):
        turn = Turn("auto", profile, there, tmp_path)
        assert (await turn.said(ASKED))[0] == "Zvakanaka, ndazvinzwa."


async def test_a_pivot_that_cannot_be_is_said(tmp_path: Path) -> None:
    turn = Turn("pivot", "spaces-cpu", None, tmp_path)
    assert any("no translator" in notice for notice in turn.notices)
    assert (await turn.said(ASKED))[0] == "Zvakanaka, ndazvinzwa."


async def test_a_shona_document_goes_through_the_pivot_with_the_question(
    translator: OpusTranslator, tmp_path: Path
) -> None:
    (tmp_path / "imbwa.sn.md").write_text("# Imbwa\nimbwa yangu yafa\n", "utf-8")
    turn = Turn("pivot", "spaces-cpu", translator, tmp_path)
    _, sources = await turn.said("imbwa yangu ndiani")
    asked = turn.english.seen[-1].text.splitlines()
    assert asked[0].startswith("Text from imbwa.sn.md, Imbwa, quoted")
    assert asked[1:4] == ['"""', "my dog died", '"""']
    assert sources == ["imbwa.sn.md, Imbwa"]
