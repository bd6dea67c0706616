"""WAV as a stream: samples out of a file that is still arriving, and the header of one that is still being made."""

from __future__ import annotations

import numpy as np

from izwi.audio import NotAudio, Pcm

#: A header longer than this is not a WAV file of speech.
LONGEST_HEADER = 4096
#: Stands for "not known yet" in the sizes of a header that is sent before its samples.
ENDLESS = 0xFFFFFFFF


def wav_header(rate: int) -> bytes:
    """The header of a mono 16-bit WAV whose length is not known yet."""
    size = ENDLESS.to_bytes(4, "little")
    fmt = b"".join(n.to_bytes(w, "little") for n, w in ((1, 2), (1, 2), (rate, 4), (2 * rate, 4), (2, 2), (16, 2)))
    return b"RIFF" + size + b"WAVEfmt " + (16).to_bytes(4, "little") + fmt + b"data" + size


class WavStream:
    """Feed bytes, get PCM. Mono or multi-channel 16-bit PCM; channels are averaged. Sizes in the header are ignored.

    ``rate`` is None until the header has been read. Raises ``NotAudio`` for anything else than such a file.
    """

    def __init__(self) -> None:
        self.rate: int | None = None
        self._channels = 1
        self._pending = b""

    def feed(self, data: bytes) -> Pcm | None:
        """The samples completed by ``data``, or None when there are none yet."""
        self._pending += data
        if self.rate is None and not self._read_header():
            return None
        assert self.rate is not None
        width = 2 * self._channels
        whole = len(self._pending) // width * width
        if not whole:
            return None
        frames = np.frombuffer(self._pending[:whole], "<i2").reshape(-1, self._channels)
        self._pending = self._pending[whole:]
        mono = frames[:, 0] if self._channels == 1 else frames.mean(axis=1)
        return Pcm(mono.astype(np.int16), self.rate)

    def _read_header(self) -> bool:
        """Step over the RIFF chunks up to ``data``; False while bytes are missing."""
        head = self._pending
        if len(head) < 12:
            return False
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            raise NotAudio("the stream is not a WAV file")
        at, rate = 12, 0
        while len(head) >= at + 8:
            name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
            if name == b"data":
                if not rate:
                    raise NotAudio("the WAV stream has no format chunk before its samples")
                self.rate, self._pending = rate, head[at + 8 :]
                return True
            if name == b"fmt " and len(head) >= at + 24:
                rate = self._read_format(head[at + 8 : at + 24])
            at += 8 + size + size % 2
            if at > LONGEST_HEADER:
                raise NotAudio("the WAV header is too long")
        return False

    def _read_format(self, fmt: bytes) -> int:
        kind, channels, bits = (int.from_bytes(fmt[a:b], "little") for a, b in ((0, 2), (2, 4), (14, 16)))
        if kind not in (1, 0xFFFE) or bits != 16 or not 1 <= channels <= 8:
            raise NotAudio(f"the WAV stream is format {kind} with {channels} channels of {bits} bits, not 16-bit PCM")
        self._channels = channels
        return int.from_bytes(fmt[4:8], "little")
