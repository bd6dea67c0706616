"""Speech as it travels: raw PCM, WAV, MP3, Opus, FLAC or AAC, encoded while it is still being spoken (PyAV)."""

from __future__ import annotations

import base64
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from izwi.audio import Pcm
from izwi.tts.wavstream import wav_header

#: Hz of everything that leaves here, as OpenAI's own voices have it.
RATE = 24_000

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]
MEDIA: dict[str, str] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": f"audio/pcm;rate={RATE}",
}
#: Format → (FFmpeg's container, its encoder, bits a second where that is ours to choose).
_CODECS = {
    "mp3": ("mp3", "libmp3lame", 64_000),
    "opus": ("ogg", "libopus", 32_000),
    "aac": ("adts", "aac", 64_000),
    "flac": ("flac", "flac", 0),
}


class _Sink:
    """A file that is only ever written to; FFmpeg cannot go back in it, and does not need to."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        data, self.parts = b"".join(self.parts), []
        return data


class Encoder:
    """Feed it speech of one rate or another, and take bytes of ``format`` as they come."""

    def __init__(self, format: Format) -> None:
        self._format = format
        self._resampler: Any = None
        self._rate = 0
        self._sink, self._at = _Sink(), 0
        self._container: Any = None
        self._stream: Any = None
        if format in _CODECS:
            self._open()

    def feed(self, piece: Pcm) -> bytes:
        """The bytes that ``piece`` completes; often none."""
        head = wav_header(RATE) if self._format == "wav" and not self._at else b""
        return head + self._encoded(self._resampled(piece.samples, piece.rate))

    def finish(self) -> bytes:
        """What is left."""
        head = wav_header(RATE) if self._format == "wav" and not self._at else b""
        rest = head + self._encoded(self._resampled(np.zeros(0, np.int16), self._rate or RATE, last=True))
        if self._stream is None:
            return rest
        for packet in self._stream.encode(None):
            self._container.mux(packet)
        self._container.close()
        return rest + self._sink.taken()

    def _open(self) -> None:
        import av

        container, codec, bits = _CODECS[self._format]
        self._container = av.open(self._sink, "w", format=container)
        self._stream = self._container.add_stream(codec, rate=RATE, layout="mono")
        self._stream.time_base = Fraction(1, RATE)
        if bits:
            self._stream.bit_rate = bits

    def _resampled(self, samples: Any, rate: int, last: bool = False) -> Any:
        """To ``RATE``; one filter as long as the voice keeps its rate, so that pieces join without a seam."""
        import soxr

        before = np.zeros(0, np.int16)
        if rate != self._rate:
            if self._resampler is not None:
                before = self._resampler.resample_chunk(before, last=True)
            self._rate = rate
            self._resampler = soxr.ResampleStream(rate, RATE, 1, dtype="int16") if rate != RATE else None
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
        return np.concatenate([before, samples]).astype(np.int16)

    def _encoded(self, samples: Any) -> bytes:
        if not len(samples):
            return b""
        at, self._at = self._at, self._at + len(samples)
        if self._stream is None:
            return bytes(samples.astype("<i2").tobytes())
        import av

        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, at
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
        return self._sink.taken()


def base64_of(data: bytes) -> str:
    """Bytes as JSON carries them."""
    return base64.b64encode(data).decode("ascii")
