"""A small client of Izwi's WebSocket (``docs/protocol.md``): for programs that talk, for the tests and for the bench.

    async with Client("http://localhost:7860") as izwi:
        await izwi.text("Mhoro")
        async for event in izwi.events():
            ...

It needs nothing of the server's: only ``websockets``, numpy and ``izwi.audio``.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import struct
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK

from izwi.audio import LISTENING_RATE, Pcm, Samples

VERSION = 1
_HEADER = struct.Struct("<IIQ")
#: Seconds of sound in one message, between two pings, and between two notes of what was heard.
PIECE, PING, NOTE = 0.02, 2.0, 0.25


class Refused(Exception):
    """The server ended the connection: its ``code`` and sentence, and the close code."""

    def __init__(self, code: str, text: str, close: int) -> None:
        super().__init__(f"{text} ({code}, {close})")
        self.code, self.close = code, close


@dataclass
class Piece:
    """Some of Izwi's voice: when it came (``time.perf_counter``), for which generation, and the sound."""

    at: float
    generation: int
    number: int
    sound: Pcm


@dataclass
class Offset:
    """The server's clock minus ours in seconds, and the round trip it was found with."""

    seconds: float = 0.0
    trip: float = float("inf")


@dataclass
class _Playing:
    """What a loudspeaker would have played of the current turn by now."""

    turn: int = -1
    generation: int = -1
    began: float = 0.0
    seconds: float = 0.0
    ended: bool = True

    def played(self) -> float:
        return min(self.seconds, time.perf_counter() - self.began)


