"""One voice trying one phrase: it runs as a task, puts numbered pieces into the phrase's queue, and can be dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from izwi.audio import Pcm, join
from izwi.engines import TTS, Cancelled, EngineFailed, Style
from izwi.tts.breaker import Breaker
from izwi.tts.fence import Sounded, Ticket
from izwi.tts.soundness import ENOUGH, Unsound, check_noise, check_piece, check_sound, check_whole

#: A phrase longer than this is a voice that does not stop.
LONGEST = 60.0


class NotReady(EngineFailed):
    """A voice still loads its model. That is no failure: the next phrase asks again, and meanwhile others speak."""


@dataclass(frozen=True)
class Phrase:
    """What is to be spoken."""

    text: str
    language: str
    style: Style
    cancelled: Cancelled


@dataclass
class Rung:
    """A voice on the ladder. A ``trusted`` one (in our own process) streams from its first phrase on.

    ``revision`` names the model's weights: a new one makes the cached phrases of the old one unreachable; without one
    nothing is cached.
    """

    voice: TTS
    trusted: bool = False
    revision: str = ""
    breaker: Breaker = field(default_factory=Breaker)

    @property
    def name(self) -> str:
        return self.voice.name


@dataclass(frozen=True)
class Ended:
    """The attempt is over. Seconds to its first sound and of work, its speech; or the error that ended it."""

    ticket: Ticket
    first: float = 0.0
    work: float = 0.0
    pieces: tuple[Pcm, ...] = ()
    error: Exception | None = None


class Attempt:
    """Runs ``rung`` on ``phrase``; puts `Sounded` and then one `Ended` into ``door``.

    With ``hold`` nothing is put before the whole phrase has been found sound. ``hertz`` and ``expected`` (seconds) are
    what this voice usually gives, 0 where not known.
    """

    def __init__(
        self, rung: Rung, phrase: Phrase, ticket: Ticket, door: asyncio.Queue[Sounded | Ended], hold: bool
    ) -> None:
        self.rung, self.ticket = rung, ticket
        self.hertz, self.expected = 0, 0.0
        self._phrase, self._door, self._hold = phrase, door, hold
        self._dropped = self._begun = False
        self._unchecked: list[Pcm] = []
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self.task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        self.task = asyncio.create_task(self._run(), name=f"{self.rung.name} speaks")
        return self.task

    def drop(self) -> None:
        """Nobody wants it any more: tell the voice, and cancel the task."""
        self._dropped = True
        if self.task is not None:
            self.task.cancel()

    def _unwanted(self) -> bool:
        return self._dropped or self._phrase.cancelled()

    async def _put(self, item: Sounded | Ended) -> None:
        if not self._dropped:
            await self._door.put(item)

    async def _run(self) -> None:
        try:
            ended = await self._speak()
        except Exception as error:  # a voice may break in any way; the next rung speaks
            ended = Ended(self.ticket, error=error)
        await self._put(ended)

    async def _speak(self) -> Ended:
        phrase = self._phrase
        speech = self.rung.voice.synthesize_stream(phrase.text, phrase.language, phrase.style, self._unwanted)
        pieces: list[Pcm] = []
        seconds = first = work = 0.0
        asked = self._clock()
        try:
            async for piece in speech:
                work += self._clock() - asked
                first = first or work
                check_piece(piece, self.hertz)
                self.hertz = piece.rate
                pieces.append(piece)
                seconds += piece.seconds
                if seconds > LONGEST:
                    raise Unsound("a phrase without an end")
                if not self._hold:
                    await self._let_out(piece)
                asked = self._clock()
            work += self._clock() - asked
        finally:
            await _close(speech)
        check_whole(pieces, self.expected)
        for piece in pieces if self._hold else self._unchecked:
            await self._put(Sounded(self.ticket, piece))
        return Ended(self.ticket, first, work, tuple(pieces))

    async def _let_out(self, piece: Pcm) -> None:
        """Hand a piece on; of a voice that is not our own only what is long enough to have been found no noise."""
        self._unchecked.append(piece)
        if not self.rung.trusted and sum(waiting.seconds for waiting in self._unchecked) < ENOUGH:
            return
        block, self._unchecked = self._unchecked, []
        if not self._begun:
            check_sound(join(block))
        elif not self.rung.trusted:
            check_noise(join(block))
        self._begun = True
        for waiting in block:
            await self._put(Sounded(self.ticket, waiting))


async def _close(speech: AsyncIterator[Pcm]) -> None:
    """Close the stream where it can be closed (a generator), so that its voice is free at once."""
    close = getattr(speech, "aclose", None)
    if close is not None:
        await close()
