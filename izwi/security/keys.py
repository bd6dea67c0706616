"""API keys: made once, shown once, kept only as a hash.

A key is ``izwi_ID_SECRET``. The secret has 256 bits of chance, so a plain SHA-256 of it cannot be guessed back and
costs a microsecond; a slow password hash would only slow us down. The id finds the record without comparing secrets.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from izwi.faults import BadInput
from izwi.security.talker import Limits, Talker, scopes
from izwi.whole import write_whole

PREFIX = "izwi"
#: Compared with when there is no such key, so that a wrong id takes as long as a wrong secret.
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key. ``expires`` is an ISO date and time in UTC, empty for never."""

    id: str
    name: str
    hash: str
    scopes: tuple[str, ...]
    created: str = ""
    expires: str = ""
    revoked: bool = False
    requests_per_minute: int = 0
    requests_per_day: int = 0
    talk_per_day: float = 0.0
    connections: int = 0

    @property
    def valid(self) -> bool:
        """Neither revoked nor expired."""
        return not self.revoked and (not self.expires or datetime.now(UTC) < _moment(self.expires))

    @property
    def talker(self) -> Talker:
        """Who comes with this key."""
        limits = Limits(self.requests_per_minute, self.requests_per_day, self.talk_per_day, self.connections)
        return Talker(f"key:{self.id}", frozenset(self.scopes), limits)


def make(name: str, wanted: Sequence[str], **limits: Any) -> tuple[str, Key]:
    """A new key: what its holder gets, and what is kept. Raises ``BadInput`` for an unknown or an empty scope."""
    granted = scopes(wanted)
    if not granted:
        raise BadInput("a key without a scope opens nothing; give it one, e.g. --scopes talk")
    ident, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    created = datetime.now(UTC).isoformat(timespec="seconds")
    return f"{PREFIX}_{ident}_{secret}", Key(ident, name, _hash(secret), tuple(sorted(granted)), created, **limits)


class KeyRing:
    """The keys of a file and of a setting. The file is looked at again whenever it has changed, so a revoked key is
    refused from its holder's next request on."""

    def __init__(self, file: Path, setting: str = "") -> None:
        """Raises ``BadInput`` when either cannot be understood."""
        self._file, self._fixed = file, parse(setting, "IZWI_KEYS") if setting.strip() else {}
        self._stamp: tuple[int, int] | None = None
        self._read: dict[str, Key] = {}
        self._look()

    def __bool__(self) -> bool:
        """Whether any key opens anything."""
        return any(key.valid for key in self.keys.values())

    @property
    def keys(self) -> dict[str, Key]:
        """Every record by its id, as the file is now."""
        with contextlib.suppress(BadInput):  # half an edit by hand: what was known stays
            self._look()
        return self._read | self._fixed

    def talker(self, key: str) -> Talker | None:
        """Who comes with ``key``; None for a wrong, revoked or expired one. Takes as long for each of them."""
        parts = key.split("_", 2)
        ident, secret = (parts[1], parts[2]) if len(parts) == 3 and parts[0] == PREFIX else ("", "")
        known = self.keys.get(ident)
        right = hmac.compare_digest(_hash(secret), known.hash if known else _NOBODY)
        return known.talker if known and right and known.valid else None

    def add(self, key: Key) -> None:
        """Keep a record. Raises ``BadInput`` when the file cannot be written."""
        self._look()
        self._write({**self._read, key.id: key})

    def revoke(self, ident: str) -> Key:
        """Close a key for good. Raises ``BadInput`` when there is none of that id in the file."""
        self._look()
        if ident not in self._read:
            raise BadInput(f"there is no key {ident!r}; 'izwi keys list' shows them")
        closed = replace(self._read[ident], revoked=True)
        self._write({**self._read, ident: closed})
        return closed

    def _look(self) -> None:
        try:
            about = self._file.stat()
        except OSError:
            self._read, self._stamp = {}, None
            return
        stamp = (about.st_mtime_ns, about.st_ino)
        if stamp != self._stamp:
            self._read, self._stamp = parse(self._file.read_text("utf-8"), str(self._file)), stamp

    def _write(self, keys: dict[str, Key]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            kept = [asdict(key) for key in keys.values()]
            write_whole(self._file, json.dumps(kept, indent=1).encode())  # readable by its owner alone
        except OSError as error:
            raise BadInput(f"{self._file} cannot be written ({error.strerror})") from None
        self._look()


def parse(text: str, source: str) -> dict[str, Key]:
    """Records from JSON, by id. Raises ``BadInput`` that names ``source`` (never a record)."""
    try:
        keys = [Key(**{**record, "scopes": tuple(sorted(scopes(record["scopes"])))}) for record in json.loads(text)]
        for key in keys:
            if not all(isinstance(part, str) for part in (key.id, key.name, key.hash, key.expires)):
                raise ValueError("not text")
            int(key.hash, 16)
            if key.expires:
                _moment(key.expires)
    except (ValueError, TypeError, KeyError):
        raise BadInput(f"{source} does not hold a list of keys as 'izwi keys add' writes it") from None
    return {key.id: key for key in keys}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
