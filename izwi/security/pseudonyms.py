"""Pseudonyms: who somebody is, as a name that only this deployment can make again."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
from pathlib import Path

log = logging.getLogger(__name__)


class Pseudonyms:
    """HMAC-SHA-256 of an address or a user under the deployment's ``secret``, cut to 80 bits."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, user: str) -> str:
        """20 hex digits: the same for the same user in this deployment, others in every other one."""
        return hmac.new(self._secret, user.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:20]


def deployment_secret(given: str, file: Path) -> bytes:
    """``given``, or the one kept in ``file`` (readable by us only), made at the first start.

    Where nothing can be written it lives as long as the process, and pseudonyms change with every start.
    """
    if given:
        return given.encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError), open(file, "x", opener=_private) as new:
            new.write(secrets.token_hex(32))
        if kept := file.read_text("utf-8").strip():
            return kept.encode()
    except (OSError, ValueError) as error:
        log.warning("the deployment's secret cannot be kept (%s); pseudonyms change with it", type(error).__name__)
    return secrets.token_bytes(32)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
