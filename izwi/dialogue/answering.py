"""The answers under way: one in the making, perhaps one set aside because the user went on after a pause.

An answer starts when the user first falls silent and is committed when the turn ends. If the user goes on, it is set
aside; when they pause again and the words turn out to be the same (a breath, a click), its work is kept.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from izwi.dialogue.openers import Openers
from izwi.dialogue.reply import Answer, Limits, Question, Reply
from izwi.dialogue.speaker import Speaker
from izwi.engines import TTS, EngineFailed, Engines, Style, UnsupportedLanguage
from izwi.events import Event, Failed
from izwi.settings import Settings
from izwi.spent import Ledger
from izwi.thrift import SHORT, SHORTEST_CUT

log = logging.getLogger(__name__)


@dataclass
class Going:
    """An answer in the making, the task that makes it, and its generation once it is committed."""

    reply: Reply
    task: asyncio.Task[Answer]
    generation: int = -1


class Answering:
    """``understood`` is called when an answer knows its question, ``finished`` when a committed one is complete."""

    def __init__(
        self,
        engines: Engines,
        settings: Settings,
        speaker: Speaker,
        send: Callable[[Event], None],
        understood: Callable[[Reply], None],
        finished: Callable[[Going], None],
        now: Callable[[], datetime],
        openers: Openers | None = None,
    ) -> None:
        self.ledger = Ledger()
        self._name = token_hex(8)
        self.going: Going | None = None
        self._aside: Going | None = None
        self._engines, self._speaker, self._send, self._now = engines, speaker, send, now
        self._openers = openers if settings.openers else None
        if self._openers:
            self._openers.expect(engines.llm.cost, engines.tts.cost)
        self._reading = settings.reading
        self._limits = Limits(settings.first_token_limit, settings.reply_tokens)
        self._short = Limits(settings.first_token_limit, min(settings.reply_tokens, SHORTEST_CUT), SHORT)
        self._tell_understood, self._tell_finished = understood, finished
        self._tasks: set[asyncio.Task[None]] = set()

    def expect(self, language: str, voice: str, style: Style) -> None:
        """A first question in ``language`` will come: have ready what bridges the wait for its answer."""
        self._prepare(language, self._engines.voices.get(voice, self._engines.tts), style)

    def start(self, question: Question, voice: str, style: Style) -> Reply:
        """Begin to answer, unheard until ``commit``."""
        thrift = self._engines.thrift
        reply = Reply(
            question,
            self._engines.affordable,
            self._speaker,
            self.ledger,
            self._send,
            limits=self._short if thrift.without("reply_length") else self._limits,
            now=self._now,
            understood=self._understood,
            openers=self._openers,
            reading=self._reading,
        )
        reply.voice = self._engines.voices.get(voice, self._engines.tts)
        if thrift.without("cached_voice") and self._engines.plain_voice is not None:
            reply.voice = self._engines.plain_voice
        reply.style = style
        reply.session = self._name
        self._drop(self.going)
        self.going = Going(reply, asyncio.create_task(reply.run()))
        return reply

    def commit(self) -> None:
        """The turn is over: let the answer out."""
        assert self.going is not None, "there is no answer to commit"
        self._commit(self.going, self._speaker.raise_generation())

    def set_aside(self) -> None:
        """The user went on: this answer is wanted only if the words stay the same."""
        self._drop(self._aside)
        self._aside, self.going = self.going, None

    def drop(self) -> None:
        """Throw away whatever is being made."""
        self._drop(self.going)
        self._drop(self._aside)
        self.going = self._aside = None

    async def close(self) -> None:
        """Drop everything and wait until none of it runs any more."""
        self.drop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _commit(self, going: Going, generation: int) -> None:
        going.generation = generation
        going.reply.commit(generation)
        self._keep(asyncio.create_task(self._finish(going)))

    def _understood(self, reply: Reply) -> None:
        if self.going is None or self.going.reply is not reply:
            return
        aside, self._aside = self._aside, None
        if aside is not None and normal_form(aside.reply.answer.heard) == normal_form(reply.answer.heard):
            repeated, self.going = self.going, aside
            if repeated.generation >= 0:
                self._commit(aside, repeated.generation)
            self._drop(repeated)
        else:
            self._drop(aside)
        self._tell_understood(self.going.reply)

    def _drop(self, going: Going | None) -> None:
        if going is not None:
            going.reply.drop()
            going.task.cancel()
            self._keep(asyncio.create_task(_quietly(going.task)))

    def _prepare(self, language: str, voice: TTS, style: Style) -> None:
        if self._openers and self._openers.late(0.0):
            self._keep(asyncio.create_task(self._openers.prepare(language, voice, style)))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, going: Going) -> None:
        """Wait for a committed answer to be complete; tell the page if it could not be made."""
        failure: Failed | None = None
        try:
            await asyncio.shield(going.task)
        except asyncio.CancelledError:
            return
        except (UnsupportedLanguage, EngineFailed) as error:
            failure = Failed("engine", str(error))
        except Exception:
            log.exception("turn %d failed", going.reply.question.turn)
            failure = Failed("internal", "Something went wrong while answering. Please try again.")
        if self.going is not going:
            return
        if failure:
            self._send(failure)
        else:
            self._prepare(going.reply.answer.language, going.reply.voice, going.reply.style)
        if await self._speaker.drained(going.generation) and self.going is going:
            self.going = None
            self._tell_finished(going)


def normal_form(text: str) -> str:
    """Words only, in lower case: what must stay the same for an answer to be kept."""
    return " ".join(re.findall(r"[\w']+", text.casefold()))


async def _quietly(task: asyncio.Task[Answer]) -> None:
    """Wait for a dropped answer to wind down; whatever it raises concerns nobody any more."""
    await asyncio.gather(task, return_exceptions=True)
