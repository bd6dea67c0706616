"""A clip from a file: decoded by ffmpeg in a process of its own, piece by piece, and no more than ten minutes of it.

Uploads are strangers' files. A separate program keeps a decoder's fault out of ours, and it may open that one file and
the formats named here, so that no playlist in disguise reads anything else.
"""

from __future__ import annotations

import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from izwi.audio import NotAudio, Pcm, Samples
from izwi.faults import BadInput
from izwi.tts.wavstream import WavStream

#: Longest clip, in seconds.
LONGEST = 600.0
#: Rates the dub works at, in Hz: the clip's own, within these.
LOWEST_RATE, HIGHEST_RATE = 16_000, 48_000
#: ffmpeg's names of the containers taken: what the issue asks for, and what browsers record.
FORMATS = "wav,mp3,mov,mp4,ogg,flac,matroska,webm,aac,aiff,w64"
#: Seconds ffmpeg may take; a clip of ten minutes takes about one.
PATIENCE = 120.0
_BLOCK = 1 << 18
#: From here on a WAV file's length only says that it was not known when it was written (a stream).
UNKNOWN_LENGTH = 0x7FFF0000

UNREADABLE = "{name} cannot be read: it is damaged, or not a clip with sound"
MISSING = "ffmpeg is not installed, so no clip can be read. Install it with: sudo apt-get install ffmpeg"


@dataclass(frozen=True, slots=True)
class Clip:
    """The sound of a file, mono; ``damaged`` when parts of it could not be read."""

    name: str
    sound: Pcm
    damaged: bool = False


def read_clip(path: Path, longest: float = LONGEST, name: str = "") -> Clip:
    """The clip in ``path``, called ``name`` if that is not the file's.

    Raises ``BadInput``: not there, not audio, empty, too long, or no ffmpeg.
    """
    name = name or path.name
    if not path.is_file():
        raise BadInput(f"there is no file {path}")
    if not path.stat().st_size:
        raise BadInput(f"{name} is empty")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-format_whitelist", FORMATS]
    command += ["-i", f"file:{path}", "-map", "0:a:0", "-ac", "1", "-c:a", "pcm_s16le", "-bitexact", "-f", "wav", "-"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise BadInput(MISSING) from error
    guard = threading.Timer(PATIENCE, process.kill)
    guard.start()
    complaints: list[bytes] = []
    listener = threading.Thread(target=_drain, args=(process, complaints), daemon=True)
    listener.start()
    try:
        sound = _pieces(process, name, longest)
        process.wait()
        listener.join()
    finally:
        guard.cancel()
        process.kill()
        process.wait()
        listener.join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if sound is None:
        raise BadInput(UNREADABLE.format(name=name))
    rate = min(HIGHEST_RATE, max(LOWEST_RATE, sound.rate))
    return Clip(name, sound.resampled(rate), damaged=bool(process.returncode or complaints or _cut_short(path)))


def _cut_short(path: Path) -> bool:
    """Whether a WAV file ends before the sound it promises, which ffmpeg does not complain of."""
    with path.open("rb") as file:
        head = file.read(8)
    promised = int.from_bytes(head[4:], "little") + 8
    return head[:4] == b"RIFF" and path.stat().st_size < promised < UNKNOWN_LENGTH


def _pieces(process: subprocess.Popen[bytes], name: str, longest: float) -> Pcm | None:
    assert process.stdout is not None
    wav, pieces, rate, count = WavStream(), [np.zeros(0, np.int16)], 0, 0
    while block := process.stdout.read(_BLOCK):
        try:
            piece = wav.feed(block)
        except NotAudio as error:
            raise BadInput(UNREADABLE.format(name=name)) from error
        if piece is None:
            continue
        rate, count = piece.rate, count + len(piece.samples)
        if count > longest * rate:
            raise BadInput(f"{name} is longer than {longest / 60:g} minutes; please cut it to {longest / 60:g} or less")
        pieces.append(piece.samples)
    samples: Samples = np.concatenate(pieces)
    return Pcm(samples, rate) if len(samples) else None


def _drain(process: subprocess.Popen[bytes], complaints: list[bytes]) -> None:
    assert process.stderr is not None
    while line := process.stderr.readline():
        if len(complaints) < 5:
            complaints.append(line)
