"""What a turn tells about its times: with an opener the content is later than the first sound."""

from __future__ import annotations

from typing import Any

import pytest

from izwi.bench.virtual_time import in_virtual_time
from izwi.dialogue.openers import Openers
from izwi.engines import Cost, Style
from izwi.languages import pack
from tests.conversations.player import Player
from tests.conversations.script import parse
from tests.dialogue.cast import Script
from tests.dialogue.stage import Stage

TALK = """# two questions to a slow model: the second is bridged
engines first_token 1.5
user "kunze kwakadii nhasi" 0.8
expect audio_end
user "ko mangwana" 0.8
expect audio_end
expect timings
"""


def test_the_content_comes_after_the_opener() -> None:
    async def scene() -> tuple[list[dict[str, float]], float]:
        stage = Stage()
        await Player(stage).play(parse(TALK, "bridged"))
        opener = next(text for text in stage.all("reply") if not text["final"] and text["turn"] == 2)
        sounds = stage.conversation.answering._openers.sounds  # type: ignore[union-attr]
        seconds = {line: sound.seconds for (_, _, style, line), sound in sounds.items() if style == Style()}
        return [told["marks"] for told in stage.all("timings")], seconds[opener["text"]]

    (plain, bridged), opener = in_virtual_time(scene)
    assert plain["content"] == plain["heard"]
    assert opener > 0.05
    assert bridged["content"] >= bridged["heard"] + opener - 1e-3
    assert bridged["content"] >= bridged["first sound"]


def test_a_slow_model_is_expected_to_be_late_before_its_first_reply() -> None:
    """What the engines cost when they were warmed up is enough; without it nothing is foretold."""
    openers = Openers()
    openers.expect(Cost(), Cost())
    assert not openers.late(0.0)
    openers.expect(Cost(0.1, 0.05, 1), Cost(0.1, 0.2, 1))
    assert openers.reply.first == pytest.approx(0.55)
    assert openers.late(0.0)
    openers.expect(Cost(9.0, 9.0, 1), Cost(9.0, 9.0, 1))
    assert openers.reply.first == pytest.approx(0.55)


def test_the_first_question_of_all_is_bridged_where_a_late_reply_was_foretold() -> None:
    async def scene() -> list[dict[str, Any]]:
        stage = Stage(Script(first_token=1.5))
        openers = stage.conversation.answering._openers
        assert openers is not None
        openers.expect(Cost(1.5, 0.05, 1), Cost(0.1, 0.2, 1))
        stage.conversation.greet()  # which says nothing here
        await stage.say("nguva yakaita sei")
        await stage.until("speaking")
        return stage.all("reply")

    assert in_virtual_time(scene)[0]["text"] in pack("sn").lines["opener_question"]
