"""``models pin``: write the checksums of the files as they are into ``registry.toml``, and leave the rest alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from izwi.hub.registry import FILE, Model, load
from izwi.hub.store import Store
from izwi.hub.verify import digests, matching


@dataclass(frozen=True, slots=True)
class Pinned:
    """What was written for one model: how many files and bytes; none where there is nothing to pin yet."""

    name: str
    files: int
    size: int


def pin(store: Store, names: tuple[str, ...] = ()) -> list[Pinned]:
    """Pin the named models, or every embedded one; of a pulled model also its commit. The registry is rewritten."""
    import tomlkit

    registry = load(store.models)
    chosen = [registry[name] for name in names] or [model for model in registry.models.values() if model.path]
    file = store.models / FILE
    document = tomlkit.parse(file.read_text(encoding="utf-8"))
    entries: list[Any] = document["model"]  # type: ignore[assignment]
    written = []
    for model in chosen:
        folder = store.folder(model)
        files = _files(store, model, folder) if folder else {}
        size = sum((folder / name).stat().st_size for name in files) if folder else 0
        written.append(Pinned(model.name, len(files), size))
        if not files:
            continue
        entry = next(entry for entry in entries if entry["name"] == model.name)
        entry["size"] = size
        if held := store.pin(model):
            entry["revision"] = held.commit
        table = tomlkit.table()
        table.update(files)
        entry["sha256"] = table
    temporary = file.with_suffix(".new")
    temporary.write_text(tomlkit.dumps(document), encoding="utf-8")
    temporary.replace(file)
    return written


def _files(store: Store, model: Model, folder: Path) -> dict[str, str]:
    """The checksums to write: of an embedded model as it lies there, of a pulled one as its pull recorded them."""
    if held := store.pin(model):
        return {name: digest for name, digest in held.sha256.items() if (folder / name).is_file()}
    return digests(folder, model.files) if matching(folder, model.files) else {}
