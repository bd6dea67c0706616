"""``models pin``: write the checksums of the files as they are into ``registry.toml``, and leave the rest alone."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from izwi.hub.registry import FILE, Model, load
from izwi.hub.store import Store
from izwi.hub.verify import digests
from izwi.whole import write_whole


@dataclass(frozen=True, slots=True)
class Pinned:
    """What was written for one model: how many files and bytes; none where there is nothing to pin yet."""

    name: str
    files: int
    size: int


def pin(store: Store, names: tuple[str, ...] = ()) -> list[Pinned]:
    """Pin the named models, or every embedded one; of a pulled model also its commit. The registry is rewritten."""
    registry = load(store.models)
    chosen = [registry[name] for name in names] or [model for model in registry.models.values() if model.path]
    file = store.models / FILE
    text = file.read_text(encoding="utf-8")
    written = []
    for model in chosen:
        folder = store.folder(model)
        sums = _sums(store, model, folder) if folder else {}
        size = sum((folder / name).stat().st_size for name in sums) if folder else 0
        written.append(Pinned(model.name, len(sums), size))
        if sums:
            lines = "".join(f"  {json.dumps(f'{digest}  {name}')},\n" for name, digest in sums.items())
            values = {"size": f"{size:_}", "sha256": f"[\n{lines}]"}
            if held := store.pin(model):
                values["revision"] = f'"{held.commit}"'
            text = _with_values(text, model.name, values)
    write_whole(file, text.encode(), 0o666)
    return written


def _sums(store: Store, model: Model, folder: Path) -> dict[str, str]:
    """The checksums to write: of an embedded model as it lies there, of a pulled one as its pull recorded them."""
    if held := store.pin(model):
        return {name: digest for name, digest in held.sha256.items() if (folder / name).is_file()}
    return digests(folder, model.files)


def _with_values(text: str, name: str, values: dict[str, str]) -> str:
    """The registry's text with some keys of one entry set; a new key comes after ``size``."""
    entries = re.split(r"(?m)^(?=\[\[model\]\]$)", text)
    place = next(n for n, entry in enumerate(entries) if re.search(rf'(?m)^name = "{re.escape(name)}"$', entry))
    for key, value in values.items():
        line = re.compile(rf"(?m)^{key} = (\[\n(?:  .*\n)*\]|.*)\n")
        new = f"{key} = {value}\n"
        if line.search(entries[place]):
            entries[place] = line.sub(lambda _, new=new: new, entries[place], count=1)
        else:
            entries[place] = re.sub(r"(?m)^size = .*\n", lambda m, new=new: m[0] + new, entries[place], count=1)
    return "".join(entries)
