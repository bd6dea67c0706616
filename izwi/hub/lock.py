"""The lock file beside the cache: which commit of a repository was pulled first, and the checksum of each of its files.

A registry entry whose checksums are not yet known is pinned by its first pull, and held to that ever after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from izwi.hub.faults import ModelFault
from izwi.whole import write_whole


@dataclass(frozen=True)
class Pin:
    """One pulled revision: the repository, its commit, and file name → sha256."""

    repo: str
    commit: str
    sha256: Mapping[str, str]


class LockFile:
    """``models.lock.json``; written whole and moved into place, so a crash leaves the old one."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> dict[str, Pin]:
        """Every pin by model name. Raises ``ModelFault`` if the file is damaged."""
        try:
            data = json.loads(self.file.read_text(encoding="utf-8"))
            return {name: Pin(**pin) for name, pin in data.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError, AttributeError):
            raise ModelFault(f"{self.file.name} is damaged; delete it to pin the models anew.") from None

    def write(self, name: str, pin: Pin | None) -> None:
        """Record the pin of one model, or forget it (None)."""
        from huggingface_hub.utils import WeakFileLock

        self.file.parent.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(self.file.with_suffix(".mutex")):
            pins = {key: asdict(value) for key, value in self.read().items() if key != name}
            if pin is not None:
                pins[name] = asdict(pin)
            write_whole(self.file, json.dumps(pins, indent=2, sort_keys=True).encode())
