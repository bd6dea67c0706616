"""A caller over WebRTC (aiortc), as a browser would call."""

from __future__ import annotations

import asyncio
import fractions
import json
import secrets
import time
from typing import Any

import av
import httpx
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from izwi.bench.caller import FRAME, Caller, Microphone
from izwi.bench.users import RATE
from izwi.service.receiving import shorten_jitter_buffer


class _Track(MediaStreamTrack):
    """The microphone as aiortc wants it."""

    kind = "audio"

    def __init__(self, microphone: Microphone) -> None:
        super().__init__()
        self._microphone = microphone
        self._sent = 0

    async def recv(self) -> av.AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        samples = await self._microphone.frame()
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, fractions.Fraction(1, RATE)
        self._sent += FRAME
        return frame


class WebRtcCaller(Caller):
    """A call over WebRTC; with ``token`` it goes on with the session of an earlier one."""

    token = ""

    async def connect(self) -> None:
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = channel = self._peer.createDataChannel("text")
        channel.on("message", lambda message: self.told_us(json.loads(message)))
        opened = asyncio.Event()
        channel.on("open", opened.set)
        self._peer.on("track", lambda track: self.tasks.append(asyncio.create_task(self._listen(track))))
        self._peer.addTrack(_Track(self.microphone))
        await self._peer.setLocalDescription(await self._peer.createOffer())
        self.name, sdp = secrets.token_hex(8), self._peer.localDescription.sdp
        offer = {"sdp": sdp, "type": "offer", "webrtc_id": self.name, "token": self.token}
        self.queued: list[dict[str, Any]] = []  # what we were told while we had to wait for a place
        async with httpx.AsyncClient(timeout=30) as client:
            while (answer := (await client.post(f"{self.url}/webrtc/offer", json=offer)).json()).get("meta"):
                if answer["meta"]["error"] != "queued":
                    break
                self.queued.append(answer["meta"])
                await asyncio.sleep(answer["meta"]["again"])
        if "sdp" not in answer:
            raise RuntimeError(f"the server refused the call: {answer}")
        shorten_jitter_buffer(self._peer)  # a browser's own buffer is about as short
        await self._peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
        await asyncio.wait_for(opened.wait(), 20)
        self.tasks.append(asyncio.create_task(self._ping(channel)))

    async def close(self) -> None:
        await super().close()
        await self._peer.close()

    async def _ping(self, channel: Any) -> None:
        while True:
            channel.send('{"type": "ping"}')
            await asyncio.sleep(2)

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            sound = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0].astype(np.float32) / 32768
            self.received(sound, frame.sample_rate, time.perf_counter())
