"""aiortc's receiver, made fit for talk: it waits for less and wakes nobody in vain.

aiortc has no settings for either, so parts of a receiver that has not begun are replaced. If a later aiortc names them
otherwise, nothing is: an answer then comes 60 ms later, and an idle connection costs a tenth to a quarter more.
"""

from __future__ import annotations

import logging
from queue import Queue
from typing import Any

import av
from aiortc import RTCPeerConnection, RTCRtpReceiver
from aiortc.codecs import get_decoder
from aiortc.jitterbuffer import JitterBuffer

BUFFER, QUEUE, THREAD = (f"_RTCRtpReceiver__{name}" for name in ("jitter_buffer", "decoder_queue", "decoder_thread"))

log = logging.getLogger(__name__)


def shorten_jitter_buffer(pc: RTCPeerConnection) -> None:
    """Let the microphone's packets through sooner: one packet ahead instead of four saves 60 ms of every answer.

    And of four places instead of sixteen: a lost packet then costs 40 ms once, not 280 ms for good.
    """
    for receiver in pc.getReceivers():
        if hasattr(receiver, BUFFER):
            setattr(receiver, BUFFER, JitterBuffer(capacity=4, prefetch=1))


def decode_at_once(pc: RTCPeerConnection) -> None:
    """Decode each packet where it arrives: 20 ms of Opus take 40 µs, and two threads waking each other more."""
    for receiver in pc.getReceivers():
        if hasattr(receiver, QUEUE) and getattr(receiver, THREAD, receiver) is None:
            setattr(receiver, QUEUE, _AtOnce(receiver))


class _AtOnce(Queue[Any]):
    """What stands before the decoder's thread, which is left nothing but the end."""

    def __init__(self, receiver: RTCRtpReceiver) -> None:
        super().__init__()
        self._receiver = receiver
        self._decoder: Any = None

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """``item`` is a codec with a frame to decode; or None, for the thread."""
        if item is None:
            return super().put(item)
        codec, packet = item
        if not packet.data:
            return  # to FFmpeg that is the end of all sound
        self._decoder = self._decoder or get_decoder(codec)
        try:
            for frame in self._decoder.decode(packet):
                self._receiver.track._queue.put_nowait(frame)
        except av.FFmpegError as error:  # of the page's making: the next packet may be whole
            log.debug("a packet of sound could not be decoded: %s", error)
