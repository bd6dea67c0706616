"""A session's token, and what is derived from it: the name its state is filed under, and the seal on it.

The token alone opens the state: name and key come from it by HMAC-SHA-256 under two labels, so the name tells nothing
of the key, and neither of the token. The seal is AES-256-GCM with the name as associated data: a state that was changed
or filed under another name does not open.
"""

from __future__ import annotations

import hmac
import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from izwi.sessions.store import State

_NONCE = 12


def new_token() -> str:
    """A fresh secret of 192 bits, fit for a URL."""
    return secrets.token_urlsafe(24)


def filed_as(token: str) -> str:
    """The public name of a session (32 hex digits): for the store, the audit, the logs."""
    return _derived(token, b"izwi session name").hex()[:32]


def seal(token: str, state: State) -> bytes:
    """``state`` as nobody without the token can read it. Raises ``TypeError`` for what is not JSON."""
    plain = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
    nonce = secrets.token_bytes(_NONCE)
    return nonce + _cipher(token).encrypt(nonce, plain, filed_as(token).encode())


def unseal(token: str, sealed: bytes) -> State | None:
    """The state; None if the token is not its own or it was tampered with."""
    try:
        plain = _cipher(token).decrypt(sealed[:_NONCE], sealed[_NONCE:], filed_as(token).encode())
        state = json.loads(plain)
    except (InvalidTag, ValueError):
        return None
    return state if isinstance(state, dict) else None


def _cipher(token: str) -> AESGCM:
    return AESGCM(_derived(token, b"izwi session key"))


def _derived(token: str, label: bytes) -> bytes:
    return hmac.digest(token.encode("utf-8", "surrogatepass"), label, "sha256")
