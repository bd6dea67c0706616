"""Clips come in as they are recorded; what is no clip is refused in one sentence."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from izwi.audio import from_floats
from izwi.dub.source import LONGEST, read_clip
from izwi.faults import BadInput

RATE = 24_000


@pytest.fixture(scope="module")
def wav(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a tone of 440 Hz."""
    path = tmp_path_factory.mktemp("source") / "tone.wav"
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)
    path.write_bytes(from_floats(tone, RATE).wav())
    return path


def _ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


@pytest.mark.parametrize("form", ["wav", "mp3", "m4a", "ogg", "flac", "webm"])
def test_every_form_of_clip(wav: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"tone.{form}"
    _ffmpeg("-i", wav, *(("-c:a", "libopus") if form == "webm" else ()), path)
    clip = read_clip(path)
    assert not clip.damaged
    assert clip.sound.seconds == pytest.approx(2.0, abs=0.1)
    spectrum = np.abs(np.fft.rfft(clip.sound.floats))
    assert spectrum.argmax() * clip.sound.rate / len(clip.sound.samples) == pytest.approx(440, abs=2)


@pytest.mark.parametrize(("rate", "kept"), [(8000, 16_000), (44_100, 44_100), (96_000, 48_000)])
def test_the_rate_of_the_clip_is_kept_within_what_speech_needs(wav: Path, tmp_path: Path, rate: int, kept: int) -> None:
    _ffmpeg("-i", wav, "-ac", "2", "-ar", rate, tmp_path / "other.wav")
    assert read_clip(tmp_path / "other.wav").sound.rate == kept


def test_three_hours_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    _ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", 3 * 3600, "-c:a", "flac", tmp_path / "long.flac")
    with pytest.raises(BadInput, match=r"long\.flac is longer than 10 minutes; please cut it to 10 or less"):
        read_clip(tmp_path / "long.flac")


def test_ten_minutes_are_allowed(tmp_path: Path) -> None:
    _ffmpeg("-f", "lavfi", "-i", "anullsrc=r=16000:cl=mono", "-t", LONGEST, "-c:a", "flac", tmp_path / "ten.flac")
    assert read_clip(tmp_path / "ten.flac").sound.seconds == pytest.approx(LONGEST)


def test_a_wav_that_ends_too_soon(wav: Path, tmp_path: Path) -> None:
    """As a download that was broken off; a stream that never knew its length is whole."""
    whole = wav.read_bytes()
    (tmp_path / "short.wav").write_bytes(whole[: len(whole) // 2])
    clip = read_clip(tmp_path / "short.wav")
    assert clip.damaged
    assert clip.sound.seconds == pytest.approx(1.0, abs=0.01)
    (tmp_path / "stream.wav").write_bytes(whole[:4] + b"\xff\xff\xff\xff" + whole[8:])
    assert not read_clip(tmp_path / "stream.wav").damaged


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "nothing.wav").touch()
    with pytest.raises(BadInput, match=r"^nothing\.wav is empty$"):
        read_clip(tmp_path / "nothing.wav")


@pytest.mark.parametrize("coding", ["pcm_mulaw", "pcm_s24le", "pcm_f32le"])
def test_every_coding_of_wav(wav: Path, tmp_path: Path, coding: str) -> None:
    _ffmpeg("-i", wav, "-c:a", coding, tmp_path / "coded.wav")
    clip = read_clip(tmp_path / "coded.wav")
    assert not clip.damaged
    assert clip.sound.seconds == pytest.approx(2.0, abs=0.01)


def test_a_film_gives_its_sound(wav: Path, tmp_path: Path) -> None:
    film = ("-f", "lavfi", "-i", "color=size=16x16:duration=2", "-i", wav, "-c:v", "mpeg4")
    _ffmpeg(*film, tmp_path / "film.mp4")
    assert read_clip(tmp_path / "film.mp4").sound.seconds == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("content", [b"not a sound at all" * 100, b"RIFF\x00\x00\x00\x00WAVEfmt "])
def test_what_is_no_clip(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"broken\.wav cannot be read"):
        read_clip(path)


def test_a_film_without_sound(tmp_path: Path) -> None:
    _ffmpeg("-f", "lavfi", "-i", "color=size=16x16:duration=0.2", "-c:v", "mpeg4", tmp_path / "mute.mp4")
    with pytest.raises(BadInput, match="not a clip with sound"):
        read_clip(tmp_path / "mute.mp4")


def test_what_can_be_read_of_a_damaged_file(wav: Path, tmp_path: Path) -> None:
    _ffmpeg("-i", wav, tmp_path / "whole.mp3")
    data = bytearray((tmp_path / "whole.mp3").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 2000] = b"U" * 2000
    (tmp_path / "hurt.mp3").write_bytes(data)
    clip = read_clip(tmp_path / "hurt.mp3")
    assert clip.damaged
    assert 0.5 < clip.sound.seconds < 2.1


def test_a_playlist_in_disguise_reads_no_other_file(wav: Path, tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{wav}\n#EXT-X-ENDLIST\n")
    with pytest.raises(BadInput, match="cannot be read"):
        read_clip(path)
    path.write_text(f"ffconcat version 1.0\nfile '{wav}'\n")
    with pytest.raises(BadInput, match="cannot be read"):
        read_clip(path)


def test_not_there(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.wav"):
        with pytest.raises(BadInput, match="there is no file"):
            read_clip(path)


def test_without_ffmpeg(wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BadInput, match="sudo apt-get install ffmpeg"):
        read_clip(wav)
