"""Every knob of Izwi, read once from the environment (``IZWI_*``)."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from izwi.faults import BadInput
from izwi.remote.address import engine_url

#: The repository (or installed tree) that holds ``models/``.
ROOT = Path(__file__).resolve().parent.parent

PROFILES = ("auto", "embedded", "spaces-cpu", "remote")
LANGUAGES = ("sn", "en")
#: Numbers that may be 0: never, at once, or without a limit. All others are above it.
MAY_BE_ZERO = frozenset(
    ("port", "stall_limit", "hang_limit", "drain_limit", "public_requests", "public_talk", "public_connections")
)


class BadSetting(BadInput):
    """A setting holds a value it cannot have; the message names the variable and what it may be."""


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "izwi"


def _default_data() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share")) / "izwi"


@dataclass(frozen=True)
class Settings:
    """All settings. Field ``foo_bar`` is read from ``IZWI_FOO_BAR``; times are in seconds."""

    host: str = "0.0.0.0"
    port: int = 7860
    profile: str = "auto"
    language: str = "auto"
    voice: str = "auto"
    greet: bool = True
    asr_engine: str = "faster-whisper"
    hub_url: str = ""
    hub_deadline: float = 5.0
    models: Path = field(default=ROOT / "models")
    cache: Path = field(default_factory=_default_cache)
    data: Path = field(default_factory=_default_data)
    talkers: int = 4
    time_limit: float = 1800.0
    knowledge: Path = field(default=ROOT / "knowledge")
    reading: str = "standard"
    names: str = ""
    reply: str = "auto"
    reply_tokens: int = 160
    first_token_limit: float = 20.0
    denoise: bool = True
    speculate: bool = True
    partials: bool = True
    openers: bool = True
    emotion: bool = True
    emotion_engine: str = ""
    emotion_log: str = ""
    emotion_log_text: bool = False
    log_text: bool = False
    ice_servers: str = ""
    asr_url: str = ""
    asr_model: str = "whisper-1"
    asr_languages: str = "sn,en"
    llm_url: str = ""
    llm_model: str = "default"
    llm_languages: str = "sn,en"
    remote_key: str = field(default="", repr=False)
    remote_patience: float = 4.0
    tts_url: str = ""
    tts_model: str = "tts-1"
    tts_voice: str = "alloy"
    tts_languages: str = "en"
    tts_order: str = ""
    tts_reference: str = ""
    tts_budget: float = 1.5
    tts_cap: float = 5.0
    sessions: str = ""
    session_ttl: float = 3600.0
    redis_url: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    contributions: bool = False
    govern: bool = True
    stall_limit: float = 15.0
    hang_limit: float = 120.0
    drain_limit: float = 20.0
    metrics: str = "key"
    traces: str = ""
    log_format: str = "plain"
    keys: str = field(default="", repr=False)
    jwt_keys: str = field(default="", repr=False)
    jwt_audience: str = "izwi"
    jwt_issuer: str = ""
    origins: str = ""
    trusted_proxies: str = ""
    public: str = "talk"
    public_requests: int = 60
    public_talk: float = 7200.0
    public_connections: int = 4

    @property
    def expected_names(self) -> tuple[str, ...]:
        """The names and places to expect in talk, from ``names``."""
        return tuple(name.strip() for name in self.names.split(",") if name.strip())

    def __post_init__(self) -> None:
        choices = {
            "profile": PROFILES,
            "language": ("auto", *LANGUAGES),
            "asr_engine": ("faster-whisper", "whisper-cpp"),
            "reply": ("auto", "direct", "pivot"),
            "reading": ("standard", "everyday"),
            "metrics": ("key", "open"),
            "log_format": ("plain", "json"),
        }
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise BadSetting(f"IZWI_{name.upper()}={getattr(self, name)!r} is not one of: {', '.join(allowed)}")
        if not 0 <= self.port <= 65535:
            raise BadSetting(f"IZWI_PORT={self.port} is not a port between 0 and 65535")
        for name in ("asr_url", "llm_url", "tts_url"):
            if getattr(self, name):
                engine_url(getattr(self, name), f"IZWI_{name.upper()}")
        for setting in fields(self):
            value = getattr(self, setting.name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                _check_number(setting.name, value)


def _check_number(name: str, value: float) -> None:
    least = 0 if name in MAY_BE_ZERO else math.ulp(0.0)
    if not least <= value < math.inf:  # no number is not either
        raise BadSetting(f"IZWI_{name.upper()}={value} must be a number, {'0 or more' if least == 0 else 'above 0'}")


def _parse(name: str, kind: Any, text: str) -> Any:
    if kind is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off", ""):
            return False
        raise BadSetting(f"{name}={text!r} is not a yes or no (use 1 or 0)")
    if kind is Path and not text.strip():
        raise BadSetting(f"{name} is empty, and should be a path")
    try:
        return kind(text)
    except ValueError:
        raise BadSetting(
            f"{name}={text!r} is not {'a number' if kind in (int, float) else f'a {kind.__name__}'}"
        ) from None


def from_env(env: Mapping[str, str] = os.environ) -> Settings:
    """Settings from ``IZWI_*`` variables. Raises ``BadSetting``, which names the variable at fault."""
    kinds = get_type_hints(Settings)
    given = {
        f.name: _parse(key, kinds[f.name], env[key])
        for f in fields(Settings)
        if (key := f"IZWI_{f.name.upper()}") in env
    }
    return Settings(**given)
