"""``models/registry.toml`` as typed values: every model, where it comes from, and what takes its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from izwi.faults import BadInput

Role = Literal["asr", "llm", "tts", "mt", "vad", "emotion"]
Profile = Literal["embedded", "spaces-cpu"]

FILE = "registry.toml"


class BadRegistry(BadInput):
    """The registry holds an entry that cannot be right; the message names the entry."""


@dataclass(frozen=True)
class Model:
    """One model, from ``repo`` (on the Hub), ``path`` (under ``models/``) or ``package`` (Debian's or a wheel).

    ``files`` are glob patterns, each of which must match, those of ``also`` may; of ``a|b`` the first that matches
    counts. ``sha256`` maps file names to checksums; ``size`` is in bytes, of all files (about, until pinned).
    """

    name: str
    role: Role
    engine: str
    languages: tuple[str, ...]
    licence: str
    size: int
    profiles: tuple[str, ...] = ()
    repo: str = ""
    revision: str = "main"
    path: str = ""
    package: str = ""
    files: tuple[str, ...] = ("**/*",)
    also: tuple[str, ...] = ()
    sha256: Mapping[str, str] = field(default_factory=dict)
    convert: str = ""
    fallbacks: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Registry:
    """All models by name, in the file's order."""

    models: Mapping[str, Model]

    def __getitem__(self, name: str) -> Model:
        """Raises ``BadRegistry`` for a name the registry does not have."""
        if name not in self.models:
            raise BadRegistry(f"no model is called '{name}' (there are: {', '.join(self.models)})")
        return self.models[name]

    def profile(self, profile: str, role: str = "") -> list[Model]:
        """The models a profile starts with, of one role or of all."""
        return [m for m in self.models.values() if profile in m.profiles and role in ("", m.role)]

    def chain(self, model: Model) -> list[Model]:
        """The model and, in order, what takes its place when it cannot be had."""
        return [model, *(self[name] for name in model.fallbacks)]


_KINDS: dict[str, type] = {f.name: str for f in fields(Model)} | {"size": int}
_LISTS = {"languages", "profiles", "files", "also", "fallbacks", "sha256"}
_SUM = re.compile(r"([0-9a-f]{64})  (.+)")
_REQUIRED = {f.name for f in fields(Model) if f.default is MISSING and f.default_factory is MISSING}


def load(models: Path) -> Registry:
    """Read ``registry.toml`` of the folder ``models``. Raises ``BadRegistry``, which names the entry at fault."""
    file = models / FILE
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadRegistry(f"there is no {FILE} in {models}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRegistry(f"{FILE} is not TOML: {error}") from None
    entries = data.get("model")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadRegistry(f"{FILE} has no [[model]] entries")
    registry: dict[str, Model] = {}
    for number, entry in enumerate(entries, 1):
        model = _model(entry, f"{FILE}: {entry.get('name') or f'model number {number}'}")
        if model.name in registry:
            raise BadRegistry(f"{FILE}: {model.name}: the name is used twice")
        registry[model.name] = model
    for model in registry.values():
        for name in model.fallbacks:
            if name not in registry or registry[name].role != model.role:
                raise BadRegistry(f"{FILE}: {model.name}: its fallback '{name}' is no {model.role} model of this file")
    return Registry(registry)


def _model(entry: dict[str, Any], where: str) -> Model:
    for key in _REQUIRED - entry.keys():
        raise BadRegistry(f"{where}: '{key}' is missing")
    for key, value in entry.items():
        if key in _LISTS:
            right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        else:
            right = key in _KINDS and type(value) is _KINDS[key]
        if not right:
            raise BadRegistry(f"{where}: '{key}' is unknown or has the wrong kind of value")
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in entry.items()}
    sums = [_SUM.fullmatch(line) for line in values.get("sha256", ())]
    if None in sums:
        raise BadRegistry(f"{where}: a line of 'sha256' is not 64 hexadecimal digits, two spaces and a file name")
    model = Model(**{**values, "sha256": {match[2]: match[1] for match in sums if match}})
    if model.role not in get_args(Role):
        raise BadRegistry(f"{where}: the role '{model.role}' is not one of {', '.join(get_args(Role))}")
    if unknown := set(model.profiles) - set(get_args(Profile)):
        raise BadRegistry(f"{where}: the profile '{unknown.pop()}' is not one of {', '.join(get_args(Profile))}")
    if sum(map(bool, (model.repo, model.path, model.package))) != 1:
        raise BadRegistry(f"{where}: exactly one of 'repo', 'path' and 'package' must be given")
    if model.repo and "files" not in entry:
        raise BadRegistry(f"{where}: 'files' is missing: a repository holds more than its model")
    return model
