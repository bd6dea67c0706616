"""The WebRTC line: FastRTC's stream, with a guard on every connection that ends it whole, whatever ended it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import gradio as gr
from aiortc import RTCPeerConnection
from aiortc.jitterbuffer import JitterBuffer
from fastrtc import Stream

from izwi.events import Failed
from izwi.service.handler import IzwiHandler, Service
from izwi.service.ice import Ice, our_side

log = logging.getLogger(__name__)

#: The page says something every 2 s; a killed browser says nothing. After so many looks in a row without a word, half a
#: second apart, it is gone. Looks and not seconds: a server too busy to listen must not take it for the page's silence.
LOOKS, APART = 16, 0.5
#: Seconds that a peer connection may take to close.
CLOSING = 3.0


class BadOffer(ValueError):
    """What came is no WebRTC offer of one audio track."""


class Line(Stream):
    """All connections. At most ``talkers`` at once; FastRTC answers the next with ``concurrency_limit_reached``."""

    def __init__(self, service: Service) -> None:
        super().__init__(
            IzwiHandler(service),
            modality="audio",
            mode="send-receive",
            concurrency_limit=service.settings.talkers,
            verbose=False,
        )
        self.ice = Ice(service.settings)
        self._time_limit = service.settings.time_limit
        self._guards: set[asyncio.Task[None]] = set()

    def _generate_default_ui(self, ui_args: Any = None) -> gr.Blocks:
        """FastRTC would build a page of its own here; ours is mounted beside the line."""
        with gr.Blocks(analytics_enabled=False) as nothing:
            pass
        return nothing

    @property
    def talkers(self) -> int:
        """Slots taken now."""
        return len(self.pcs)

    async def handle_offer(self, body: dict[str, Any], set_outputs: Callable[..., None]) -> Any:
        """FastRTC's answer to an offer or a late ICE candidate. Raises ``BadOffer``."""
        name = body["webrtc_id"]
        if body["type"] == "ice-candidate" or name in self.pcs:
            return await super().handle_offer(body, set_outputs)
        self.server_rtc_configuration = our_side(await self.ice.servers())
        try:
            answer = await super().handle_offer(body, set_outputs)
        except Exception as error:
            await self._end(name, self.pcs.get(name), [])
            raise BadOffer("that is not a WebRTC offer") from error
        if pc := self.pcs.get(name):
            await self._welcome(name, pc)
        return answer

    async def _welcome(self, name: str, pc: RTCPeerConnection) -> None:
        tracks = list(self.connections.get(name, []))
        if not tracks:
            await self._end(name, pc, [])
            raise BadOffer("that is no offer of an audio track")
        shorten_jitter_buffer(pc)
        guard = asyncio.create_task(self._guard(name, pc, self.handlers[name], tracks))
        self._guards.add(guard)
        guard.add_done_callback(self._guards.discard)

    async def close(self) -> None:
        """End every connection."""
        guards = list(self._guards)
        for guard in guards:
            guard.cancel()
        await asyncio.gather(*guards, return_exceptions=True)

    async def _guard(self, name: str, pc: RTCPeerConnection, handler: IzwiHandler, tracks: list[Any]) -> None:
        end = asyncio.get_running_loop().time() + self._time_limit
        heard, silent = handler.messages, 0
        try:
            while pc.connectionState not in ("closed", "failed"):
                await asyncio.sleep(APART)
                heard, silent = handler.messages, 0 if handler.messages != heard else silent + 1
                if silent == LOOKS:
                    return log.info("session %s: the page has vanished", name)
                if asyncio.get_running_loop().time() > end:
                    handler.send(Failed("time_limit", "This talk has reached its time limit."))
                    return await asyncio.sleep(APART)
        finally:
            await self._end(name, pc, tracks)

    async def _end(self, name: str, pc: RTCPeerConnection | None, tracks: list[Any]) -> None:
        """Free all that a connection held. FastRTC does parts of this, but not after a failed ICE or a bad offer."""
        for track in [*tracks, *self.clean_up(name)]:
            track.event_handler.shutdown()
            track.stop()
        if pc is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(pc.close(), CLOSING)


def shorten_jitter_buffer(pc: RTCPeerConnection) -> None:
    """Let the microphone's packets through sooner: one packet ahead instead of four saves 60 ms of every answer.

    And of four places instead of sixteen: a lost packet then costs 40 ms once, not 280 ms for good. aiortc has no
    setting for it, so the buffer of the receiver, which has no packet yet, is replaced; if a later aiortc names it
    otherwise, this does nothing and Izwi is 60 ms slower.
    """
    place = "_RTCRtpReceiver__jitter_buffer"
    for receiver in pc.getReceivers():
        if hasattr(receiver, place):
            setattr(receiver, place, JitterBuffer(capacity=4, prefetch=1))
