"""The models on this machine: embedded ones, pulled ones and conversions, each checked before anyone loads it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from izwi.hub import convert, download
from izwi.hub.faults import Incomplete, ModelFault, Tampered
from izwi.hub.lock import LockFile, Pin
from izwi.hub.progress import Progress, Step, silent
from izwi.hub.registry import Model
from izwi.hub.verify import digest, verify


class Store:
    """``models`` is the repository's ``models/``; ``cache`` holds ``pulled/``, ``converted/`` and the lock file."""

    def __init__(self, models: Path, cache: Path, endpoint: str) -> None:
        self.models, self.cache, self.endpoint = models, cache, endpoint
        self.lock = LockFile(cache / "models.lock.json")

    def folder(self, model: Model) -> Path | None:
        """Where the model's own files are, or would be; None before its first pull and for a package."""
        if model.path:
            return self.models / model.path
        pin = self.pin(model)
        return self._pulled(model, pin.commit) if pin else None

    def pin(self, model: Model) -> Pin | None:
        """What the first pull recorded of this model."""
        pin = self.lock.read().get(model.name)
        return pin if pin and pin.repo == model.repo else None

    def present(self, model: Model) -> bool:
        """Whether all files are on this machine, by their names alone: nothing is read or asked of the Hub."""
        if model.package:
            return True
        folder, recorded = self.folder(model), self._recorded(model)
        if folder is None or not recorded:
            return False
        if model.convert:
            return (convert.place(model, recorded, self.cache / "converted") / convert.MARKER).is_file()
        return all((folder / name).is_file() for name in recorded)

    def revision(self, model: Model) -> str:
        """A name for exactly these weights and their conversion; empty while nothing is recorded of them."""
        recorded = self._recorded(model)
        return convert.revision(model, recorded) if recorded else ""

    def held(self, model: Model) -> Path:
        """The folder an engine can load now, every byte checked; no network. An empty path for a package.

        Raises ``Incomplete`` (not here, or not recorded) and ``Tampered``.
        """
        if model.package:
            return Path()
        folder, recorded = self.folder(model), self._recorded(model)
        if folder is None or not recorded:
            how = "has no recorded checksums (run: models pin)" if model.path else "has not been pulled yet"
            raise Incomplete(f"{model.name} {how}.")
        if model.convert:
            made = convert.converted(model, recorded, self.cache / "converted")
            if made is None:
                raise Incomplete(f"{model.name} has not been converted yet.")
            return made
        verify(model.name, folder, recorded)
        return folder

    def obtain(self, model: Model, progress: Progress = silent) -> Path:
        """As ``held``, after pulling and converting what is missing. Raises any ``ModelFault``."""
        try:
            return self.held(model)
        except Incomplete:
            if not model.repo:
                raise
        with self._exclusive(model):
            pin = self._pull(model, progress)
            if model.convert:
                progress(Step(model.name, "convert", "", 0, 1))
                source = self._pulled(model, pin.commit)
                convert.convert(model, source, self._recorded(model), self.cache / "converted")
                progress(Step(model.name, "convert", "", 1, 1))
        return self.held(model)

    def forget(self, model: Model, revision: bool = False) -> None:
        """Throw the pulled files and conversions away; with ``revision`` also the pin, so that the newest is pulled."""
        for kind in ("pulled", "converted"):
            shutil.rmtree(self.cache / kind / model.name, ignore_errors=True)
        if revision:
            self.lock.write(model.name, None)

    def _pull(self, model: Model, progress: Progress) -> Pin:
        """Bring every file here and hold it to the recorded checksums, or record them if this is the first time."""
        pin, recorded = self.pin(model), self._recorded(model)
        if pin and recorded and self._whole(model, pin, recorded):
            return pin
        wanted = download.plan(model, self.endpoint, pin.commit if pin else model.revision)
        folder = self._pulled(model, wanted.commit)
        download.download(model, wanted, folder, self.endpoint, progress)
        sums: dict[str, str] = {}
        for number, file in enumerate(wanted.files, 1):
            sums[file.name] = digest(folder / file.name)
            if sums[file.name] != recorded.get(file.name, sums[file.name]):
                (folder / file.name).unlink()
                raise Tampered(model.name, file.name)
            progress(Step(model.name, "verify", file.name, number, len(wanted.files)))
        pin = Pin(model.repo, wanted.commit, sums)
        self.lock.write(model.name, pin)
        return pin

    def _whole(self, model: Model, pin: Pin, recorded: Mapping[str, str]) -> bool:
        try:
            verify(model.name, self._pulled(model, pin.commit), recorded)
        except Incomplete:
            return False
        return True

    def _recorded(self, model: Model) -> dict[str, str]:
        """File → sha256 as the registry and the lock file have it; the registry's word counts more."""
        pin = self.pin(model) if model.repo else None
        return {**(pin.sha256 if pin else {}), **model.sha256}

    def _pulled(self, model: Model, commit: str) -> Path:
        return self.cache / "pulled" / model.name / commit

    @contextmanager
    def _exclusive(self, model: Model) -> Iterator[None]:
        """One process at a time pulls a model; the others wait, then find it here."""
        from huggingface_hub.utils import WeakFileLock

        self.cache.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(self.cache / f"{model.name}.mutex"):
            yield


def endpoint(hub_url: str) -> str:
    """The Hub's address, without a slash at its end: ``IZWI_HUB_URL``, else ``HF_ENDPOINT``, else the public Hub."""
    from huggingface_hub import constants

    address = (hub_url or constants.ENDPOINT).rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise ModelFault(f"The hub's address '{address}' does not begin with http:// or https://.")
    return address
