"""Where an engine may be. Requests name no addresses; these come from the operator's settings."""

from __future__ import annotations

import pytest

from izwi.faults import BadInput
from izwi.remote.address import engine_url, forbidden
from izwi.settings import BadSetting, Settings


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000"),
        (" https://engines.example/ ", "https://engines.example"),
        ("http://10.0.0.5:9000/asr/v1", "http://10.0.0.5:9000/asr"),
        ("http://[fd12::1]:8000", "http://[fd12::1]:8000"),
    ],
)
def test_what_an_operator_may_name(given: str, meant: str) -> None:
    assert engine_url(given, "x") == meant


@pytest.mark.parametrize(
    "given",
    [
        "",
        "localhost:8000",
        "file:///etc/passwd",
        "gopher://localhost:70",
        "ftp://localhost",
        "unix:///var/run/docker.sock",
        "javascript:alert(1)",
        "http://",
        "http://host:0",
        "http://host:99999",
        "http://[::1",
        "http://me:secret@host:8000",
        "http://host:8000/?key=secret",
        "http://host:8000/#x",
        "http://169.254.169.254",
        "http://169.254.169.254.",
        "http://[::ffff:169.254.169.254]/",
        "http://[2002:a9fe:a9fe::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fd00:ec2::254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
        "http://0.0.0.0:8000",
        "http://[::]:8000",
        "http://255.255.255.255",
        "http://224.0.0.1",
        "http://metadata.google.internal/",
        "http://METADATA/",
        "http://100.100.100.200/",
    ],
)
def test_what_nobody_may_name(given: str) -> None:
    with pytest.raises(BadInput) as refused:
        engine_url(given, "IZWI_LLM_URL")
    assert "IZWI_LLM_URL" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["asr_url", "llm_url", "tts_url"])
def test_a_setting_is_checked_at_the_start(name: str) -> None:
    with pytest.raises(BadInput, match=f"IZWI_{name.upper()}"):
        Settings(**{name: "http://169.254.169.254/latest/meta-data"})  # type: ignore[arg-type]
    assert issubclass(BadSetting, BadInput)


def test_ordinary_hosts_are_not_forbidden() -> None:
    for host in ("localhost", "127.0.0.1", "192.168.1.4", "8.8.8.8", "engines.example", "::1", "metadata.example"):
        assert not forbidden(host)
