"""Files of strangers: what is no sound, what is too long, what would reach for other files or addresses."""

from __future__ import annotations

import http.server
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from izwi.api import upload
from izwi.api.problems import Problem
from izwi.api.upload import decoded
from izwi.audio import Pcm

PART = b"--x\r\nContent-Disposition: %s\r\n\r\nx\r\n--x--\r\n"


@pytest.fixture
def visited() -> Iterator[tuple[str, list[str]]]:
    """A server that notes whoever comes."""
    seen: list[str] = []

    class Note(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Note) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def refused(data: bytes) -> str:
    with pytest.raises(Problem) as problem:
        decoded(data)
    assert problem.value.status == 400
    return problem.value.text


def test_a_playlist_is_not_followed(visited: tuple[str, list[str]], tmp_path: Path) -> None:
    address, seen = visited
    secret = tmp_path / "secret.wav"
    secret.write_bytes(Pcm(np.full(16_000, 8000, np.int16), 16_000).wav())
    for text in (
        f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.0,\n{address}/a.wav\n#EXT-X-ENDLIST\n",
        f"#EXTM3U\n#EXTINF:1.0,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{secret}'\n",
        f"ffconcat version 1.0\nfile '{address}/b.wav'\n",
        f'<?xml version="1.0"?><MPD><Period><BaseURL>{address}/</BaseURL></Period></MPD>',
        f"[playlist]\nFile1={address}/c.wav\n",
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\na=control:{address}/d\n",
    ):
        assert "not a clip" in refused(text.encode())
    assert seen == []


@pytest.mark.parametrize(
    "data", [b"x", b"RIFF", b"RIFF\0\0\0\0WAVE", b"\0" * 5000, b"OggS" + b"\xff" * 3000, b"\xff\xfb" * 9]
)
def test_what_is_no_sound(data: bytes) -> None:
    said = refused(data)
    assert said.startswith("The file")
    assert "/proc" not in said


def test_a_wav_needs_no_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    samples = np.arange(-800, 800, dtype=np.int16)
    assert np.array_equal(decoded(Pcm(samples, 16_000).wav()).samples, samples)


def test_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "LONGEST_SOUND", 1.0)
    assert "longer than" in refused(Pcm(np.zeros(32_000, np.int16), 16_000).wav())


def test_an_mp4_is_read_from_both_ends(tmp_path: Path) -> None:
    file = tmp_path / "x.m4a"
    tone = (8000 * np.sin(np.arange(32_000) * 0.1)).astype(np.int16)
    subprocess.run(["ffmpeg", "-v", "error", "-i", "-", "-c:a", "aac", file], input=Pcm(tone, 16_000).wav(), check=True)
    assert decoded(file.read_bytes()).seconds == pytest.approx(2.0, abs=0.15)


@pytest.mark.engine
def test_no_upload_touches_the_disk(address: str, key: str, spoken: Pcm, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a file was made")

    monkeypatch.setattr(tempfile, "TemporaryFile", forbidden)
    large = Pcm(np.tile(spoken.samples, 1 + 3_000_000 // (2 * len(spoken.samples))), spoken.rate).wav()
    assert len(large) > 2 * 1024 * 1024
    answer = httpx.post(
        f"{address}/v1/audio/transcriptions",
        files={"file": ("x.wav", large)},
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    assert answer.status_code == 200, answer.text
    assert "good morning" in answer.json()["text"]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"", "multipart/form-data; boundary="),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"--x\r\nContent-Disposition: nothing\r\n\r\nx\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
    ],
)
def test_a_form_that_is_none(address: str, key: str, content: bytes, kind: str) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": kind}
    answer = httpx.post(f"{address}/v1/audio/transcriptions", content=content, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid_request"
