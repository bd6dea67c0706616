"""A caller over WebRTC (aiortc): speaks recordings like a microphone would, and notes when which sound arrived."""

from __future__ import annotations

import asyncio
import fractions
import json
import secrets
import time
from collections import deque
from itertools import pairwise
from typing import Any

import av
import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from izwi.audio import Samples
from izwi.bench.users import AUDIBLE, RATE, Recording
from izwi.service.line import shorten_jitter_buffer

FRAME = RATE // 50


class Microphone(MediaStreamTrack):
    """Sends silence, or what was queued, 20 ms every 20 ms; knows when each queued sample was spoken."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._queue: deque[tuple[Samples, asyncio.Future[float]]] = deque()
        self._at = 0
        self._sent = 0
        self._start = 0.0

    def say(self, samples: Samples) -> asyncio.Future[float]:
        """Queue a sound; the future gives the moment (``time.perf_counter``) at which its first sample is spoken."""
        began: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._queue.append((samples, began))
        return began

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        now = time.perf_counter()
        self._start = self._start or now
        await asyncio.sleep(max(0.0, self._start + self._sent / RATE - now))
        samples = self._next()
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, fractions.Fraction(1, RATE)
        self._sent += FRAME
        return frame

    def _next(self) -> Samples:
        """The next 20 ms. A microphone hands a frame over when it is full, so its samples were spoken just before."""
        if not self._queue:
            return np.zeros(FRAME, np.int16)
        samples, began = self._queue[0]
        if not began.done():
            began.set_result(time.perf_counter() - FRAME / RATE)
        piece = samples[self._at : self._at + FRAME]
        self._at += FRAME
        if self._at >= len(samples):
            self._queue.popleft()
            self._at = 0
        return np.pad(piece, (0, FRAME - len(piece)))


class Caller:
    """One call. ``sounds`` holds (moment, audible) for every 5 ms received, ``messages`` (moment, message)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Microphone()
        self.sounds: list[tuple[float, bool]] = []
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self) -> None:
        """Raises ``RuntimeError`` when the server refuses or does not answer."""
        channel = self._peer.createDataChannel("text")
        channel.on("message", self._message)
        opened = asyncio.Event()
        channel.on("open", opened.set)
        self._peer.on("track", self._track)
        self._peer.addTrack(self.microphone)
        await self._peer.setLocalDescription(await self._peer.createOffer())
        offer = {"sdp": self._peer.localDescription.sdp, "type": "offer", "webrtc_id": secrets.token_hex(8)}
        async with httpx.AsyncClient(timeout=30) as client:
            answer = (await client.post(f"{self._url}/webrtc/offer", json=offer)).json()
        if "sdp" not in answer:
            raise RuntimeError(f"the server refused the call: {answer}")
        shorten_jitter_buffer(self._peer)  # a browser's own buffer is about as short
        await self._peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
        await asyncio.wait_for(opened.wait(), 20)
        self._tasks.append(asyncio.create_task(self._ping(channel)))

    async def say(self, recording: Recording) -> tuple[float, float]:
        """Speak; returns the moments of its first and last audible sample."""
        return await self.play(recording.audio.samples, recording.first, recording.last)

    async def play(self, samples: Samples, first: int = 0, last: int | None = None) -> tuple[float, float]:
        began = await self.microphone.say(samples)
        end = began + (len(samples) if last is None else last) / RATE
        await asyncio.sleep(end - time.perf_counter())
        return began + first / RATE, end

    def heard_after(self, moment: float) -> float | None:
        """The moment of the first audible sound received after ``moment``."""
        return next((at for at, loud in self.sounds if loud and at > moment), None)

    async def wait_for_sound(self, moment: float, patience: float = 15.0) -> float | None:
        """As ``heard_after``, waiting for it."""
        while (heard := self.heard_after(moment)) is None:
            if time.perf_counter() > moment + patience:
                return None
            await asyncio.sleep(0.01)
        return heard

    async def wait_for_quiet(self, seconds: float = 1.2, patience: float = 60.0) -> float:
        """Wait until nothing has been audible for ``seconds``; returns the moment of the last sound."""
        end = time.perf_counter() + patience
        while True:
            last = next((at for at, loud in reversed(self.sounds) if loud), 0.0)
            if time.perf_counter() - last > seconds or time.perf_counter() > end:
                return last
            await asyncio.sleep(0.05)

    def fell_silent(self, moment: float, gap: float = 0.25) -> float | None:
        """The moment of the last sound before the first silence of ``gap`` seconds that ends after ``moment``."""
        loud = [at for at, audible in self.sounds if audible and at > moment - gap]
        return next((at for at, after in pairwise([*loud, float("inf")]) if after - at > gap), None)

    def told(self, kind: str, after: float) -> list[tuple[float, dict[str, Any]]]:
        """The server's messages of one type after a moment."""
        return [(at, message) for at, message in self.messages if at > after and message.get("type") == kind]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._peer.close()

    async def _ping(self, channel: Any) -> None:
        while True:
            channel.send('{"type": "ping"}')
            await asyncio.sleep(2)

    def _message(self, message: str) -> None:
        self.messages.append((time.perf_counter(), json.loads(message)))

    def _track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        size = RATE // 200
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            now = time.perf_counter()
            array = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0].astype(np.float64) / 32768
            for start in range(0, len(array) - size + 1, size):
                level = 10 * np.log10((array[start : start + size] ** 2).mean() + 1e-12)
                self.sounds.append((now + start / RATE, bool(level > AUDIBLE)))
