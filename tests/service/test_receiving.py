"""A receiver of aiortc's that decodes where packets arrive hears what any other hears, and ends as it does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection
from aiortc.codecs.opus import OpusEncoder
from aiortc.jitterbuffer import JitterFrame
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from izwi.service.receiving import QUEUE, decode_at_once, shorten_jitter_buffer

OPUS = RTCRtpCodecParameters("audio/opus", 48_000, 2, 96)


def tone(at: int) -> av.AudioFrame:
    """20 ms of 440 Hz, ``at`` frames after the beginning."""
    wave = 8000 * np.sin(2 * np.pi * 440 * (np.arange(960) + 960 * at) / 48_000)
    frame = av.AudioFrame.from_ndarray(wave.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 960 * at, Fraction(1, 48_000)
    return frame


class Tone(MediaStreamTrack):
    kind = "audio"
    sent = 0

    async def recv(self) -> av.AudioFrame:
        await asyncio.sleep(0.02)
        self.sent += 1
        return tone(self.sent)


async def connected(tune: Callable[[RTCPeerConnection], None]) -> tuple[RTCPeerConnection, RTCPeerConnection]:
    """Who speaks, and who hears, tuned before its first packet."""
    speaks, hears = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    speaks.addTrack(Tone())
    await speaks.setLocalDescription(await speaks.createOffer())
    await hears.setRemoteDescription(speaks.localDescription)
    await hears.setLocalDescription(await hears.createAnswer())
    tune(hears)
    await speaks.setRemoteDescription(hears.localDescription)
    return speaks, hears


async def test_every_packet_is_heard_and_the_end_ends_it() -> None:
    def tune(pc: RTCPeerConnection) -> None:
        shorten_jitter_buffer(pc)
        decode_at_once(pc)

    speaks, hears = await connected(tune)
    track = hears.getReceivers()[0].track
    frames = [await asyncio.wait_for(track.recv(), 20) for _ in range(25)]
    assert np.diff([frame.pts for frame in frames]).tolist() == [960] * 24
    assert 3000 < np.abs(frames[-1].to_ndarray()).max() < 9000
    await asyncio.gather(speaks.close(), hears.close())
    assert not any(thread.name == "audio-decoder" for thread in threading.enumerate())


async def test_one_that_has_begun_is_left_as_it_is() -> None:
    speaks, hears = await connected(lambda _: None)
    receiver = hears.getReceivers()[0]
    await asyncio.wait_for(receiver.track.recv(), 20)
    began = getattr(receiver, QUEUE)
    decode_at_once(hears)
    assert getattr(receiver, QUEUE) is began
    await asyncio.gather(speaks.close(), hears.close())


@pytest.mark.parametrize("junk", [b"", b"\xff", b"\xff" * 1500])
async def test_a_broken_packet_ends_nothing(junk: bytes) -> None:
    pc = RTCPeerConnection()
    pc.addTransceiver("audio")
    receiver = pc.getReceivers()[0]
    receiver._track = Tone()
    receiver._track._queue = heard = asyncio.Queue()  # type: ignore[attr-defined]
    decode_at_once(pc)
    encoder, queue = OpusEncoder(), getattr(receiver, QUEUE)
    for at in range(3):
        packets, _ = encoder.encode(tone(at))
        queue.put((OPUS, JitterFrame(packets[0], 960 * at)))
        queue.put((OPUS, JitterFrame(junk, 960 * at)))
    assert heard.qsize() >= 3
    await pc.close()
