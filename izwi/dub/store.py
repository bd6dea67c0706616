"""What each stage made, on disk, by the content it was made from: a broken run goes on, an edit remakes one segment.

An address is the SHA-256 of everything a result depends on. Entries are written whole or not at all and carry their own
checksum; one that fails it is made again. No error of the disk ends a dub: it only means more work.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from izwi.audio import Pcm
from izwi.whole import write_whole

log = logging.getLogger(__name__)

#: Raised when a stage changes what it makes from the same input.
VERSION = 1
#: Bytes kept; the longest unused entries go first.
LIMIT = 500_000_000


@dataclass(frozen=True, slots=True)
class Made:
    """One stage's result: plain data, and sound where it makes some."""

    data: dict[str, Any] = field(default_factory=dict)
    sound: Pcm | None = None


def address(stage: str, *parts: object) -> str:
    """The name of the result of ``stage`` for ``parts`` (strings, numbers, lists of them)."""
    said = json.dumps([VERSION, stage, *parts], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def digest(sound: Pcm) -> str:
    """The content of a sound as an address part."""
    return hashlib.sha256(sound.rate.to_bytes(4, "little") + sound.samples.astype("<i2").tobytes()).hexdigest()


class Store:
    """Results under ``folder``. ``made`` and ``found`` count, by stage, what had to be made and what was there."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._folder, self._limit, self._warned = folder, limit, False
        self.made: Counter[str] = Counter()
        self.found: Counter[str] = Counter()

    async def get(self, stage: str, name: str, make: Callable[[], Awaitable[Made]]) -> Made:
        """The entry ``name`` (from `address`), made now if it is not there."""
        if (kept := self.read(name)) is not None:
            self.found[stage] += 1
            return kept
        result = await make()
        self.made[stage] += 1
        self.write(name, result)
        return result

    def read(self, name: str) -> Made | None:
        """The entry, or None when it is not there or damaged."""
        path = self._path(name)
        try:
            head, _, body = path.read_bytes().partition(b"\n")
        except OSError:
            return None
        try:
            about = json.loads(head)
            if about["sha256"] != _checksum(about["data"], body):
                raise ValueError("checksum")
        except (ValueError, KeyError, TypeError):
            log.warning("a kept part of a dub is damaged and is made again")
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # the order in which entries go is the order of their last use
        return Made(about["data"], Pcm(np.frombuffer(body, "<i2"), about["rate"]) if about["rate"] else None)

    def write(self, name: str, made: Made) -> None:
        """Keep an entry; a full or broken disk is only logged, once."""
        body = made.sound.samples.astype("<i2").tobytes() if made.sound else b""
        about = {
            "data": made.data,
            "rate": made.sound.rate if made.sound else 0,
            "sha256": _checksum(made.data, body),
        }
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(about, ensure_ascii=False).encode() + b"\n" + body)
        except OSError as error:
            if not self._warned:
                log.warning("parts of this dub cannot be kept: %s", error.strerror or type(error).__name__)
            self._warned = True

    def tidy(self) -> None:
        """Remove the longest unused entries beyond the limit, and what a killed run left half written."""
        entries = []
        for path in self._folder.glob("??/*"):
            with suppress(OSError):
                if path.name.startswith("."):
                    path.unlink()
                    continue
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
        size = sum(entry[1] for entry in entries)
        for _, bytes_, path in sorted(entries, key=lambda entry: entry[0]):
            if size <= self._limit:
                return
            with suppress(OSError):
                path.unlink()
                size -= bytes_

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name[2:]


def _checksum(data: object, body: bytes) -> str:
    return hashlib.sha256(json.dumps(data, ensure_ascii=False, sort_keys=True).encode() + body).hexdigest()
