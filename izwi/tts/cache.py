"""Phrases already spoken, kept on disk by what was said and how; a full or broken disk only means more work."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

import numpy as np

from izwi.audio import Pcm
from izwi.engines import Style
from izwi.tts.prosody import prosody
from izwi.whole import write_whole

log = logging.getLogger(__name__)

#: Every entry begins with this; the digit is the version of the format.
MAGIC = b"izwi1"


def key(text: str, language: str, style: Style, voice: str, revision: str) -> str:
    """The address of a phrase: equal for equal speech, and telling nothing of the text.

    What the style means today is part of it: when the table of emotions changes, nobody hears the old one again.
    """
    said = [text, language, voice, revision, *astuple(style), *astuple(prosody(style))]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


class PhraseCache:
    """At most ``limit`` bytes of phrases under ``folder``; the longest unused go first.

    Entries are written to a temporary name and moved into place, so that a reader sees all of one or none; each carries
    the SHA-256 of its samples, and one that fails it is removed. No error of the disk reaches the caller.
    """

    def __init__(self, folder: Path, limit: int = 64_000_000) -> None:
        self._folder, self._limit = folder, limit
        self._size: int | None = None

    def get(self, address: str) -> Pcm | None:
        """The phrase, or None when it is not there, or not as it was written."""
        path = self._path(address)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        head, samples = data[: len(MAGIC) + 36], data[len(MAGIC) + 36 :]
        whole = head.startswith(MAGIC) and len(samples) % 2 == 0
        if not whole or hashlib.sha256(samples).digest() != head[len(MAGIC) + 4 :]:
            log.warning("a cached phrase is damaged and was removed")
            self._remove(path)
            return None
        with suppress(OSError):
            os.utime(path)  # the order in which entries go is the order of their last use
        return Pcm(np.frombuffer(samples, "<i2"), int.from_bytes(head[len(MAGIC) : len(MAGIC) + 4], "little"))

    def put(self, address: str, speech: Pcm) -> None:
        """Keep a phrase; larger than a tenth of the cache is not worth keeping."""
        samples = speech.samples.astype("<i2").tobytes()
        if len(samples) > self._limit // 10:
            return
        data = MAGIC + speech.rate.to_bytes(4, "little") + hashlib.sha256(samples).digest() + samples
        path, before = self._path(address), self.size
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replaced = path.stat().st_size if path.exists() else 0
            write_whole(path, data)
        except OSError as error:
            log.warning("phrases cannot be cached: %s", error.strerror or type(error).__name__)
            return
        self._size = before + len(data) - replaced
        if self._size > self._limit:
            self._shrink()

    @property
    def size(self) -> int:
        """Bytes in use; counted once, then kept."""
        if self._size is None:
            self._size = sum(size for _, size, _ in self._entries())
        return self._size

    def _path(self, address: str) -> Path:
        return self._folder / address[:2] / address[2:]

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Time of last use, bytes and path of every entry, the longest unused first."""
        found = []
        for path in self._folder.glob("??/*"):
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return sorted(found, key=lambda entry: entry[0])

    def _shrink(self) -> None:
        """Remove the longest unused until a tenth is free, so that not every phrase pays for it."""
        entries = self._entries()
        self._size = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if self._size <= 0.9 * self._limit:
                return
            self._remove(path)
            self._size -= size

    @staticmethod
    def _remove(path: Path) -> None:
        with suppress(OSError):
            path.unlink()
