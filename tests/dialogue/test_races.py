"""A thousand conversations in which anything may happen at any moment, each the same every time by its seed."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import pytest

from izwi.bench.virtual_time import in_virtual_time
from izwi.events import Command
from izwi.settings import Settings
from tests.dialogue.laws import end
from tests.dialogue.stage import Script, Stage

SEEDS, AT_ONCE = 1000, 25
WORDS = (
    "makadii zvenyu",
    "ndinoda kuti",
    "mune mari here",
    "ndiudzei ngano",
    "mira",
    "mm-hm",
    "hongu",
    "chingwa chinoita marii",
)
STORY = " ".join(["Paivapo tsuro nagudo vaive shamwari huru."] * 8)
REPLIES = ("Hongu.", "Ndatenda. Ndingakubatsirei nei nhasi?", STORY, STORY)


class Race:
    """One seed's conversation. ``chance`` decides everything."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        settings = Settings(
            greet=self.one_in(4),
            speculate=not self.one_in(5),
            partials=not self.one_in(3),
            openers=self.one_in(2),
            first_token_limit=3.0,
        )
        self.stage = Stage(Script(), settings)

    def one_in(self, count: int) -> bool:
        return self.chance.randrange(count) == 0

    def seconds(self, most: float) -> float:
        """Mostly short; a multiple of a millisecond."""
        return round(most * self.chance.random() ** 2, 3)

    def engines(self) -> None:
        """Every engine becomes as quick, slow or broken as it likes."""
        pick, script = self.chance.choice, self.stage.script
        script.asr_seconds = pick((0.0, 0.02, 0.1, 0.4, 1.5))
        script.first_token = pick((0.0, 0.05, 0.3, 1.0, 4.0))
        script.token_seconds = pick((0.0, 0.01, 0.1))
        script.voice_first = pick((0.0, 0.03, 0.4))
        script.voice_rate = pick((0.05, 0.5, 1.5))
        script.stall = pick((0.0, 0.0, 0.0, 2.0))
        script.unsure = self.one_in(8)
        script.default_reply = pick(REPLIES)
        script.fail = pick(("", "", "", "", "", "", "asr", "llm", "tts"))
        script.fail_after, script.plainly = pick((0, 2)), self.one_in(2)

    def command(self) -> None:
        """The page says something."""
        obey, pick = self.stage.conversation.obey, self.chance.choice
        match self.chance.randrange(7):
            case 0:
                obey(Command("stop", {}))
            case 1:
                obey(Command("text", {"text": pick(("How are you?", "Nguva yava ngani?", " ", "x" * 3000))}))
            case 2:
                obey(Command("mute", {"on": not self.one_in(3)}))
            case 3:
                obey(Command("language", {"language": pick(("sn", "en", "auto", "fr"))}))
            case 4:
                played = {"turn": self.stage.conversation.turn, "seconds": self.seconds(5), "ended": self.one_in(2)}
                obey(Command("playback", played))
            case 5:
                obey(Command("onset", {}))
            case 6:
                obey(Command("voice", {"voice": pick(("auto", "nobody"))}))

    async def happening(self) -> None:
        match self.chance.randrange(14):
            case 12 | 13:
                await self.until_speaking()
            case 0 | 1 | 2 | 3:
                await self.stage.say(self.chance.choice(WORDS), round(self.chance.uniform(0.05, 1.2), 3))
            case 4 | 5 | 6:
                await self.stage.quiet(self.seconds(1.5))
            case 7:
                await self.stage.cough(0.03 + self.seconds(0.4))
            case 8:
                await self.stage.echo(0.1 + self.seconds(1.0))
            case 9:
                await self.stage.noise(self.seconds(0.5))
            case 10:
                self.command()
            case 11:
                self.engines()

    async def until_speaking(self) -> None:
        """Wait for the reply, so that whatever comes next comes into it."""
        self.stage.conversation.mute(False)
        deadline = self.stage.now + self.seconds(4)
        while self.stage.state != "speaking" and self.stage.now < deadline:
            await self.stage.quiet(0.02)

    async def run(self) -> None:
        self.engines()
        self.stage.conversation.greet()
        later = asyncio.get_running_loop().call_later
        surprises = [later(self.seconds(20), self.command) for _ in range(self.chance.randrange(6))]
        for _ in range(self.chance.randrange(8, 30)):
            await self.happening()
        for surprise in surprises:
            surprise.cancel()
        if not self.one_in(3):
            await self.settle()
        await end(self.stage)

    async def settle(self) -> None:
        """Left in peace it comes to rest, and then the next question is answered."""
        stage = self.stage
        await stage.quiet(1.4)  # longer than any patience, so whoever spoke has finished
        await stage.until("idle", within=60.0)
        assert not stage.conversation.listener.hears_speech, "idle, but somebody is still being listened to"
        assert not stage.conversation.interruption.pending, "idle, but an interruption is still being judged"
        vars(stage.script).update(vars(Script()))
        stage.conversation.mute(False)
        asked = len(stage.all("audio_start"))
        await stage.say("makadii zvenyu", 0.6)
        await stage.until("speaking", within=4.0)
        await stage.until("idle", within=5.0)
        assert len(stage.all("audio_start")) == asked + 1


async def _race(seed: int) -> None:
    await Race(seed).run()


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
def test_races(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        try:
            in_virtual_time(partial(_race, seed))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error
