"""PCM values, files of every kind, and files that are no audio."""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from izwi.audio import LISTENING_RATE, NotAudio, Pcm, Resampler, from_floats, join, read, silence


def tone(seconds: float, rate: int, hertz: float = 440.0) -> Pcm:
    return from_floats(0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate), rate)


def test_wav_there_and_back(tmp_path: Path) -> None:
    sound = tone(0.5, 22_050)
    (tmp_path / "tone.wav").write_bytes(sound.wav())
    again = read(tmp_path / "tone.wav")
    assert again.rate == 22_050
    assert np.array_equal(again.samples, sound.samples)


def test_stereo_is_mixed_to_mono_at_its_own_rate(tmp_path: Path) -> None:
    left, right = tone(1, 44_100).samples, tone(1, 44_100, 880).samples
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(np.stack([left, right], 1).tobytes())
    sound = read(tmp_path / "stereo.wav")
    assert (sound.rate, sound.samples.ndim) == (44_100, 1)
    assert abs(sound.seconds - 1) < 0.01
    assert sound.dbfs > -20


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac", "m4a"])
def test_common_formats_are_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "tone.wav").write_bytes(tone(1, 16_000).wav())
    out = tmp_path / f"tone.{kind}"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", str(tmp_path / "tone.wav"), str(out)], check=True)
    assert abs(read(out).seconds - 1) < 0.15


@pytest.mark.parametrize("content", [b"", b"ab", b"RIFF", b"\x00" * 4000, b"hello, I am text\n" * 50])
def test_what_is_not_audio_is_named_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.wav").write_bytes(content)
    with pytest.raises(NotAudio, match=r"x\.wav"):
        read(tmp_path / "x.wav")


def test_a_wav_without_samples_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(silence(0, 16_000).wav())
    with pytest.raises(NotAudio, match="0 samples"):
        read(tmp_path / "empty.wav")


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no such file"):
        read(tmp_path / "nowhere.wav")


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_resampling_keeps_length_and_pitch(rate: int) -> None:
    sound = tone(1, rate).resampled(LISTENING_RATE)
    assert sound.rate == LISTENING_RATE
    assert abs(sound.seconds - 1) < 0.01
    peak = np.abs(np.fft.rfft(sound.floats)).argmax() * LISTENING_RATE / len(sound.samples)
    assert abs(peak - 440) < 3


def test_bad_floats_become_silence_or_are_clipped() -> None:
    assert from_floats(np.array([np.nan, np.inf, -np.inf, 2.0]), 16_000).samples.tolist() == [0, 32767, -32768, 32767]


def test_join_refuses_mixed_rates_and_nothing() -> None:
    with pytest.raises(ValueError, match="one rate"):
        join([silence(1, 8_000), silence(1, 16_000)])
    with pytest.raises(ValueError, match="one rate"):
        join([])


def test_pcm_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="int16"):
        Pcm(np.zeros((2, 2), np.int16), 16_000)


@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000])
def test_resampled_pieces_equal_the_resampled_whole(rate: int) -> None:
    source = tone(1.0, rate)
    whole = source.resampled(24_000).samples
    stream = Resampler(rate, 24_000)
    pieces = [stream.push(piece.samples) for piece in source.frames(5000)]
    joined = np.concatenate([*pieces, stream.push(source.samples[:0], last=True)])
    assert abs(len(joined) - 24_000) <= 1
    count = min(len(joined), len(whole))
    assert np.abs(joined[:count].astype(int) - whole[:count]).max() <= 2
