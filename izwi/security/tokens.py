"""JSON Web Tokens: signed by another service, checked here with keys that can be rotated by their ``kid``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from izwi.faults import BadInput
from izwi.security.talker import Limits, Talker, scopes

ALGORITHMS = ("HS256", "EdDSA")
#: Seconds that two clocks may differ; the shortest secret of an HS256 key, in bytes (RFC 7518, section 3.2).
LEEWAY, SHORTEST_SECRET = 30, 32


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose signature is believed. The ``alg`` is ours to say, never the token's; it gives ``scopes`` at most."""

    kid: str
    alg: str
    key: str
    scopes: frozenset[str]
    limits: Limits


class Tokens:
    """Checks tokens against every signer of a setting: a JSON list, or the path of a file that holds one.

    Each entry: ``kid``, ``alg`` (HS256 or EdDSA), ``key`` (a secret, or a public key in PEM), ``scopes``, and limits as
    in ``Limits``. To rotate, add the new key, let the issuer change to it, then take the old one away.
    """

    def __init__(self, setting: str, audience: str, issuer: str = "") -> None:
        """Raises ``BadInput`` when the setting cannot be understood or a key is too weak."""
        self._signers = {signer.kid: signer for signer in _signers(setting)} if setting.strip() else {}
        self._audience, self._issuer = audience, issuer or None

    def __bool__(self) -> bool:
        return bool(self._signers)

    def talker(self, token: str) -> Talker | None:
        """Who comes with ``token``; None unless it is signed, in time, and meant for us."""
        try:
            signer = self._signers.get(str(jwt.get_unverified_header(token).get("kid", "")))
            if signer is None:
                return None
            claims = jwt.decode(
                token,
                signer.key,
                algorithms=[signer.alg],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        asked = frozenset(str(claims.get("scope", "talk")).split())
        who = hashlib.sha256(f"{signer.kid}\0{claims['sub']}".encode()).hexdigest()[:16]
        return Talker(f"jwt:{who}", asked & signer.scopes, signer.limits)


def _signers(setting: str) -> list[Signer]:
    text = setting.strip()
    try:
        entries = json.loads(text if text.startswith("[") else Path(text).read_text("utf-8"))
        return [_signer(dict(entry)) for entry in entries]
    except OSError as error:
        raise BadInput(f"IZWI_JWT_KEYS names a file that cannot be read ({error.strerror})") from None
    except BadInput as error:
        raise BadInput(f"IZWI_JWT_KEYS: {error}") from None
    except (ValueError, TypeError, KeyError, jwt.PyJWTError):
        raise BadInput("IZWI_JWT_KEYS is not a JSON list of keys with kid, alg, key and scopes") from None


def _signer(entry: dict[str, Any]) -> Signer:
    kid, alg, key = str(entry.pop("kid")), entry.pop("alg"), str(entry.pop("key"))
    granted = scopes(entry.pop("scopes", ["talk"]))
    if alg not in ALGORITHMS:
        raise BadInput(f"the key {kid!r} has the algorithm {alg!r}; it may be {' or '.join(ALGORITHMS)}")
    if alg == "HS256" and len(key.encode()) < SHORTEST_SECRET:
        raise BadInput(f"the secret of {kid!r} is shorter than {SHORTEST_SECRET} bytes")
    if alg == "EdDSA":
        jwt.algorithms.OKPAlgorithm().prepare_key(key)
    return Signer(kid, alg, key, granted, Limits(**entry))
