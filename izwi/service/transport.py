"""uvicorn's WebSocket, tuned for sound: little waits unsent, and a peer that takes nothing is let go."""

from __future__ import annotations

import contextlib
import socket
from asyncio import BaseTransport, Transport
from typing import cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

#: Bytes that may wait in the kernel, and in the process: a third of a second of our voice each, so a cut is soon heard.
UNSENT = 16 * 1024
#: Seconds a peer has to take what is left when the call is over.
FAREWELL = 3.0


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """For ``uvicorn.Config(ws=…)``."""

    def connection_made(self, transport: BaseTransport) -> None:
        line = cast(Transport, transport)
        line.set_write_buffer_limits(high=UNSENT)
        door = line.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):  # a system without one of them is only slower
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio misses sockets made without a protocol
            door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        super().connection_made(transport)

    async def run_asgi(self) -> None:
        """uvicorn's own would wait for ever until the peer has taken everything."""
        await super().run_asgi()
        self.loop.call_later(FAREWELL, self.transport.abort)
