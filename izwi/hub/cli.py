"""``python -m izwi models list|pull|verify|pin``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from izwi import settings
from izwi.faults import BadInput
from izwi.hub.download import reach
from izwi.hub.faults import Incomplete, ModelFault
from izwi.hub.pinning import pin
from izwi.hub.progress import Step
from izwi.hub.registry import Model, Registry, load
from izwi.hub.store import Store, endpoint

Command = Callable[[argparse.Namespace, Registry, Store], int]


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``models`` and its commands; each sets ``func(arguments) -> exit code``."""
    models = subparsers.add_parser("models", help="the models: what there is, pull, verify, pin")
    actions = models.add_subparsers(dest="action", required=True)

    def add(name: str, command: Command, help: str, names: bool = True) -> argparse.ArgumentParser:
        parser = actions.add_parser(name, help=help, description=help)
        if names:
            parser.add_argument("names", nargs="*", metavar="NAME", help="models of the registry")
        parser.set_defaults(func=lambda arguments: _run(command, arguments))
        return parser

    add("list", _list, "every model of the registry and whether it is here", names=False)
    pull = add("pull", _pull, "download, verify and convert the named models, or all of a profile")
    pull.add_argument("--profile", default="spaces-cpu", choices=("embedded", "spaces-cpu"))
    pull.add_argument("--again", action="store_true", help="throw away what is here first, and pull the same revision")
    pull.add_argument("--update", action="store_true", help="as --again, but move on to the newest revision")
    add("verify", _verify, "check every byte of the named models, or of all that are here")
    add("pin", _pin, "write checksums into registry.toml: of the embedded models, or of the named ones")


def _run(command: Command, arguments: argparse.Namespace) -> int:
    """Exit code 2 for a wrong name, setting or registry, 1 for a model that cannot be used; one line either way."""
    try:
        chosen = settings.from_env()
        registry = load(chosen.models)
        return command(arguments, registry, Store(chosen.models, chosen.cache, endpoint(chosen.hub_url)))
    except BadInput as error:
        print(f"izwi: {error}", file=sys.stderr)
        return 2
    except ModelFault as fault:
        print(f"izwi: {fault}", file=sys.stderr)
        return 1


def _chosen(arguments: argparse.Namespace, registry: Registry, otherwise: list[Model]) -> list[Model]:
    return [registry[name] for name in arguments.names] or otherwise


def _list(arguments: argparse.Namespace, registry: Registry, store: Store) -> int:
    rows = [("NAME", "ROLE", "LANGUAGES", "PROFILES", "SIZE", "LICENCE", "HERE")]
    for model in registry.models.values():
        size = f"{model.size / 1e6:.1f} MB" if model.size else "-"
        here = "package" if model.package else "yes" if store.present(model) else "no"
        rows.append(
            (
                model.name,
                model.role,
                ",".join(model.languages) or "-",
                ",".join(model.profiles) or "-",
                size,
                model.licence,
                here,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _pull(arguments: argparse.Namespace, registry: Registry, store: Store) -> int:
    chosen = _chosen(arguments, registry, registry.profile(arguments.profile))
    failed = 0
    for model in chosen:
        if model.repo and (arguments.again or arguments.update):
            store.forget(model, revision=arguments.update)
    if not all(store.present(model) or not model.repo for model in chosen):
        reach(store.endpoint, settings.from_env().hub_deadline)
    for model in chosen:
        try:
            with _Bar() as bar:
                folder = store.obtain(model, bar)
            print(f"{model.name}: {folder if folder.parts else 'comes as a package'}")
        except ModelFault as fault:
            failed += 1
            print(f"izwi: {fault}", file=sys.stderr)
    return 1 if failed else 0


def _verify(arguments: argparse.Namespace, registry: Registry, store: Store) -> int:
    here = [model for model in registry.models.values() if not model.package]
    failed = 0
    for model in _chosen(arguments, registry, here):
        try:
            store.held(model)
            print(f"{model.name}: ok")
        except Incomplete as fault:
            missing = bool(arguments.names) or bool(model.path and model.sha256)
            failed += missing
            print(f"{'izwi: ' if missing else ''}{fault}", file=sys.stderr if missing else sys.stdout)
        except ModelFault as fault:
            failed += 1
            print(f"izwi: {fault}", file=sys.stderr)
    return 1 if failed else 0


def _pin(arguments: argparse.Namespace, registry: Registry, store: Store) -> int:
    for pinned in pin(store, tuple(arguments.names)):
        done = f"{pinned.files} files, {pinned.size / 1e6:.2f} MB" if pinned.files else "no files yet, left as it is"
        print(f"{pinned.name}: {done}")
    return 0


class _Bar:
    """A bar for each file on a terminal; on a pipe, nothing: the result lines say enough."""

    def __enter__(self) -> _Bar:
        from huggingface_hub.utils import tqdm

        self._bar = tqdm(unit="B", unit_scale=True, disable=None, leave=False, file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, step: Step) -> None:
        self._bar.total = step.total
        self._bar.n = step.done
        self._bar.set_description(f"{step.model} {step.stage} {step.file}"[:60])
