"""The WebSocket line: accepts, greets, admits, resumes; one reader, one writer and one mouth a connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

from izwi.dialogue.conversation import Conversation
from izwi.events import Command
from izwi.security.quotas import Place
from izwi.security.talker import Refused, Talker
from izwi.service.admission import admit
from izwi.service.call import TIME_IS_UP, Service
from izwi.service.outbox import Overrun
from izwi.service.protocol import LONGEST_MESSAGE, SUBPROTOCOL, VERSION, Refusal, greeting
from izwi.service.resume import TAKEN_OVER, Hold
from izwi.service.wire import Wire
from izwi.service.witness import Witness

log = logging.getLogger(__name__)

#: Seconds: for the hello, for a client to take one message, for the last words, and between two pings.
HELLO, STUCK, FAREWELL, PING = 5.0, 10.0, 2.0, 5.0
#: Close code for a fault of ours (RFC 6455).
INTERNAL = 1011
#: Connections that may stand before the door without having said hello.
STRANGERS = 256


class Sockets:
    """All WebSocket connections. ``drop`` ends the WebRTC connection that a client has given up for this one."""

    def __init__(self, service: Service, drop: Callable[[str], Awaitable[None]]) -> None:
        self.service, self.drop = service, drop
        self.live: dict[str, Socket] = {}
        self.strangers = 0

    async def serve(self, web: WebSocket) -> None:
        """The endpoint."""
        with contextlib.suppress(WebSocketDisconnect):  # the client has gone, at whatever moment
            await web.accept(SUBPROTOCOL if SUBPROTOCOL in web.scope["subprotocols"] else None)
            await Socket(self, web).run()

    async def close(self) -> None:
        """End every connection; each may come back and resume."""
        everyone = list(self.live.values())
        for socket in everyone:
            socket.end(Refusal("going_away", "Izwi is being restarted; please connect again.", 503))
        await asyncio.gather(*(socket.over.wait() for socket in everyone))


class Socket:
    """One WebSocket connection."""

    def __init__(self, sockets: Sockets, web: WebSocket) -> None:
        self.over = asyncio.Event()
        self._sockets, self._service, self._web = sockets, sockets.service, web
        self._wire: Wire | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def wire(self) -> Wire:
        """There is one from the hello on."""
        assert self._wire is not None
        return self._wire

    def end(self, refusal: Refusal) -> None:
        """End the connection from outside."""
        if not self._ended.done():
            self._ended.set_exception(refusal)

    async def run(self) -> None:
        """The whole life of the connection. Raises ``WebSocketDisconnect`` when the peer has gone."""
        try:
            known = self._service.guard.admit(self._web)
            hello = await self._hello()
            hold = await self._service.resumption.take(hello.data.get("token", ""), self._taken_over)
            try:
                await self._stay(known, hello, hold)
            finally:
                self._service.resumption.release(hold)
            await self._close(1000, "")
        except Refused as refused:
            await self._farewell(refused.code, refused.text, refused.close_code, refused.after)
        except WebSocketDisconnect:
            raise
        except Exception:
            log.exception("a WebSocket broke")
            await self._farewell("internal", "Something went wrong here. Please connect again.", INTERNAL, 0.0)
        finally:
            self._ended.cancel()
            self.over.set()

    def _taken_over(self) -> None:
        self.end(Refusal("taken_over", TAKEN_OVER, 409))

    async def _hello(self) -> Command:
        if self._sockets.strangers >= STRANGERS:
            raise Refusal("busy", "Too many are waiting before the door.", 503)
        self._sockets.strangers += 1
        try:
            async with asyncio.timeout(HELLO):
                return greeting(await self._receive())
        except TimeoutError:
            raise Refusal("timeout", f"There was no hello within {HELLO:g} seconds.", 408) from None
        finally:
            self._sockets.strangers -= 1

    async def _stay(self, known: Talker, hello: Command, hold: Hold) -> None:
        """From the hello to the end."""
        guard = self._service.guard
        with guard.place(known, hold.session) as place:
            wire = self._wire = Wire(self._service, hello, place, rested=lambda: self._rested(hold))
            wire.call.witness = Witness(self._service, hold.token, guard.pseudonyms.of(known.holder))
            self._sockets.live[hold.token] = self
            try:
                await first(self._read(), self._write(), self._talk(hello, hold, place), self._ended)
            finally:
                await asyncio.shield(self._leave(hold))

    # While it lasts

    async def _read(self) -> None:
        while not self.wire.left:
            self.wire.receive(await self._receive())

    async def _receive(self) -> str | bytes:
        event = await self._web.receive()
        if event["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(event.get("code", 1005))
        text = event.get("text")
        message: str | bytes = text if text is not None else event["bytes"]
        if len(message) > LONGEST_MESSAGE:
            raise Refusal("too_big", f"A message has at most {LONGEST_MESSAGE:,} bytes.", 413, final=True)
        return message

    async def _write(self) -> None:
        try:
            while True:
                message = await self.wire.outbox.take()
                async with asyncio.timeout(STUCK):
                    await self._send(message)
        except (TimeoutError, Overrun):
            raise Refusal("slow", "You do not take what Izwi sends.", 408) from None

    async def _send(self, message: str | bytes) -> None:
        try:
            await (self._web.send_text(message) if isinstance(message, str) else self._web.send_bytes(message))
        except RuntimeError:  # uvicorn has closed the line itself, after a message that was too big
            raise WebSocketDisconnect(1006) from None

    async def _talk(self, hello: Command, hold: Hold, place: Place) -> None:
        wire = self.wire
        if replaced := hello.data.get("replaces"):
            self._service.door.hand_over(replaced, hold.place)
            await self._sockets.drop(replaced)

        def tell(position: int, seconds: float) -> None:
            wire.say("queue", position=position, seconds=seconds)

        await admit(self._service.door, hold.place, tell)
        try:
            wire.say("welcome", version=VERSION, rate=wire.rate, framing=wire.framing, **hold.welcome())
            wire.call.session = hold.place
            if "language" in hello.data:  # else the greeting waits until the client has said in which
                wire.call.introduced.set()
            await first(self._speak(hello, hold), self._watch(), self._ping(), self._count(place))
        finally:
            self._service.door.leave(hold.place)

    async def _speak(self, hello: Command, hold: Hold) -> None:
        await self.wire.call.open(lambda conversation: prepare(conversation, hold, hello.data))
        while True:
            generation, samples = await self.wire.call.next()
            await self.wire.outbox.room()
            self.wire.sound(generation, samples)

    async def _watch(self) -> None:
        over = await self.wire.call.watch(self._service.settings.time_limit, lambda: False)
        if over == "time_limit":
            raise Refusal("time_limit", TIME_IS_UP, 410)
        raise Refusal("timeout", "Nothing was heard from you for a while.", 408)

    async def _ping(self) -> None:
        while True:
            self.wire.ping()
            await asyncio.sleep(PING)

    async def _count(self, place: Place) -> None:
        while True:
            await asyncio.sleep(1.0)
            place.spend(1.0)

    # The end

    def _rested(self, hold: Hold) -> None:
        self._service.resumption.remember(hold, self.wire.call.conversation)

    async def _leave(self, hold: Hold) -> None:
        """Free everything, and keep what is needed to go on."""
        try:
            self._service.resumption.leave(hold, self.wire.call.conversation, for_good=self.wire.left)
            await self.wire.call.close()
        finally:
            del self._sockets.live[hold.token]

    async def _farewell(self, code: str, text: str, close: int, after: float) -> None:
        """What is left to say, why it is over, and the close code."""
        error: dict[str, Any] = {"type": "error", "code": code, "text": text}
        if after:
            error["retry_after"] = after
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL):
                while self._wire and self._wire.outbox.waiting:
                    await self._send(await self._wire.outbox.take())
                await self._send(json.dumps(error, ensure_ascii=False))
                await self._close(close, code)

    async def _close(self, code: int, reason: str) -> None:
        with contextlib.suppress(RuntimeError):  # uvicorn has closed it already
            await self._web.close(code, reason)


def prepare(conversation: Conversation, hold: Hold, hello: dict[str, Any]) -> bool:
    """Put back what was remembered, then do what the hello asks for; True if this is a new acquaintance."""
    resumed = hold.restore(conversation)
    if "language" in hello:
        conversation.choose_language(hello["language"])
    if "voice" in hello:
        conversation.choose_voice(hello["voice"])
    if "muted" in hello:
        conversation.mute(hello["muted"])
    return not resumed


async def first(*works: Awaitable[None]) -> None:
    """Wait until one of ``works`` ends; the others are cancelled and waited for. Raises what the first one raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
