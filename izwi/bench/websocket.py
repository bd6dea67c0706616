"""A caller over the WebSocket, through the client that programs use."""

from __future__ import annotations

import asyncio

from izwi.audio import LISTENING_RATE, Pcm
from izwi.bench.caller import Caller
from izwi.bench.users import RATE
from izwi.client import Client, Piece, Refused


class WebSocketCaller(Caller):
    """A call over the WebSocket. Its voice comes ahead of time, so a sound is heard when it would be played."""

    async def connect(self) -> None:
        self._client = Client(self.url, hello={"rate": 24_000, "framing": "binary"}, on_piece=self._piece)
        self._generation, self._until = -1, 0.0
        try:
            await self._client.connect()
        except (OSError, TimeoutError, Refused) as error:
            raise RuntimeError(f"the server refused the call: {error}") from error
        self.tasks += [asyncio.create_task(self._speak()), asyncio.create_task(self._listen())]

    async def close(self) -> None:
        await super().close()
        await self._client.close()

    async def _speak(self) -> None:
        while True:
            frame = await self.microphone.frame()
            await self._client.sound(Pcm(frame, RATE).resampled(LISTENING_RATE).samples)

    async def _listen(self) -> None:
        async for event in self._client.events():
            self.told_us(event)
            if event["type"] == "audio_interrupt":  # what has come ahead is never played
                self.sounds = [(at, loud) for at, loud in self.sounds if at <= event["at"]]
                self._until = 0.0

    def _piece(self, piece: Piece) -> None:
        self._until = max(self._until, piece.at)
        self.received(piece.sound.floats, piece.sound.rate, self._until)
        self._until += piece.sound.seconds
