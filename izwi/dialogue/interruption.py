"""A voice while ours sounds: the user breaking in, a nod, a noise, or ourselves come back through the room?

Duck, then decide: the caller lowers the reply when it says ``begin``, and ``decided`` tells it what to do next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from izwi.audio import LISTENING_RATE, Pcm
from izwi.dialogue.speaker import Speaker
from izwi.engines import ASR
from izwi.turns.bargein import BargeIn, backchannel, closed
from izwi.turns.echo import EchoEar
from izwi.turns.listener import Listener
from izwi.turns.nearness import SUPPOSED, Nearness

#: A recogniser whose first words take longer than this (seconds) is not asked what an interruption means.
QUICK = 0.1

log = logging.getLogger(__name__)


class Interruption:
    """At most one at a time. ``decided`` is called with True when the user has the word and False when it is still
    ours; and with the speech, if it had already ended when it was judged.
    """

    def __init__(
        self, asr: Callable[[], ASR], listener: Listener, speaker: Speaker, decided: Callable[[bool, Pcm | None], None]
    ) -> None:
        self._bargein, self._echo, self.nearness = BargeIn(), EchoEar(), Nearness()
        self._asr, self._listener, self._speaker, self._decided = asr, listener, speaker, decided
        self._language: str | None = None
        self._judging: asyncio.Task[None] | None = None
        speaker.left = lambda audio: self._echo.sent(audio.resampled(LISTENING_RATE).samples)

    @property
    def pending(self) -> bool:
        """Whether the user may be breaking in just now."""
        return self._bargein.pending

    def begin(self, language: str | None) -> None:
        """A voice has set in over ours; its words are expected in ``language`` (None: not known)."""
        self._language = language
        self._bargein.begin()

    def end(self) -> None:
        """Whatever it was, it is over."""
        self._bargein.end()
        if self._judging is not None:
            self._judging.cancel()
            self._judging = None

    def echoing(self) -> bool:
        """Whether what was heard last, for long enough to be certain, is our own voice."""
        return bool(self._echo.own(self._listener.latest(), settled=True))

    def own(self, speech: Pcm) -> bool | None:
        """Whether ``speech``, which ended just now, was our own voice; None while there is too little to tell."""
        latest = self._listener.latest()  # a short sound is known better by what came before it
        return self._echo.own(max(speech.samples, latest, key=len))

    def nothing(self, speech: Pcm, words: str, unsure: bool) -> bool:
        """Whether a turn in which ``words`` were heard asks nothing of us: a hum, or far away and not understood."""
        far = unsure and self.nearness.far(speech.samples, SUPPOSED)
        return far or backchannel(words, 0.0, unsure, closed(speech.samples))

    def at(self, clock: int) -> None:
        """The microphone's clock, in samples."""
        self._echo.at(clock)

    def grown(self, aloud: bool) -> None:
        """More has been heard: judge it, if there is enough. ``aloud``: our reply sounds already."""
        if self._bargein.due(self._listener.voiced):
            self._judge(self._listener.speech(), aloud)

    def ended(self, speech: Pcm, aloud: bool) -> None:
        """The voice fell silent: ``speech`` is all there will be of it."""
        if self._listener.voiced >= self._bargein.least:
            self._judge(speech, aloud, ended=True)
        else:  # too short to have broken in: a cough, a click
            self._decide(False)

    def overdue(self) -> None:
        """The turn is over while the words are still looked for: the voice alone decides."""
        if self._judging is not None:
            self._decide(True)

    def _judge(self, speech: Pcm, aloud: bool, ended: bool = False) -> None:
        """There is speech enough to stop for, unless it is our own coming back, somebody else's, or only a nod."""
        own = self.own(speech)
        if own or self.nearness.far(speech.samples):
            self._decide(False)
        elif own is None and not ended:
            self._bargein.undecided(self._listener.voiced)
        elif not aloud:
            self._decide(True)
        elif self._listener.voiced >= self._bargein.surely or self._asr().cost.first > QUICK:
            self._decide(True, speech if ended else None)
        elif self._judging is None or ended:
            if self._judging is not None:
                self._judging.cancel()
            self._judging = asyncio.create_task(self._hear_out(speech, self._listener.voiced, ended))

    async def _hear_out(self, speech: Pcm, voiced: float, ended: bool) -> None:
        """Let the words decide; if they cannot be had, the voice alone does."""
        text, unsure = "?", False
        try:
            async for chunk in self._asr().transcribe_stream(speech, self._language):
                text, unsure = chunk.text, chunk.unsure
        except Exception as error:
            log.debug("barge-in judged without words: %s", error)
        self._judging = None
        if not self.pending:
            return
        if not backchannel(text, self._speaker.queued, unsure, closed(speech.samples)):
            self._decide(True, speech if ended else None)
        elif ended:
            self._decide(False)
        else:
            self._bargein.undecided(voiced)

    def _decide(self, real: bool, ended: Pcm | None = None) -> None:
        self.end()
        if not real:
            self._listener.forget()
        self._decided(real, ended)
