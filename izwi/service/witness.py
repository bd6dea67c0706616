"""Who sees every event of a call on its way to the client, and draws the conclusions: counts, audits, traces.

Nothing here may delay or break a call: whatever goes wrong is logged, and the event goes on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from izwi.dialogue.conversation import Conversation
from izwi.events import AudioEnd, AudioStart, Contribution, Event, Failed, ReplyText, Timings, Transcript
from izwi.ops.traces import wall
from izwi.sessions.contributions import Exchange
from izwi.sessions.sealed import filed_as, new_token

if TYPE_CHECKING:
    from izwi.service.call import Service

log = logging.getLogger(__name__)


class Witness:
    """One call's. ``token`` is the session's secret, ``user`` whom the audit counts it for (hashed; "" for nobody)."""

    def __init__(self, service: Service, token: str = "", user: str = "") -> None:
        self.token, self.user = token or new_token(), user
        self.session = filed_as(self.token)
        self._service = service
        self._began = time.monotonic()
        self._spent = self._wasted = 0.0
        self._turns = 0
        self._sounded = 0.0  # when the last answer began to sound, on the event loop's clock
        self._open = False
        self._heard: Transcript | None = None
        self._said: list[str] = []
        self._giving, self._gift = False, ""  # whether, and the token, of a contribution

    def opened(self, conversation: Conversation, resumed: bool) -> None:
        """The conversation begins, or goes on."""
        self._open = True
        self._service.metrics.calls.inc()
        self._audit("resumed" if resumed else "opened", turn=conversation.turn)

    def saw(self, event: Event) -> None:
        """An event has been sent."""
        try:
            match event:
                case Transcript():
                    self._heard, self._said = event, []
                    self._note("heard", event.text)
                case ReplyText():
                    self._said.append(event.text)
                    self._note("said", event.text)
                case Timings():
                    self._give()
                    self._turn_ended(event)
                case AudioStart():
                    self._sounded = asyncio.get_running_loop().time()
                case AudioEnd(interrupted=True):
                    self._service.metrics.interruptions.inc()
                    self._give()
                    self._audit("interrupted", turn=event.turn, seconds=round(event.seconds, 3))
                case Failed():
                    self._service.metrics.faults.labels(event.code).inc()
                    self._audit("failed_" + event.code[:20])
        except Exception:
            log.exception("a witness failed")

    def closed(self) -> None:
        """The line has ended."""
        if self._open:
            self._open = False
            self._audit("closed", turns=self._turns, seconds=round(time.monotonic() - self._began, 1))

    def contribute(self, on: bool) -> Event:
        """The user gives this conversation from now on, or no more; what to tell them."""
        if self._service.contributions is None:
            return Failed("no_contributions", "Conversations are not collected here.")
        if on and not self._gift:
            self._gift = new_token()
        self._giving = on
        self._audit("contributes" if on else "contributes_no_more")
        return Contribution(on, self._gift)

    def _give(self) -> None:
        """Keep the exchange that is over, if its user wants to give it."""
        heard, self._heard = self._heard, None
        if self._giving and heard is not None and self._service.contributions is not None:
            reply = " ".join(filter(None, self._said))
            given = Exchange(heard.turn, heard.language, heard.text, heard.unsure, reply)
            self._service.contributions.give(self._gift, given)

    def _turn_ended(self, event: Timings) -> None:
        metrics = self._service.metrics
        metrics.turn(event.marks)
        metrics.cpu.inc(max(0.0, event.cpu - self._spent))
        metrics.wasted.inc(max(0.0, event.wasted - self._wasted))
        self._spent, self._wasted = event.cpu, event.wasted
        self._turns += 1
        if (first_audio := event.marks.get("heard")) is None:
            return self._audit("turn_ended", turn=event.turn)
        self._audit("turn_ended", turn=event.turn, first_audio=round(first_audio, 3))
        silent = wall(self._sounded - first_audio, asyncio.get_running_loop().time())
        self._service.traces.turn(self.session, event.turn, event.marks, silent)

    def _note(self, who: str, text: str) -> None:
        """Words go into the log only where the operator asks for them (``IZWI_LOG_TEXT``)."""
        if self._service.settings.log_text and text:
            log.info("%s: %s", who, text)

    def _audit(self, kind: str, **numbers: float) -> None:
        self._service.sessions.audit(self.token, kind, self.user, **numbers)
