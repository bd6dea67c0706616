"""JSON Web Tokens: both algorithms, rotation, and every way to be wrong."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from izwi.faults import BadInput
from izwi.security.tokens import Tokens

SECRET, OTHER = "a" * 40, "b" * 40
_KEY = Ed25519PrivateKey.generate()
PRIVATE = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signer(kid: str, key: str = SECRET, alg: str = "HS256", **more: Any) -> dict[str, Any]:
    return {"kid": kid, "alg": alg, "key": key, "scopes": ["talk", "tts"], **more}


def checking(*signers: dict[str, Any]) -> Tokens:
    return Tokens(json.dumps(signers), "izwi", "clinic")


def token(kid: str = "one", key: str = SECRET, alg: str = "HS256", **claims: Any) -> str:
    now = int(time.time())
    good = {"sub": "u1", "aud": "izwi", "iss": "clinic", "exp": now + 60, "scope": "talk tts", **claims}
    return jwt.encode({name: value for name, value in good.items() if value is not None}, key, alg, {"kid": kid})


def test_both_algorithms() -> None:
    tokens = checking(signer("one"), signer("two", PUBLIC, "EdDSA"))
    first, second = tokens.talker(token()), tokens.talker(token("two", PRIVATE, "EdDSA"))
    assert first is not None
    assert second is not None
    assert first.scopes == {"talk", "tts"}
    assert first.holder != second.holder
    assert "u1" not in first.holder


def test_rotation_by_kid() -> None:
    old, new = token("old", SECRET), token("new", OTHER)
    both = checking(signer("old", SECRET), signer("new", OTHER))
    assert both.talker(old)
    assert both.talker(new)
    after = checking(signer("new", OTHER))
    assert after.talker(old) is None
    assert after.talker(new)


@pytest.mark.parametrize(
    "wrong",
    [
        token(exp=int(time.time()) - 3600),
        token(exp=None),
        token(aud="somebody else"),
        token(aud=None),
        token(iss="somebody else"),
        token(sub=None),
        token(nbf=int(time.time()) + 3600),
        token(key=OTHER),
        token(kid="nobody"),
        token()[:-3],
        "a.b.c",
        "..",
        token() + "\udcff",
        jwt.encode({"sub": "u1", "aud": "izwi", "iss": "clinic", "exp": 9e9}, None, "none", {"kid": "one"}),
    ],
)
def test_what_is_refused(wrong: str) -> None:
    assert checking(signer("one")).talker(wrong) is None


def test_a_public_key_is_no_secret() -> None:
    """The classic confusion: signed with HS256 and the text of our public key."""
    import base64
    import hashlib
    import hmac

    def part(data: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=")

    claims = {"sub": "u1", "aud": "izwi", "iss": "clinic", "exp": int(time.time()) + 60}
    head = part({"alg": "HS256", "kid": "two", "typ": "JWT"}) + b"." + part(claims)
    signed = base64.urlsafe_b64encode(hmac.new(PUBLIC.encode(), head, hashlib.sha256).digest()).rstrip(b"=")
    assert checking(signer("two", PUBLIC, "EdDSA")).talker((head + b"." + signed).decode()) is None


def test_a_token_gives_no_more_than_its_signer_may() -> None:
    talker = checking(signer("one")).talker(token(scope="talk admin"))
    assert talker is not None
    assert talker.scopes == {"talk"}


def test_limits_come_with_the_signer() -> None:
    talker = checking(signer("one", talk_per_day=30.0)).talker(token())
    assert talker is not None
    assert talker.limits.talk_per_day == 30.0


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("[", "not a JSON list"),
        (json.dumps([signer("one", "short")]), "shorter than 32"),
        (json.dumps([signer("one", alg="RS256")]), "may be HS256 or EdDSA"),
        (json.dumps([signer("one", "no pem" * 10, "EdDSA")]), "not a JSON list"),
        (json.dumps([signer("one", limit=1)]), "not a JSON list"),
        ("/no/such/file", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_refused_without_its_secret(setting: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        Tokens(setting, "izwi")
    assert SECRET not in str(refused.value)


def test_a_file_of_keys(tmp_path: Path) -> None:
    file = tmp_path / "jwt.json"
    file.write_text(json.dumps([signer("one")]))
    assert Tokens(str(file), "izwi", "clinic").talker(token())
