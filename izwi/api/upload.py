"""A file that a client sends: read into memory, never onto a disk, and decoded as nothing but sound."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import numpy as np
from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from izwi.api.problems import Problem
from izwi.audio import Pcm
from izwi.dub.source import read_clip
from izwi.faults import BadInput

#: Bytes of the longest file, as OpenAI has it, and seconds of the longest recording.
LONGEST_FILE, LONGEST_SOUND = 25 * 1024 * 1024, 600.0


class _InMemory(MultiPartParser):
    """Starlette would put a file of more than a megabyte onto the disk; what people say is kept on none."""

    spool_max_size = LONGEST_FILE + 1


async def form(request: Request) -> FormData:
    """The fields of a multipart body. Raises ``Problem``."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data") or "boundary=" not in kind:
        raise Problem(400, "invalid_request", "Send the file as multipart/form-data.", "file")
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=30, max_part_size=64 * 1024)
    try:
        return await parser.parse()
    except (MultiPartException, FormParserError, KeyError, ValueError):
        raise Problem(400, "invalid_request", "The multipart body cannot be read.", "file") from None


async def bytes_of(fields: FormData) -> bytes:
    """The one file of a form. Raises ``Problem``."""
    file = fields.get("file")
    if not isinstance(file, UploadFile):
        raise Problem(400, "invalid_request", "There is no file.", "file")
    data = await file.read()
    if not data:
        raise Problem(400, "bad_audio", "The file is empty.", "file")
    return data


def decoded(data: bytes) -> Pcm:
    """The sound of a file, mono. Blocks: call it in a thread. Raises ``Problem``.

    Plain WAV is read here. Every other kind goes through ffmpeg in a process of its own, which may open the file and
    nothing else: a playlist that names other files or addresses is not followed. The file lies in memory (memfd),
    because an MP4 has to be read from both ends.
    """
    sound = _wav(data)
    if sound is None:
        with os.fdopen(os.memfd_create("upload"), "wb") as file:
            file.write(data)
            file.flush()
            path = Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
            try:
                sound = read_clip(path, LONGEST_SOUND, "The file").sound
            except BadInput as error:
                raise Problem(400, "bad_audio", f"{error}.", "file") from None
    if sound.seconds > LONGEST_SOUND:
        raise Problem(400, "bad_audio", f"The file is longer than {LONGEST_SOUND / 60:g} minutes.", "file")
    return sound


def _wav(data: bytes) -> Pcm | None:
    """16-bit PCM of a WAV file; None for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate, count = file.getparams()[:4]
            if width != 2 or not 1 <= channels <= 8 or not 8_000 <= rate <= 192_000 or not count:
                return None
            samples = np.frombuffer(file.readframes(count), "<i2")
    except (wave.Error, EOFError, ValueError):
        return None
    whole = samples[: len(samples) // channels * channels].reshape(-1, channels)
    mono = whole[:, 0] if channels == 1 else whole.mean(axis=1)
    return Pcm(mono.astype(np.int16), rate) if len(mono) else None
