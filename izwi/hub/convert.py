"""Turn a pulled checkpoint, once, into the form its engine loads.

A conversion runs in a child process, so torch and transformers never enter the one that talks. It writes into a
temporary folder that is moved into place when all of it is there: a killed conversion leaves nothing that looks whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from izwi.hub.faults import ConversionFailed
from izwi.hub.registry import Model
from izwi.hub.verify import digests, verify
from izwi.settings import ROOT


@dataclass(frozen=True)
class Converter:
    """``python -m MODULE SOURCE TARGET *options(model)``.

    Raise ``version`` when the module's output changes: old conversions are then made again.
    """

    module: str
    options: Callable[[Model], list[str]]
    version: int = 1


def _voice(model: Model) -> list[str]:
    spoken = [word for language in model.languages for word in ("--language", language)]
    return [*spoken, "--licence", model.licence]


CONVERTERS = {
    "whisper": Converter("izwi.hub.to_ctranslate2", lambda model: ["--kind", "whisper"]),
    "marian": Converter("izwi.hub.to_ctranslate2", lambda model: ["--kind", "marian"]),
    "nllb": Converter("izwi.hub.to_ctranslate2", lambda model: ["--kind", "nllb"]),
    "vits": Converter("izwi.tts.vits_export", _voice, version=2),
}
#: Says of a folder that it is whole: the source's key, and the checksum of each file made.
MARKER = "converted.json"


def place(model: Model, source: Mapping[str, str], cache: Path) -> Path:
    """Where the conversion of ``model`` lives, named by all that goes into it (``source``: file → sha256).

    Raises ``ConversionFailed`` for a kind of conversion that does not exist.
    """
    if model.convert not in CONVERTERS:
        raise ConversionFailed(f"{model.name} asks for the conversion '{model.convert}', which does not exist.")
    return cache / model.name / revision(model, source)


def revision(model: Model, source: Mapping[str, str]) -> str:
    """Short for the checksums of the source and, where it is converted, how."""
    recipe: list[object] = [sorted(source.items())]
    if model.convert:
        converter = CONVERTERS[model.convert]
        recipe = [converter.module, converter.options(model), converter.version, *recipe]
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:16]


def converted(model: Model, source: Mapping[str, str], cache: Path) -> Path | None:
    """The folder of an earlier conversion, checked against its marker; None if there is none. Raises ``Tampered``."""
    target = place(model, source, cache)
    if not (target / MARKER).is_file():
        return None
    try:
        recorded = json.loads((target / MARKER).read_text(encoding="utf-8"))["sha256"]
    except (ValueError, KeyError):
        raise ConversionFailed(f"The conversion of {model.name} is damaged; pull it again.") from None
    verify(model.name, target, recorded)
    return target


def convert(model: Model, folder: Path, source: Mapping[str, str], cache: Path) -> Path:
    """Convert the checkpoint in ``folder`` and return the new folder under ``cache``. Raises ``ConversionFailed``.

    The caller holds the model's lock; half-made folders of killed conversions are cleared away first.
    """
    target = place(model, source, cache)
    target.parent.mkdir(parents=True, exist_ok=True)
    for stale in target.parent.glob("*.half"):
        shutil.rmtree(stale, ignore_errors=True)
    half = Path(tempfile.mkdtemp(dir=target.parent, suffix=".half"))
    try:
        made = half / "made"
        _run(model, folder, made)
        marker = {"kind": model.convert, "source": dict(source), "sha256": digests(made)}
        (made / MARKER).write_text(json.dumps(marker, indent=2), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        os.replace(made, target)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return target


def _run(model: Model, folder: Path, made: Path) -> None:
    converter = CONVERTERS[model.convert]
    quiet = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "passive"}
    child = subprocess.run(
        [sys.executable, "-m", converter.module, str(folder.resolve()), str(made.resolve()), *converter.options(model)],
        cwd=ROOT,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode or not made.is_dir():
        last = (child.stderr.strip().splitlines() or [f"exit status {child.returncode}"])[-1]
        raise ConversionFailed(f"{model.name} could not be converted for its engine ({last[:200]}).")
