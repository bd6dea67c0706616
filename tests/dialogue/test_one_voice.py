"""The ladder of voices under a conversation: a sentence keeps the voice it began with."""

from __future__ import annotations

from izwi.tts.ladder import Ladder
from tests.dialogue.stage import Script, Stage
from tests.dialogue.test_conversation import play
from tests.tts.scripted import Scripted, rungs

#: Two phrases of one sentence, and a sentence of its own.
REPLY = "Ndinofara chaizvo kukuona pano nhasi shamwari yangu yakanaka, uye ndinovimba kuti waswera zvakanaka. Wakadii?"


class Ailing(Scripted):
    """Breaks at its first phrase and is well afterwards."""

    async def synthesize_stream(self, *args, **options):  # type: ignore[no-untyped-def,override]
        self.breaks = 0 if not self.calls else None
        async for piece in super().synthesize_stream(*args, **options):
            yield piece


def spoken_by(stage: Stage, best: Scripted, last: Scripted) -> list[int]:
    """How many phrases each of the two was asked for."""
    assert not stage.all("error")
    return [best.calls, last.calls]


def test_a_voice_does_not_change_inside_a_sentence_and_may_after_it() -> None:
    best, last = Ailing("best", 200, first=0.02), Scripted("last", 400, first=0.02)
    phrases: list[str] = []

    async def scene(stage: Stage) -> None:
        stage.conversation.engines.tts = Ladder(rungs([best, last]))
        await stage.say("makadii")
        await stage.until("speaking")
        await stage.until("idle")
        phrases.extend(event["text"] for event in stage.all("reply") if event["text"])

    stage = play(scene, Script(default_reply=REPLY))
    assert len(phrases) == 3, f"the reply was to come in three phrases: {phrases}"
    assert spoken_by(stage, best, last) == [2, 2], "both phrases of the sentence by the second voice, then the first"


def test_two_conversations_do_not_share_a_sentence() -> None:
    """What one conversation's voice has begun does not bind another's."""
    best, last = Ailing("best", 200, first=0.02), Scripted("last", 400, first=0.02)
    ladders: list[Ladder] = []

    async def scene(stage: Stage) -> None:
        ladders[:] = ladders or [Ladder(rungs([best, last]))]
        stage.conversation.engines.tts = ladders[0]
        await stage.say("makadii")
        await stage.until("speaking")
        await stage.until("idle")

    half = Script(default_reply=REPLY.split(",", maxsplit=1)[0] + ",")
    play(scene, half)
    assert [best.calls, last.calls] == [1, 1]
    play(scene, half)
    assert [best.calls, last.calls] == [2, 1], "the first turn of another conversation, yet it went on in that voice"
