"""The FastRTC handler: one connection's ear and mouth around one ``Conversation``.

A subclass of ``ReplyOnPause`` that keeps its place in FastRTC's life cycle and replaces its parts where two cores need
it: 32 ms listening on our own samples, ``emit`` parked instead of spinning, a bounded queue paced to what is heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from fastrtc import ReplyOnPause
from fastrtc.utils import current_context

from izwi.audio import LISTENING_RATE, Pcm, Samples
from izwi.dialogue.conversation import Conversation
from izwi.dialogue.openers import Openers
from izwi.dialogue.speaker import Speaker
from izwi.engines import Engines
from izwi.events import BadMessage, Command, Event, Failed, Notice, command
from izwi.settings import Settings
from izwi.turns.listener import Listener
from izwi.turns.vad import SileroVad

log = logging.getLogger(__name__)

#: Opus works at 48 kHz, so our one resampling goes straight there.
SPEAKING_RATE = 48_000
#: Samples handed to FastRTC at once (40 ms), and how many seconds may have left before they are heard.
PIECE = SPEAKING_RATE // 25
LEAD = 0.12
#: ``emit`` returns empty-handed this often: FastRTC starts a second one after 60 s without an answer (#431).
PARK = 20.0
#: Seconds the greeting waits for the page's first ping: before it the page says in which language, or asks something
#: already. And the messages kept until there is a conversation to take them.
INTRODUCTION, EARLY = 3.0, 32


@dataclass
class Service:
    """What every connection shares; ``engines`` resolves when they are warm."""

    settings: Settings
    engines: Future[Engines] = field(default_factory=Future)
    opened: Callable[[str], None] = lambda _: None
    openers: Openers = field(default_factory=Openers)


class IzwiHandler(ReplyOnPause):
    """One connection. ``copy`` gives each its own; the instance handed to FastRTC only serves as the mould."""

    def __init__(self, service: Service) -> None:
        vad = SileroVad()
        super().__init__(_unused, model=vad, input_sample_rate=LISTENING_RATE, output_sample_rate=SPEAKING_RATE)
        self.service = service
        self.session = ""
        self.messages = 0  # how many the page has sent
        self.conversation: Conversation | None = None
        self._early: list[Command] = []
        self._introduced = asyncio.Event()
        self._opening: Future[None] | None = None
        self._listener = Listener(vad)
        self._closed = threading.Event()
        self._resampler: Any = None
        self._opened = asyncio.Event()
        self._playing_until = 0.0
        self._calm = asyncio.Event()  # not set while FastRTC's queue is being emptied
        self._calm.set()
        self._parked: Any = None

    def copy(self) -> IzwiHandler:
        return IzwiHandler(self.service)

    # FastRTC's life cycle

    def start_up(self) -> None:
        """Called once, in a thread, when the page's data channel is open."""
        if context := current_context.get(None):  # a recording has none
            self.session = context.webrtc_id
        self._opening = asyncio.run_coroutine_threadsafe(self._open(), self.loop)
        with contextlib.suppress(CancelledError):  # the page left before the models were warm
            self._opening.result()

    def set_channel(self, channel: Any) -> None:
        super().set_channel(channel)
        if hasattr(channel, "on"):
            channel.remove_all_listeners("message")  # FastRTC would send every word of the page back to it
            channel.on("message", self._message)
        else:  # a recording has nothing to say about languages
            self._introduced.set()

    def resample(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """To 16 kHz mono in blocks of 20 ms (the base class would give blocks of 60 ms)."""
        if self._resampler is None:
            size = LISTENING_RATE // 50
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=LISTENING_RATE, frame_size=size)
        yield from self._resampler.resample(frame)

    def receive(self, frame: tuple[int, Samples]) -> None:
        rate, array = frame
        samples = np.asarray(array).reshape(-1)
        if rate != LISTENING_RATE:
            samples = Pcm(samples, rate).resampled(LISTENING_RATE).samples
        self._on_loop(lambda: self._hear(samples))

    def emit(self) -> tuple[int, Samples] | None:
        """The next piece of our voice; parks the calling thread until there is one."""
        if self._closed.is_set():
            time.sleep(0.2)  # FastRTC may still ask for a while after the end; never let it spin
            return None
        self._parked = asyncio.run_coroutine_threadsafe(self._next(), self.loop)
        try:
            piece: Samples | None = self._parked.result(PARK)
        except TimeoutError:
            if self._parked.cancel():
                return None
            piece = self._parked.result()
        except CancelledError:
            return None
        return None if piece is None else (SPEAKING_RATE, piece)

    def shutdown(self) -> None:
        """The connection is gone: free everything, whatever state it was in."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._on_loop(self._end)

    def reset(self) -> None:
        """FastRTC calls this after ``shutdown``; the conversation has nothing left to reset."""

    # On the event loop

    async def _open(self) -> None:
        if self.conversation is not None or self._closed.is_set():
            return
        engines = await self._engines()
        if engines is None or self._closed.is_set():
            return
        speaker = Speaker(SPEAKING_RATE)
        speaker.cleared = self._flush
        self.conversation = Conversation(
            engines, self.service.settings, self._listener, speaker, self.send, openers=self.service.openers
        )
        self._opened.set()
        self.service.opened(self.session)
        for sentence in engines.notices:
            self.send(Notice("models", sentence))
        while self._early:
            self._obey(self._early.pop(0))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._introduced.wait(), INTRODUCTION)
        self.conversation.greet()

    async def _engines(self) -> Engines | None:
        if not self.service.engines.done():
            self.send(Notice("warming", "Izwi is still waking up; it will answer in a moment."))
        try:
            return await asyncio.shield(asyncio.wrap_future(self.service.engines))
        except Exception as error:
            self.send(Failed("models", f"Izwi could not start its models: {error}"))
            return None

    def send(self, event: Event) -> None:
        """Tell the page; on the loop's thread. A closed channel is no error: the page has simply gone."""
        channel = self.channel
        if channel is not None and getattr(channel, "readyState", "open") == "open":
            channel.send(event.json())

    def _message(self, message: Any) -> None:
        self.messages += 1
        try:
            wanted = command(str(message))
        except BadMessage as error:
            return self.send(Failed("message", f"The page sent something Izwi does not understand: {error}."))
        if self.conversation is not None:
            self._obey(wanted)
        elif len(self._early) < EARLY:
            self._early.append(wanted)
        if wanted.type == "ping":
            self._introduced.set()

    def _obey(self, wanted: Command) -> None:
        assert self.conversation is not None
        try:
            self.conversation.obey(wanted)
        except Exception:
            log.exception("session %s: a message broke the conversation", self.session)

    def _hear(self, samples: Samples) -> None:
        try:
            if self.conversation is not None:
                self.conversation.hear(samples)
        except Exception:  # FastRTC would end the audio of the session for good
            log.exception("session %s: listening failed", self.session)

    async def _next(self) -> Samples | None:
        await self._opened.wait()
        if self.conversation is None or self._closed.is_set():
            return None
        generation, piece = await self.conversation.speaker.read(PIECE)
        await self._calm.wait()
        now = self.loop.time()
        self._playing_until = max(self._playing_until, now)
        await asyncio.sleep(self._playing_until - LEAD - now)
        self._playing_until += len(piece) / SPEAKING_RATE
        return piece if generation == self.conversation.speaker.generation else None

    def _flush(self) -> None:
        """Empty FastRTC's queue now, and once more for the piece that may be on its way there."""
        self._playing_until = 0.0
        self._calm.clear()
        self._clear()
        self.loop.call_later(0.01, self._flushed)

    def _flushed(self) -> None:
        self._clear()
        self._calm.set()

    def _clear(self) -> None:
        if self._clear_queue is not None:
            self._clear_queue()

    def _end(self) -> None:
        for waiting in (self._opening, self._parked):
            if waiting is not None:
                waiting.cancel()
        if self.conversation is not None:
            self._ending = asyncio.ensure_future(self.conversation.close())

    def _on_loop(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed with the server
            self.loop.call_soon_threadsafe(call)


def _unused(audio: tuple[int, Samples]) -> Iterator[tuple[int, Samples]]:
    """``ReplyOnPause`` wants a reply function; ours is the conversation, so this one has nothing to add."""
    yield from ()
