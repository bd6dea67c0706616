"""What the user seems to be saying, while they say it: decode the growing utterance as often as the CPU allows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from izwi.audio import Pcm
from izwi.engines import ASR, LLM, Message, TranscriptChunk
from izwi.spent import METER, Ledger, Meter

log = logging.getLogger(__name__)

#: Seconds of new speech between two decodings, at least; the largest share of the time they may take; and the length
#: of utterance from which on nobody reads along any more.
STEP, SHARE, LONGEST = 0.6, 0.15, 30.0


class Partials:
    """At most one decoding at a time, and none while the last ones took more than ``SHARE`` of the time.

    What it heard also warms the model's prompt, so that little is left to do at the end of the turn.
    """

    def __init__(self, asr: ASR, llm: LLM, ledger: Ledger, heard: Callable[[TranscriptChunk], None]) -> None:
        self._asr, self._llm, self._heard = asr, llm, heard
        self._meter = Meter(ledger)
        self._task: asyncio.Task[None] | None = None
        self._next = STEP
        self._stopped = False

    def begin(self) -> None:
        """A new utterance."""
        self.stop()
        self._next, self._stopped = STEP, False

    def stop(self) -> None:
        """No more of this utterance is needed; a decoding that runs ends unheard."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def grown(self, seconds: float, speech: Callable[[], Pcm], language: str | None, history: list[Message]) -> None:
        """The utterance is now ``seconds`` long: decode it if it is time to."""
        if not self._next <= seconds <= LONGEST or self._stopped or self._task is not None:
            return
        self._task = asyncio.create_task(self._decode(speech(), language, history))

    async def _decode(self, speech: Pcm, language: str | None, history: list[Message]) -> None:
        METER.set(self._meter)
        clock = asyncio.get_running_loop().time
        began = clock()
        chunk: TranscriptChunk | None = None
        try:
            async for newer in self._asr.transcribe_stream(speech, language, lambda: self._stopped):
                chunk = newer
            if chunk is not None and chunk.text and not chunk.unsure:
                self._heard(chunk)
                messages = [*history, Message("user", chunk.text)]
                await self._llm.prefill(messages, chunk.language, lambda: self._stopped)
        except Exception as error:  # a partial is a courtesy; the turn itself will report what is broken
            log.debug("no partial: %s", error)
        self._next = speech.seconds + max(STEP, (clock() - began) / SHARE)
        self._task = None