@dataclass
class Client:
    """One session. ``hello`` holds more fields for the hello (language, voice, rate, framing, muted).

    ``heard`` collects the voice that was not stale, ``log`` every message; both get longer as the talk does.
    """

    url: str
    key: str = ""
    hello: dict[str, Any] = field(default_factory=dict)
    path: str = "/orchestrate"
    on_piece: Callable[[Piece], None] = lambda _: None
    token: str = ""
    welcome: dict[str, Any] = field(default_factory=dict)
    offset: Offset = field(default_factory=Offset)
    heard: list[Piece] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    generation: int = 0
    _socket: ClientConnection | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _queues: list[asyncio.Queue[dict[str, Any] | None]] = field(default_factory=list)
    _playing: _Playing = field(default_factory=_Playing)
    _error: dict[str, Any] = field(default_factory=dict)
    _refused: Refused | None = None
    _number: int = 0

    # The connection

    async def connect(self) -> Client:
        """Connect, or come back to the session of ``token``. Raises ``Refused``, ``OSError`` or ``TimeoutError``."""
        self._error, self._refused, self._playing = {}, None, _Playing()
        try:
            self.welcome = await self._welcomed()
        except BaseException:
            await self.drop()
            raise
        self.token = self.welcome["token"]
        self._tasks.append(asyncio.create_task(self._beat()))
        return self

    async def _welcomed(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        address = self.url.replace("http", "ws", 1).rstrip("/") + self.path
        self._socket = await connect(address, additional_headers=headers, max_size=2**20, compression=None)
        hello = {"type": "hello", "version": VERSION, "t": time.perf_counter(), **self.hello}
        await self._send({**hello, "token": self.token} if self.token else hello)
        welcomed = self._subscribe()
        self._tasks = [asyncio.create_task(self._read())]
        try:
            while (message := await welcomed.get()) is not None:
                if message["type"] == "welcome":
                    return message
        finally:
            self._queues.remove(welcomed)
        raise self._refused or Refused("lost", "The connection was lost before the welcome.", 1006)

    @property
    def open(self) -> bool:
        """Whether the connection is still there."""
        return bool(self._tasks) and not self._tasks[0].done()

    @property
    def refused(self) -> Refused | None:
        """Why the server ended the connection, if it did."""
        return self._refused

    async def drop(self) -> None:
        """Cut the connection without a word, as a network does; ``connect`` then resumes."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.transport.abort()
            await self._socket.wait_closed()
        self._socket = None

    async def close(self) -> None:
        """Leave for good: the server forgets the session."""
        if self._socket is not None and self.open:
            with contextlib.suppress(ConnectionClosed):
                await self._send({"type": "bye"})
                await self._socket.close()
        await self.drop()
        self.token = ""

    async def __aenter__(self) -> Client:
        return await self.connect()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def offset_known(self) -> Offset:
        """The offset of the clocks, as soon as one ping has been answered."""
        if self.offset.trip == float("inf"):
            await self.until("pong")
        return self.offset

    # What we say

    async def text(self, text: str) -> None:
        await self._send({"type": "text", "text": text})

    async def stop(self) -> None:
        """Break in: nothing of the reply counts as heard from now on. Says how much of it was."""
        playing, self._playing.ended = self._playing, True
        self.generation += 1  # what is still on its way is of an older one
        played = {"turn": playing.turn, "seconds": round(playing.played(), 3)} if playing.turn >= 0 else {}
        await self._send({"type": "playback_stop", **played})

    async def command(self, kind: str, **fields: Any) -> None:
        """Any message of the protocol: ``mute``, ``language``, ``voice`` …"""
        await self._send({"type": kind, **fields})

    async def sound(self, samples: Samples) -> None:
        """Some sound from a microphone, int16 of shape ``(n,)`` at 16 kHz, at most 2 s, that ends now."""
        at = time.perf_counter() - len(samples) / LISTENING_RATE
        self._number += 1
        pcm = samples.astype("<i2", copy=False).tobytes()
        if self.hello.get("framing") == "base64":
            encoded = base64.b64encode(pcm).decode()
            await self._send({"type": "audio_chunk", "audio": encoded, "seq": self._number, "t": at})
        else:
            assert self._socket is not None
            await self._socket.send(_HEADER.pack(0, self._number, round(at * 1e6)) + pcm)

    async def say(self, speech: Pcm, piece: float = PIECE) -> None:
        """Speak a recording at the pace of real time, ``piece`` seconds a message."""
        start = time.perf_counter()
        sent = 0.0
        for frame in speech.resampled(LISTENING_RATE).frames(round(piece * LISTENING_RATE)):
            sent += frame.seconds
            await asyncio.sleep(start + sent - time.perf_counter())  # a microphone hands over what it has heard
            await self.sound(frame.samples)

    async def quiet(self, seconds: float) -> None:
        """Let the microphone hear nothing for so long."""
        await self.say(Pcm(np.zeros(round(seconds * LISTENING_RATE), np.int16), LISTENING_RATE))

    # What we hear

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """The server's messages from now on, until the connection ends."""
        queue = self._subscribe()
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._queues.remove(queue)

    async def until(self, kind: str, patience: float = 30.0, **fields: Any) -> dict[str, Any]:
        """The next message of one type with these fields. Raises ``Refused`` if the server ends the connection."""
        async with asyncio.timeout(patience):
            async for event in self.events():
                if event["type"] == kind and all(event.get(name) == value for name, value in fields.items()):
                    return event
        raise self._refused or Refused("lost", "The connection was lost.", 1006)

    def spoken(self, turn: int | None = None) -> Pcm:
        """What was heard, joined; of one turn, or of all."""
        pieces = [
            piece.sound for piece in self.heard if turn is None or piece.generation == self._generations.get(turn)
        ]
        rate = int(self.welcome.get("rate", 24_000))
        return Pcm(np.concatenate([p.samples for p in pieces]) if pieces else np.zeros(0, np.int16), rate)

    @property
    def _generations(self) -> dict[int, int]:
        return {event["turn"]: event["generation"] for event in self.log if event["type"] == "audio_start"}

    # Behind it

    def _subscribe(self) -> asyncio.Queue[dict[str, Any] | None]:
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._queues.append(queue)
        return queue

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is None:
            raise Refused("lost", "There is no connection.", 1006)
        await self._socket.send(json.dumps(message, ensure_ascii=False))

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for message in self._socket:
                if isinstance(message, bytes):
                    generation, number, _ = _HEADER.unpack_from(message)
                    self._piece(generation, number, message[_HEADER.size :])
                else:
                    await self._told(json.loads(message))
        except ConnectionClosed as closed:
            if not isinstance(closed, ConnectionClosedOK):
                code = closed.rcvd.code if closed.rcvd else 1006
                error = self._error or {"code": "lost", "text": "The connection was lost."}
                self._refused = Refused(error["code"], error["text"], code)
        finally:
            for queue in self._queues:
                queue.put_nowait(None)

    def _piece(self, generation: int, number: int, pcm: bytes) -> None:
        if generation < self.generation:
            return  # its turn is over
        self.generation = generation
        now = time.perf_counter()
        samples = np.frombuffer(pcm, "<i2").astype(np.int16, copy=False)
        piece = Piece(now, generation, number, Pcm(samples, int(self.welcome["rate"])))
        if self._playing.seconds == 0.0:
            self._playing.began = now
        self._playing.seconds += piece.sound.seconds
        self.heard.append(piece)
        self.on_piece(piece)

    async def _told(self, event: dict[str, Any]) -> None:
        now = time.perf_counter()
        event["at"] = now
        self.log.append(event)
        match event["type"]:
            case "audio_chunk":
                self._piece(event["generation"], event["seq"], base64.b64decode(event["audio"]))
                return
            case "ping":
                await self._send({"type": "pong", "id": event["id"], "t": time.perf_counter()})
            case "pong":
                trip = (now - event["t0"]) - (event["t"] - event["t1"])
                if trip < self.offset.trip:
                    self.offset = Offset(((event["t1"] - event["t0"]) + (event["t"] - now)) / 2, trip)
            case "audio_start":
                self._playing = _Playing(event["turn"], event["generation"], now, 0.0, ended=False)
            case "audio_interrupt":
                self.generation = event["generation"]
                await self._note(ended=True)
            case "error":
                self._error = event
        for queue in self._queues:
            queue.put_nowait(event)

    async def _note(self, ended: bool = False) -> None:
        """Tell how much of the reply was heard."""
        playing = self._playing
        if playing.ended:
            return
        playing.ended = ended
        kind = "playback_done" if ended else "playback_progress"
        await self._send({"type": kind, "turn": playing.turn, "seconds": round(playing.played(), 3)})

    async def _beat(self) -> None:
        """Pings, and notes of what was heard."""
        pinged = 0.0
        with contextlib.suppress(ConnectionClosed):
            while True:
                if time.perf_counter() - pinged > PING:
                    pinged = time.perf_counter()
                    await self._send({"type": "ping", "t": pinged})
                left = any(e["type"] == "audio_end" and e["turn"] == self._playing.turn for e in self.log[-20:])
                await self._note(ended=left and self._playing.played() >= self._playing.seconds)
                await asyncio.sleep(NOTE)
