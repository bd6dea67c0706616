"""WAV files as they arrive, byte by byte."""

import io
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi.audio import NotAudio, Pcm, join
from izwi.tts.wavstream import WavStream

SAMPLES = np.arange(-500, 500, dtype=np.int16)


def wav(samples: np.ndarray, rate: int = 24_000, channels: int = 1, width: int = 2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def feed(data: bytes, size: int) -> Pcm:
    stream = WavStream()
    fed = (stream.feed(data[i : i + size]) for i in range(0, len(data), size))
    return join([piece for piece in fed if piece is not None])


@given(st.integers(1, 300))
def test_pieces_of_any_size_give_the_file(size: int) -> None:
    found = feed(wav(SAMPLES), size)
    assert found.rate == 24_000
    assert np.array_equal(found.samples, SAMPLES)


def test_channels_are_averaged_and_other_chunks_skipped() -> None:
    stereo = np.stack([SAMPLES, SAMPLES + 2], axis=1).astype(np.int16)
    data = wav(stereo, channels=2)
    odd = data[:12] + b"LIST" + (5).to_bytes(4, "little") + b"abcde\0" + data[12:]
    assert np.array_equal(feed(odd, 7).samples, SAMPLES + 1)


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><html>no voice here</html>",
        wav(SAMPLES.astype(np.uint8), width=1),
        b"RIFF\0\0\0\0WAVEdata\0\0\0\0" + bytes(50),
        b"RIFF\0\0\0\0WAVELIST" + (10**6).to_bytes(4, "little") + bytes(50),
    ],
)
def test_what_is_no_speech_is_refused(data: bytes) -> None:
    with pytest.raises(NotAudio):
        feed(data, 1000)


def test_unfinished_header_gives_nothing_yet() -> None:
    assert WavStream().feed(wav(SAMPLES)[:40]) is None
