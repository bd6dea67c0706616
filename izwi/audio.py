"""PCM as a typed value: 16-bit mono samples and their rate, with framing, resampling and WAV in and out."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

#: Everything that listens (voice activity, recogniser, emotion) works at this rate, in Hz.
LISTENING_RATE = 16_000


class NotAudio(ValueError):
    """The bytes or the file given are not audio that can be read, or hold no samples."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """Mono speech: ``samples`` is int16 of shape ``(n,)``, ``rate`` is in Hz."""

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        if self.samples.dtype != np.int16 or self.samples.ndim != 1:
            raise ValueError(f"Pcm wants int16 of shape (n,), got {self.samples.dtype} of shape {self.samples.shape}")

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    @property
    def dbfs(self) -> float:
        """Root mean square level in dBFS (0 dBFS = a full-scale square wave); −120 for silence."""
        if not len(self.samples):
            return -120.0
        power = float(np.mean(np.square(self.floats)))
        return max(-120.0, 10.0 * np.log10(power + 1e-12))

    @property
    def floats(self) -> Floats:
        """The samples as float32 in [−1, 1), shape ``(n,)``."""
        return self.samples.astype(np.float32) / 32768.0

    def resampled(self, rate: int) -> Pcm:
        """The same sound at ``rate`` Hz (soxr, high quality); whole chunks, so no filter delay accumulates."""
        if rate == self.rate or not len(self.samples):
            return Pcm(self.samples, rate)
        import soxr

        return Pcm(soxr.resample(self.samples, self.rate, rate), rate)

    def frames(self, length: int) -> Iterator[Pcm]:
        """Consecutive pieces of ``length`` samples; the last one may be shorter."""
        for start in range(0, len(self.samples), length):
            yield Pcm(self.samples[start : start + length], self.rate)

    def wav(self) -> bytes:
        """The sound as a 16-bit mono WAV file."""
        out = io.BytesIO()
        with wave.open(out, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes(self.samples.tobytes())
        return out.getvalue()


class Resampler:
    """Sound of one rate as a stream of another (soxr): its pieces meet without a click or a gap."""

    def __init__(self, source: int, target: int) -> None:
        self.source, self.target = source, target
        self._stream: Any = None
        if source != target:
            import soxr

            self._stream = soxr.ResampleStream(source, target, 1, dtype="int16", quality="HQ")

    def push(self, samples: Samples, last: bool = False) -> Samples:
        """What is complete of the sound so far; with ``last`` the rest of it, and then nothing more may come."""
        if self._stream is None:
            return samples
        resampled: Samples = self._stream.resample_chunk(np.ascontiguousarray(samples), last=last)
        return resampled


def from_floats(values: npt.NDArray[np.floating], rate: int) -> Pcm:
    """Floats in [−1, 1] of shape ``(n,)`` as PCM; louder values are clipped, NaN becomes silence."""
    clean = np.nan_to_num(np.asarray(values, dtype=np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
    return Pcm(np.clip(clean * 32768.0, -32768, 32767).astype(np.int16), rate)


def silence(seconds: float, rate: int) -> Pcm:
    return Pcm(np.zeros(round(seconds * rate), np.int16), rate)


def join(pieces: list[Pcm]) -> Pcm:
    """The pieces one after another; all must share one rate. Raises ``ValueError`` for none or mixed rates."""
    rates = {piece.rate for piece in pieces}
    if len(rates) != 1:
        raise ValueError(f"join wants pieces of one rate, got {sorted(rates)}")
    return Pcm(np.concatenate([piece.samples for piece in pieces]), rates.pop())


def read(path: Path) -> Pcm:
    """Any audio file PyAV can decode, mixed to mono at its own rate.

    Raises ``FileNotFoundError`` and ``NotAudio`` (unreadable, or no samples).
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is a folder" if path.is_dir() else f"no such file: {path}")
    import av

    try:
        with av.open(str(path)) as container:
            stream = next((s for s in container.streams if s.type == "audio"), None)
            if stream is None:
                raise NotAudio(f"{path.name} holds no audio")
            rate = int(stream.rate)
            mono = av.AudioResampler(format="s16", layout="mono", rate=rate)
            pieces = [f.to_ndarray().reshape(-1) for frame in container.decode(stream) for f in mono.resample(frame)]
            pieces += [f.to_ndarray().reshape(-1) for f in mono.resample(None)]
    except (av.FFmpegError, ValueError) as error:
        if isinstance(error, NotAudio):
            raise
        raise NotAudio(f"{path.name} is not audio that can be read") from error
    samples = np.concatenate(pieces).astype(np.int16) if pieces else np.zeros(0, np.int16)
    if not len(samples):
        raise NotAudio(f"{path.name} has 0 samples")
    return Pcm(samples, rate)
