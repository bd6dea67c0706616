"""The FastRTC handler: one WebRTC connection's ear and mouth around one ``Call``.

A subclass of ``ReplyOnPause`` that keeps its place in FastRTC's life cycle and replaces its parts where two cores need
it: 32 ms listening on our own samples, ``emit`` parked instead of spinning, a bounded queue paced to what is heard.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

import av
import numpy as np
from fastrtc import ReplyOnPause
from fastrtc.utils import current_context

from izwi.audio import LISTENING_RATE, Pcm, Samples
from izwi.dialogue.conversation import Conversation
from izwi.events import BadMessage, Event, Failed, StateChanged, command
from izwi.service.call import Call, Service
from izwi.service.resume import Hold
from izwi.turns.vad import SileroVad

__all__ = ["SPEAKING_RATE", "IzwiHandler", "Service"]

#: Opus works at 48 kHz, so our one resampling goes straight there.
SPEAKING_RATE = 48_000
#: How many seconds may have left before they are heard.
LEAD = 0.12
#: ``emit`` returns empty-handed this often: FastRTC starts a second one after 60 s without an answer (#431).
PARK = 20.0


class IzwiHandler(ReplyOnPause):
    """One connection. ``copy`` gives each its own; the instance handed to FastRTC only serves as the mould."""

    def __init__(self, service: Service) -> None:
        vad = SileroVad()
        super().__init__(_unused, model=vad, input_sample_rate=LISTENING_RATE, output_sample_rate=SPEAKING_RATE)
        self.service = service
        self.call = Call(service, SPEAKING_RATE, self.send, self._flush, LEAD, vad)
        self.hold: Hold | None = None  # on its session; none for a recording
        self.left = False  # the page has said that it will not come back
        self._parted = False
        self._opening: Future[None] | None = None
        self._closed = threading.Event()
        self._resampler: Any = None
        self._calm = asyncio.Event()  # not set while FastRTC's queue is being emptied
        self._calm.set()
        self._parked: Any = None

    @property
    def conversation(self) -> Conversation | None:
        """None until the engines are warm."""
        return self.call.conversation

    def copy(self) -> IzwiHandler:
        return IzwiHandler(self.service)

    # FastRTC's life cycle

    def start_up(self) -> None:
        """Called once, in a thread, when the page's data channel is open."""
        if context := current_context.get(None):  # a recording has none
            self.call.session = context.webrtc_id
        self._opening = asyncio.run_coroutine_threadsafe(self._open(), self.loop)
        with contextlib.suppress(CancelledError):  # the page left before the models were warm
            self._opening.result()

    def set_channel(self, channel: Any) -> None:
        super().set_channel(channel)
        if hasattr(channel, "on"):
            channel.remove_all_listeners("message")  # FastRTC would send every word of the page back to it
            channel.on("message", self._message)
        else:  # a recording has nothing to say about languages
            self.call.introduced.set()

    def resample(self, frame: av.AudioFrame) -> Iterator[av.AudioFrame]:
        """Hear the frame, at 16 kHz in blocks of 20 ms, and pass nothing on.

        FastRTC calls this on the event loop, where the conversation lives; what is passed on would go through a thread
        and back, which cost an idle connection more than all our listening.
        """
        if self._resampler is None:
            size = LISTENING_RATE // 50
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=LISTENING_RATE, frame_size=size)
        for block in self._resampler.resample(frame):
            self.call.hear(block.to_ndarray().reshape(-1))
        return iter(())

    def receive(self, frame: tuple[int, Samples]) -> None:
        """Hear a frame of any rate, from any thread (a recording's: those of a call go through ``resample``)."""
        rate, array = frame
        samples = np.asarray(array).reshape(-1)
        if rate != LISTENING_RATE:
            samples = Pcm(samples, rate).resampled(LISTENING_RATE).samples
        self._on_loop(lambda: self.call.hear(samples))

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
        hold = self.hold
        if hold is None:
            return await self.call.open()
        self._tell(json.dumps({"type": "welcome", **hold.welcome()}, ensure_ascii=False))
        await self.call.open(lambda conversation: not hold.restore(conversation))

    def send(self, event: Event) -> None:
        """Tell the page; on the loop's thread. What rests now is remembered, should the line drop."""
        self._tell(event.json())
        if self.hold and isinstance(event, StateChanged) and event.state in ("idle", "interrupted"):
            self.service.resumption.remember(self.hold, self.conversation)

    def _tell(self, message: str) -> None:
        """A closed channel is no error: the page has simply gone."""
        channel = self.channel
        if channel is not None and getattr(channel, "readyState", "open") == "open":
            channel.send(message)

    def _message(self, message: Any) -> None:
        self.call.messages += 1
        try:
            wanted = command(str(message))
        except BadMessage as error:
            return self.send(Failed("message", f"The page sent something Izwi does not understand: {error}."))
        if wanted.type == "bye":
            self.left = True
        else:
            self.call.obey(wanted)

    async def _next(self) -> Samples | None:
        generation, piece = await self.call.next()
        await self._calm.wait()
        return piece if generation == self.call.generation and not self._closed.is_set() else None

    def _flush(self) -> None:
        """Empty FastRTC's queue now, and once more for the piece that may be on its way there."""
        self._calm.clear()
        self._clear()
        self.loop.call_later(0.01, self._flushed)

    def _flushed(self) -> None:
        self._clear()
        self._calm.set()

    def _clear(self) -> None:
        if self._clear_queue is not None:
            self._clear_queue()

    def part(self) -> None:
        """Cut off what is being said and remember the conversation for who comes back; once, whoever ends the call."""
        if self.hold and not self._parted:
            self._parted = True
            self.service.resumption.leave(self.hold, self.conversation, for_good=self.left)

    def _end(self) -> None:
        self.part()
        for waiting in (self._opening, self._parked):
            if waiting is not None:
                waiting.cancel()
        self._ending = asyncio.ensure_future(self.call.close())

    def _on_loop(self, call: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has closed with the server
            self.loop.call_soon_threadsafe(call)


def _unused(audio: tuple[int, Samples]) -> Iterator[tuple[int, Samples]]:
    """``ReplyOnPause`` wants a reply function; ours is the conversation, so this one has nothing to add."""
    yield from ()
