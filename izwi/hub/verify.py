"""Checksums: a file is loaded only if it is, byte for byte, the one that was recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from izwi.hub.faults import Incomplete, Tampered


def digest(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal. Raises ``OSError``."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digests(folder: Path, patterns: tuple[str, ...] = ("**/*",)) -> dict[str, str]:
    """Checksums of the files under ``folder`` that match a pattern, by their path within it, sorted."""
    return {str(file.relative_to(folder)): digest(file) for file in matching(folder, patterns)}


def matching(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    """The files under ``folder`` that match any of the glob patterns, sorted; none if there is no folder.

    Cards (``*.md``) are left out: they are prose that nobody loads, and may be mended without a new checksum.
    """
    found = {file for pattern in patterns for file in folder.glob(pattern)}
    return sorted(file for file in found if file.is_file() and file.suffix != ".md")


def verify(model: str, folder: Path, recorded: Mapping[str, str]) -> None:
    """Check every recorded file of ``model`` under ``folder``. Raises ``Incomplete`` or ``Tampered`` by file name."""
    for name, expected in recorded.items():
        file = folder / name
        if not file.is_file():
            raise Incomplete(f"The file {name} of {model} is not there.")
        if digest(file) != expected:
            raise Tampered(model, name)
