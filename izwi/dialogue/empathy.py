"""The emotion loop of one session: each utterance's own sound is tagged while its words are recognised, and the answer
in the making is told. The tag counts if it is there before the answer's first phrase is spoken; nobody waits for it.

Off with ``IZWI_EMOTION=0``, and as long as the engines have no recogniser.
"""

from __future__ import annotations

import asyncio
import logging
from functools import cache
from typing import Any

import numpy as np

from izwi.audio import Pcm
from izwi.dialogue.reply import Reply
from izwi.dialogue.tone import Tone
from izwi.emotion.log import open_log
from izwi.emotion.manners import UNSURE, Situation
from izwi.emotion.policy import Mood, Policy
from izwi.engines import EmotionRecogniser, EmotionTag, Engines
from izwi.settings import Settings
from izwi.spent import METER
from izwi.turns.endpointing import Endpointer
from izwi.turns.listener import Hearing

#: Seconds of a silence that are kept beside the voice, and those by which its end is noticed late.
MARGIN, LATE = 0.1, 0.1
#: Seconds in an utterance before it is noticed, when all the pre-roll is there.
PREROLL = Hearing.preroll + 0.1

#: A recogniser that still works on so many utterances of this session is not given another one.
BUSY = 3

Stretch = tuple[float, float]

log = logging.getLogger(__name__)


@cache
def manners() -> Policy:
    """The learned manners; one for all sessions."""
    return Policy()


class Empathy:
    """``began``, ``resumed`` and ``barge_ins`` say how the talk goes; ``hear`` and ``sounded`` follow each answer."""

    def __init__(self, engines: Engines, settings: Settings, endpointer: Endpointer) -> None:
        self.barge_ins = 0
        self._engines, self._endpointer, self._on = engines, endpointer, settings.emotion
        self._mood = self._next = Mood(manners())
        self._turn = 0
        self._silences: list[Stretch] = []
        self._start = 0.0
        self._log = open_log(settings.emotion_log, settings.emotion_log_text) if self._on else None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def mood(self) -> dict[str, Any]:
        """What the session keeps of its feelings, after all that was heard."""
        return self._next.state

    @mood.setter
    def mood(self, state: dict[str, Any]) -> None:
        self._next.state = state
        self._mood = self._next

    def began(self, length: float, earlier: Pcm | None = None) -> None:
        """An utterance was noticed ``length`` seconds after its pre-roll; in this turn ``earlier`` was said before."""
        self._start = earlier.seconds if earlier else 0.0
        quiet = min(length, PREROLL) - LATE - MARGIN
        self._silences = [*(self._silences if earlier else ()), (self._start, self._start + quiet)]

    def resumed(self, silence: float, length: float) -> None:
        """The user went on after ``silence`` seconds, when the utterance had become ``length`` seconds long."""
        end = self._start + length
        self._silences.append((end - silence + MARGIN, end - LATE - MARGIN))

    def hear(self, reply: Reply, hour: int) -> None:
        """An answer is begun: find the feeling in its question, at this hour of the user's day (0 to 23)."""
        recogniser, question = self._engines.emotion, reply.question
        if not self._on or recogniser is None or question.line or self._engines.thrift.without("emotion"):
            return
        if question.turn != self._turn:  # what the turn before did to the mood stays
            self._mood, self._turn = self._next, question.turn
        reply.tone = Tone(emotion=self._mood.emotion)
        situation = Situation(question.turn, self.barge_ins, hour)
        if question.speech is None:
            self._respond(reply, EmotionTag("neutral", sure=False), situation, "")
        elif len(self._tasks) < BUSY:
            own = without(question.speech, self._silences)
            task = asyncio.create_task(self._listen(reply, recogniser, own, situation))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def sounded(self, reply: Reply, latency: float) -> None:
        """The first sample of an answer left, ``latency`` seconds after the user's last sound."""
        if self._log is not None and not reply.question.line:
            heard = reply.tone.heard or "none"
            self._log.add(reply.answer.heard, heard, reply.style.emotion, 1000.0 * latency)

    async def close(self) -> None:
        """Give up what is being looked for, and wait until nothing of it runs any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self, reply: Reply, recogniser: EmotionRecogniser, own: Pcm, situation: Situation) -> None:
        METER.set(reply.meter)
        try:
            tag = await recogniser.recognise(own)
        except Exception:  # the loop is a grace: without it the answer is only plainer
            log.warning("the emotion recogniser failed", exc_info=True)
            return
        if situation.turn == self._turn:
            self._respond(reply, tag, situation, tag.emotion if tag.sure else UNSURE)

    def _respond(self, reply: Reply, tag: EmotionTag, situation: Situation, heard: str) -> None:
        """Let the manners choose, from the mood at the end of the turn before: a turn may be judged more than once."""
        self._next = self._mood.copy()
        answer = self._next.respond(tag, situation)
        self._endpointer.mood = answer.patience
        reply.feel(Tone(heard, answer.emotion, answer.guidance))


def without(speech: Pcm, silences: list[Stretch]) -> Pcm:
    """``speech`` less the stretches (seconds from its beginning), which may overlap or lie outside."""
    kept = np.ones(len(speech.samples), bool)
    for begin, end in silences:
        kept[max(0, round(begin * speech.rate)) : max(0, round(end * speech.rate))] = False
    return Pcm(speech.samples[kept], speech.rate)
