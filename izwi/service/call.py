"""One call, whatever line carries it: its conversation, opened when the engines are warm, fed, paced and ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from izwi.audio import Samples
from izwi.dialogue.conversation import Conversation
from izwi.dialogue.openers import Openers
from izwi.dialogue.speaker import Speaker
from izwi.engines import Engines
from izwi.events import Command, Event, Failed, Notice
from izwi.ops.governor import Governor
from izwi.ops.logs import about
from izwi.ops.metrics import Metrics
from izwi.ops.traces import NoTraces, Traces
from izwi.security.guard import Guard
from izwi.service.door import Door
from izwi.service.resume import RESUME, Resumption
from izwi.service.witness import Witness
from izwi.sessions.contributions import Contributions
from izwi.sessions.memory import MemoryStore
from izwi.sessions.store import SessionStore
from izwi.settings import Settings
from izwi.thrift import SENTENCES, STEPS, newest
from izwi.turns.denoise import denoiser
from izwi.turns.listener import Listener
from izwi.turns.vad import SileroVad, VoiceActivity

log = logging.getLogger(__name__)

#: Seconds of sound handed to the line at once.
PIECE = 0.04
#: Seconds the greeting waits for the client's introduction: before it the page says in which language, or asks
#: something already. And the messages kept until there is a conversation to take them.
INTRODUCTION, EARLY = 3.0, 32
#: A client says something every 2 s; a killed one says nothing. After so many looks in a row without a word, half a
#: second apart, it is gone. Looks and not seconds: a server too busy to listen must not take it for silence.
LOOKS, APART = 16, 0.5
TIME_IS_UP = "This talk has reached its time limit."


@dataclass
class Service:
    """What every call shares; ``engines`` resolves when they are warm."""

    settings: Settings
    engines: Future[Engines] = field(default_factory=Future)
    opened: Callable[[str], None] = lambda _: None
    openers: Openers = field(default_factory=Openers)
    sessions: SessionStore = field(default_factory=lambda: MemoryStore(RESUME))
    contributions: Contributions | None = None
    metrics: Metrics = field(default_factory=Metrics)
    traces: Traces = field(default_factory=NoTraces)
    calls: set[Call] = field(default_factory=set)
    governor: Governor = field(default_factory=lambda: Governor(len(STEPS), time.monotonic))
    door: Door = field(init=False)
    guard: Guard = field(init=False)
    resumption: Resumption = field(init=False)

    def __post_init__(self) -> None:
        if self.settings.contributions and self.contributions is None:
            self.contributions = Contributions(self.settings.data / "contributions.sqlite")
        self.door = Door(self.settings.talkers)
        self.guard = Guard(self.settings)
        self.resumption = Resumption(self.sessions, self.door)


class Call:
    """One connection's conversation. All methods are for the event loop's thread.

    ``send`` receives every event. ``cleared`` is called when sound that may be on its way must not be heard any more;
    at most ``lead`` seconds of it (at ``rate`` Hz) leave before they are due.
    """

    def __init__(
        self,
        service: Service,
        rate: int,
        send: Callable[[Event], None],
        cleared: Callable[[], None],
        lead: float,
        vad: VoiceActivity | None = None,
    ) -> None:
        self.service, self.rate, self.send = service, rate, send
        self.session = ""
        self.messages = 0  # how many the client has sent
        self.conversation: Conversation | None = None
        self.opened = asyncio.Event()
        self.introduced = asyncio.Event()
        self._cleared, self._lead = cleared, lead
        self._listener = Listener(vad or SileroVad())
        self._denoiser = denoiser() if service.settings.denoise else None
        self._early: list[Command] = []
        self.in_hand = False  # a piece of our voice is on its way from the speaker to the line
        self._playing_until = 0.0
        self._closed = False
        self._told: list[str] = []  # of the engines
        self.witness = Witness(service)

    async def open(self, prepare: Callable[[Conversation], bool] = lambda _: True) -> None:
        """Wait for the engines, then begin. ``prepare`` gets the conversation first, and says whether to greet."""
        engines = await self._engines()
        if engines is None or self._closed:
            return
        speaker = Speaker(self.rate)
        speaker.cleared = self._clear
        self.conversation = Conversation(
            engines, self.service.settings, self._listener, speaker, self.tell, openers=self.service.openers
        )
        greet = prepare(self.conversation)
        self.service.calls.add(self)
        self.witness.opened(self.conversation, resumed=not greet)
        self.opened.set()
        self.service.opened(self.session)
        self._tell_news(engines)
        if (given_up := newest(engines)) != "nothing":
            self.tell(Notice(f"load_{given_up}", SENTENCES[given_up]))
        while self._early:
            self._obey(self._early.pop(0))
        if greet:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(INTRODUCTION):  # Python 3.11's wait_for may swallow a cancellation
                    await self.introduced.wait()
            with about(self.witness.session, 0):
                self.conversation.greet()

    def tell(self, event: Event) -> None:
        """Send an event to the client, before a witness."""
        self.send(event)
        self.witness.saw(event)

    def _tell_news(self, engines: Engines) -> None:
        """What there is to know of the engines and has not been told yet; in mid-talk one may be lost, or be back."""
        for sentence in engines.notices:
            if sentence not in self._told:
                self.tell(Notice("models", sentence))
        self._told = list(engines.notices)

    async def _engines(self) -> Engines | None:
        if not self.service.engines.done():
            self.tell(Notice("warming", "Izwi is still waking up; it will answer in a moment."))
        try:
            return await asyncio.shield(asyncio.wrap_future(self.service.engines))
        except Exception as error:
            self.tell(Failed("models", f"Izwi could not start its models: {error}"))
            return None

    def obey(self, command: Command) -> None:
        """Do what the client says; what comes before there is a conversation is kept for it."""
        if self.conversation is not None:
            self._obey(command)
        elif len(self._early) < EARLY:
            self._early.append(command)
        if command.type == "ping":
            self.introduced.set()

    def _obey(self, command: Command) -> None:
        assert self.conversation is not None
        if command.type == "contribute":
            return self.tell(self.witness.contribute(bool(command.data["on"])))
        try:
            with about(self.witness.session, self.conversation.turn):
                self.conversation.obey(command)
        except Exception:
            log.exception("session %s: a message broke the conversation", self.session)

    def hear(self, samples: Samples) -> None:
        """Samples from the microphone, int16 of shape ``(n,)`` at 16 kHz; none are kept before the opening."""
        if self.conversation is None or self._closed:
            return
        try:
            with about(self.witness.session, self.conversation.turn):
                self.conversation.hear(self._cleaned(samples, self.conversation.engines))
        except Exception:  # the line must not end because of it
            log.exception("session %s: listening failed", self.session)

    def _cleaned(self, samples: Samples, engines: Engines) -> Samples:
        if self._denoiser is None:
            return samples
        if engines.thrift.without("denoise"):
            return np.concatenate([self._denoiser.rest(), samples])
        return self._denoiser(samples)

    async def next(self) -> tuple[int, Samples]:
        """The next piece of our voice with its generation, when it is due; waits while there is none."""
        await self.opened.wait()
        assert self.conversation is not None
        loop = asyncio.get_running_loop()
        generation, piece = await self.conversation.speaker.read(round(PIECE * self.rate))
        self.in_hand = True
        now = loop.time()
        self._playing_until = max(self._playing_until, now)
        await asyncio.sleep(self._playing_until - self._lead - now)
        self._playing_until += len(piece) / self.rate
        return generation, piece

    @property
    def generation(self) -> int:
        """What is older than this must not be heard."""
        return self.conversation.speaker.generation if self.conversation else 0

    def _clear(self) -> None:
        self._playing_until = 0.0
        self._cleared()

    async def watch(self, limit: float, over: Callable[[], bool]) -> Literal["over", "vanished", "time_limit"]:
        """Wait until the call has to end: its line is ``over``, the client vanished, or ``limit`` seconds passed."""
        end = asyncio.get_running_loop().time() + limit
        heard, silent = self.messages, 0
        while not over():
            if self.session:
                self.service.door.renew(self.session)
            if self.conversation is not None:
                self._tell_news(self.conversation.engines)
            await asyncio.sleep(APART)
            heard, silent = self.messages, 0 if self.messages != heard else silent + 1
            if silent == LOOKS:
                log.info("session %s: the client has vanished", self.session)
                return "vanished"
            if asyncio.get_running_loop().time() > end:
                return "time_limit"
        return "over"

    async def close(self) -> None:
        """End the conversation and wait until nothing of it runs any more."""
        self._closed = True
        self.service.calls.discard(self)
        self.witness.closed()
        if self.conversation is not None:
            await self.conversation.close()
