"""``python -m izwi``: every command. Bad input ends with exit code 2, a fault of ours with 1, both with one line.

Nothing that has to be installed is imported before ``main``: a Python without it is told so.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from izwi.faults import BadInput
from izwi.hub.faults import ModelFault

#: The Python that ``make setup`` makes.
PYTHON = ".venv/bin/python"
#: Rooms that bring commands, each through ``add_commands(subparsers)``.
ROOMS = (
    "izwi.service.cli",
    "izwi.hub.cli",
    "izwi.languages.cli",
    "izwi.mt.cli",
    "izwi.tts.cli",
    "izwi.emotion.cli",
    "izwi.security.cli",
    "izwi.dub.cli",
    "izwi.bench.cli",
)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="izwi", description="Talk to Izwi in Shona or English.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for room in ROOMS:
        importlib.import_module(room).add_commands(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    try:
        return _run(arguments)
    except ModuleNotFoundError as missing:
        if not missing.name or missing.name.partition(".")[0] == "izwi":
            raise
        print(f"izwi: this Python has no {missing.name}; 'make setup' makes one that has: {PYTHON}", file=sys.stderr)
        return 1


def _run(arguments: Sequence[str] | None) -> int:
    from izwi.engines import EngineFailed, UnsupportedLanguage

    try:
        given = parser().parse_args(arguments)
        status = int(given.func(given))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read our output has enough
        _leave_unsaid()
        return 141
    except BadInput as error:
        print(f"izwi: {error}", file=sys.stderr)
        return 2
    except (EngineFailed, UnsupportedLanguage, ModelFault) as error:
        print(f"izwi: {error}", file=sys.stderr)
        return 1
    except OSError as error:  # a full disk, a folder that may not be written to
        _leave_unsaid()
        where = f"{error.filename}: " if error.filename else ""
        print(f"izwi: {where}{error.strerror or type(error).__name__}", file=sys.stderr)
        return 1


def _leave_unsaid() -> None:
    """What could not be written is not tried again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
