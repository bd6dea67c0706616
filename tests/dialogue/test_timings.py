"""What a turn tells about its times: with an opener the content is later than the first sound."""

from __future__ import annotations

from izwi.bench.virtual_time import in_virtual_time
from izwi.engines import Style
from tests.conversations.player import Player
from tests.conversations.script import parse
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
