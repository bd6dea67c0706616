"""The WebRTC line: FastRTC's stream, with a guard on every connection that ends it whole, whatever ended it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import gradio as gr
from aiortc import RTCPeerConnection
from fastrtc import Stream
from fastrtc.stream import Body
from pydantic import Field

from izwi.events import Failed
from izwi.security.quotas import Place
from izwi.security.talker import Refused, Talker
from izwi.service.admission import ASK, FULL
from izwi.service.call import TIME_IS_UP
from izwi.service.door import waiting_sentence
from izwi.service.handler import IzwiHandler, Service
from izwi.service.ice import Ice, our_side
from izwi.service.receiving import decode_at_once, shorten_jitter_buffer
from izwi.service.resume import TAKEN_OVER
from izwi.service.witness import Witness
from izwi.sessions.sealed import filed_as

#: Seconds that a peer connection may take to close.
CLOSING = 3.0
#: Seconds of talk counted at once.
COUNT = 1.0
#: Seconds for the last words of the data channel to leave.
FAREWELL = 0.5


class BadOffer(ValueError):
    """What came is no WebRTC offer of one audio track."""


class Offer(Body):
    """What a page offers; ``token`` of the session that it wants to go on with."""

    token: str = Field("", max_length=256)


class Line(Stream):
    """All WebRTC connections. Whoever finds no place is answered ``concurrency_limit_reached``, in FastRTC's form."""

    def __init__(self, service: Service) -> None:
        super().__init__(
            IzwiHandler(service),
            modality="audio",
            mode="send-receive",
            concurrency_limit=service.settings.talkers,
            verbose=False,
        )
        self.ice = Ice(service.settings)
        self.door, self.guard, self._resumption = service.door, service.guard, service.resumption
        self._time_limit = service.settings.time_limit
        self._guards: dict[str, asyncio.Task[None]] = {}
        self._talkers: dict[str, Talker] = {}  # by the name they offer under, while the offer is answered
        self._places: dict[str, Place] = {}

    def _generate_default_ui(self, ui_args: Any = None) -> gr.Blocks:
        """FastRTC would build a page of its own here; ours is mounted beside the line."""
        with gr.Blocks(analytics_enabled=False) as nothing:
            pass
        return nothing

    async def drop(self, name: str) -> None:
        """End a connection that its page has given up; one that is not there is no error."""
        if guard := self._guards.get(name):
            guard.cancel()
            await asyncio.wait([guard])

    async def offer_from(self, talker: Talker, body: Body) -> Any:
        """FastRTC's answer to what ``talker`` offers. Raises ``BadOffer``, ``Refused``."""
        self._talkers[body.webrtc_id] = talker
        try:
            return await self.offer(body)
        finally:
            self._talkers.pop(body.webrtc_id, None)

    async def handle_offer(self, body: dict[str, Any], set_outputs: Callable[..., None]) -> Any:
        """FastRTC's answer to an offer or a late ICE candidate. Raises ``BadOffer``."""
        name, token = body["webrtc_id"], body.get("token", "")
        if body["type"] == "ice-candidate" or name in self.pcs:
            return await super().handle_offer(body, set_outputs)
        if token:
            await self._resumption.free(token, name)
        standing = self.door.ask(name)
        if standing.turned_away:
            return _failed("concurrency_limit_reached", limit=self.door.limit, text=FULL)
        if not standing.inside:
            waiting = {"position": standing.position, "seconds": standing.seconds, "again": ASK}
            return _failed("queued", **waiting, text=waiting_sentence(standing))
        self._enter(name, token)
        self.server_rtc_configuration = our_side(await self.ice.servers())
        try:
            answer = await super().handle_offer(body, set_outputs)
        except Exception as error:
            await self._end(name, self.pcs.get(name), [])
            raise BadOffer("that is not a WebRTC offer") from error
        if pc := self.pcs.get(name):
            await self._welcome(name, pc, token)
        else:
            self._leave(name)
        return answer

    def _enter(self, name: str, token: str) -> None:
        """Count the connection, and from now on its time. Raises ``Refused``."""
        if name in self._places:
            return
        try:
            self._places[name] = self.guard.place(self._talkers[name], filed_as(token) if token else "")
        except Refused:
            self.door.leave(name)
            raise

    def _leave(self, name: str) -> None:
        self.door.leave(name)
        if place := self._places.pop(name, None):
            place.close()

    async def _welcome(self, name: str, pc: RTCPeerConnection, token: str) -> None:
        tracks = list(self.connections.get(name, []))
        if not tracks:
            await self._end(name, pc, [])
            raise BadOffer("that is no offer of an audio track")
        shorten_jitter_buffer(pc)
        decode_at_once(pc)
        handler, place = self.handlers[name], self._places[name]
        hold = handler.hold = await self._resumption.take(token, lambda: self._taken_over(name, handler), name)
        place.session = hold.session
        handler.call.session = name
        handler.call.witness = Witness(handler.service, hold.token, self.guard.pseudonyms.of(place.talker.holder))
        guard = asyncio.create_task(self._guard(name, pc, handler, tracks))
        self._guards[name] = guard
        guard.add_done_callback(lambda _: self._guards.pop(name, None))

    def _taken_over(self, name: str, handler: IzwiHandler) -> None:
        handler.send(Failed("taken_over", TAKEN_OVER))
        asyncio.get_running_loop().call_soon(self._guards[name].cancel)  # a guard that has not begun would end nothing

    async def close(self) -> None:
        """End every connection."""
        guards = list(self._guards.values())
        for guard in guards:
            guard.cancel()
        await asyncio.gather(*guards, return_exceptions=True)

    async def _guard(self, name: str, pc: RTCPeerConnection, handler: IzwiHandler, tracks: list[Any]) -> None:
        counting = asyncio.create_task(self._count(self._places[name]))

        def gone() -> bool:
            return pc.connectionState in ("closed", "failed") or counting.done() or handler.left

        try:
            over = await handler.call.watch(self._time_limit, gone)
            if over == "time_limit":
                handler.send(Failed(over, TIME_IS_UP))
                await asyncio.sleep(FAREWELL)
            elif counting.done() and isinstance(refused := counting.exception(), Refused):
                handler.send(Failed(refused.code, refused.text))
                await asyncio.sleep(FAREWELL)
        finally:
            counting.cancel()
            handler.part()
            if handler.hold:  # whoever waits for the session runs when this waits, and all but the goodbye is over then
                self._resumption.release(handler.hold)
            await self._end(name, pc, tracks)

    async def _count(self, place: Place) -> None:
        """Spend the talker's time as it passes. Raises ``Refused`` when there is none left."""
        while True:
            await asyncio.sleep(COUNT)
            place.spend(COUNT)

    async def _end(self, name: str, pc: RTCPeerConnection | None, tracks: list[Any]) -> None:
        """Free all that a connection held. FastRTC does parts of this, but not after a failed ICE or a bad offer."""
        self._leave(name)
        for track in [*tracks, *self.clean_up(name)]:
            track.event_handler.shutdown()
            track.stop()
        if pc is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSING):
                    await pc.close()


def _failed(error: str, **meta: Any) -> dict[str, Any]:
    return {"status": "failed", "meta": {"error": error, **meta}}
