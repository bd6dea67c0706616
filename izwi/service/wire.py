"""One WebSocket client's side of a call, without the socket: what comes is checked and obeyed, what goes is queued.

Everything here is synchronous, so that a million messages can be tried on it in a test.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, Protocol

from izwi.audio import LISTENING_RATE, Samples
from izwi.events import AudioEnd, AudioStart, Command, Event
from izwi.security.rate import Bucket
from izwi.service import protocol
from izwi.service.call import Call, Service
from izwi.service.clock import ClockOffset
from izwi.service.outbox import Outbox
from izwi.service.protocol import Refusal, Sound

#: Seconds of our voice that may leave before they are due: they outlast a network's hiccup, and delay a cut.
LEAD = 0.2
#: Seconds of sound that may come late, all at once, after a stall of the network; and how much faster a clock may be.
STALL, DRIFT = 5.0, 1.02
#: Refusals a second in the long run and at once, before the line is ended.
REFUSALS, REFUSALS_AT_ONCE = 1.0, 20.0
#: What the conversation calls otherwise.
NAMES = {"reply": "agent_response"}


class Counts(Protocol):
    """What counts a connection's messages (``security.quotas.Place``)."""

    def message(self, size: int) -> None:
        """Raises ``Refused`` for one too long, or too many a second."""


class Wire:
    """Between a client's messages and its ``Call``. ``rested`` is called when there is something new to remember."""

    def __init__(
        self,
        service: Service,
        hello: Command,
        place: Counts,
        rested: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rate: int = hello.data.get("rate", protocol.RATES[1])
        self.framing: str = hello.data.get("framing", "binary")
        self.outbox = Outbox()
        self.call = Call(service, self.rate, self.tell, self._cleared, LEAD)
        self.offset = ClockOffset()
        self.late = 0.0  # seconds between the microphone and us, of the newest sound that said when it was
        self.left = False  # the client has said that it will not come back
        self._place, self._rested, self._clock = place, rested, clock
        self._frame = protocol.framed(self.framing)
        self._pings = 0
        self._asked: float | None = None  # when the last ping left, until it is answered
        self._number = 0
        self._turn = 0
        self._sounding = False  # whether sound is on its way
        self._held: list[Event] = []  # the news of a reply's end, and what follows, until its last piece has left
        self._refusals = Bucket(REFUSALS_AT_ONCE, REFUSALS, clock())
        self._seconds = Bucket(STALL, DRIFT, clock())

    # What the client sends

    def receive(self, message: str | bytes) -> None:
        """Do what the message says, or answer with an ``error``. Raises ``Refused`` if the line has to end."""
        self.call.messages += 1
        self._place.message(len(message))
        try:
            if isinstance(message, bytes):
                self._hear(protocol.binary_sound(message))
            else:
                self._obey(protocol.parse(message))
        except Refusal as refusal:
            if refusal.final or self._refusals.take(self._clock()):
                raise
            self.say("error", code=refusal.code, text=refusal.text)

    def _obey(self, said: Command) -> None:
        data = said.data
        match said.type:
            case "audio_chunk":
                self._hear(protocol.sound(said))
            case "ping":
                self.call.obey(Command("ping", {}))
                self.say("pong", id=data.get("id", 0), t0=data.get("t", 0.0), t1=round(self._clock(), 6))
            case "pong":
                self._ponged(data["id"], data["t"])
            case "playback_progress" | "playback_done":
                self._played(data, ended=said.type == "playback_done")
            case "playback_stop":
                if {"turn", "seconds"} <= data.keys():
                    self._played(data, ended=True)
                self.call.obey(Command("stop", {}))
            case "hello":
                raise Refusal("said_twice", "One hello is enough.")
            case "bye":
                self.left = True
            case _:
                self.call.obey(said)

    def _played(self, data: dict[str, Any], ended: bool) -> None:
        self.call.obey(Command("playback", {**data, "ended": ended}))

    def _hear(self, sound: Sound) -> None:
        if self._seconds.take(self._clock(), len(sound.samples) / LISTENING_RATE):
            raise Refusal("too_fast", "Sound comes faster than anybody speaks; some of it was dropped.", 429)
        if sound.at is not None and self.offset.known:
            self.late = self._clock() - self.offset.ours(sound.at)
        self.call.hear(sound.samples)

    # What it gets

    def say(self, kind: str, **fields: Any) -> None:
        """Queue a message of ours, with our clock in it."""
        message = {"type": kind, **fields, "t": round(self._clock(), 6)}
        self.outbox.put(json.dumps(message, ensure_ascii=False))

    def tell(self, event: Event) -> None:
        """Queue what the conversation says; a reply's end comes after its last piece."""
        if self._held or (isinstance(event, AudioEnd) and not event.interrupted and self.call.in_hand):
            self._held.append(event)
            return
        fields = event.wire()
        kind = fields.pop("type")
        if isinstance(event, AudioStart):
            self._turn = event.turn
            fields["generation"] = self.call.generation
        elif isinstance(event, AudioEnd):
            self._sounding = False
        self.say(NAMES.get(kind, kind), **fields)
        if kind == "state" and fields["state"] in ("idle", "interrupted"):
            self._rested()

    def sound(self, generation: int, samples: Samples) -> None:
        """Queue a piece of our voice, int16 of shape ``(n,)``; what is of an older generation is dropped."""
        self.call.in_hand = False
        if generation == self.call.generation:
            self._sounding = True
            self._number += 1
            now = round(self._clock(), 6)
            framed = self._frame(generation, self._number, now, samples)
            message = framed if isinstance(framed, bytes) else json.dumps({**framed, "turn": self._turn, "t": now})
            self.outbox.put(message, sound=True)
        self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        for event in held:
            self.tell(event)

    def _cleared(self) -> None:
        """The voice was cut off: nothing of it leaves any more, and what is on its way must not be heard."""
        self.outbox.forget_sound()
        self.call.in_hand = False
        self._release()
        if self._sounding:
            self._sounding = False
            self.say("audio_interrupt", turn=self._turn, generation=self.call.generation)

    # Whose clock says what

    def ping(self) -> None:
        """Ask the client for its clock."""
        self._pings += 1
        self._asked = self._clock()
        self.say("ping", id=self._pings)

    def _ponged(self, number: int, theirs: float) -> None:
        asked, self._asked = self._asked, None
        if asked is None or number != self._pings:
            raise Refusal("bad_pong", "That is no answer to Izwi's last ping.")
        self.offset.add(asked, theirs, theirs, self._clock())
        offset, trip = round(self.offset.offset, 6), round(self.offset.trip, 6)
        self.say("network", offset=offset, trip=trip, late=round(self.late, 4))
