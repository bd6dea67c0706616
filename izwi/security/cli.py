"""``python -m izwi keys``: make, list and revoke API keys."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from izwi.faults import BadInput
from izwi.security.keys import KeyRing, make
from izwi.security.talker import SCOPES
from izwi.settings import from_env

#: Days a key may be valid when it is not valid for ever.
LONGEST = 36_500


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add this room's commands; each sets ``func(arguments) -> exit code``."""
    keys = commands.add_parser("keys", help="API keys: who may use this Izwi from a program, and how much")
    actions = keys.add_subparsers(required=True, metavar="ACTION")

    add = actions.add_parser("add", help="make a key; it is shown once")
    add.add_argument("name", help="whose it is, for your own list")
    add.add_argument("--scopes", default="talk", help=f"some of {','.join(SCOPES)} (default: talk)")
    add.add_argument("--days", type=float, default=0.0, help="how long it is valid (default: for ever)")
    add.add_argument("--requests-per-minute", type=int, default=0, help="0: no limit")
    add.add_argument("--requests-per-day", type=int, default=0, help="0: no limit")
    add.add_argument("--talk-per-day", type=float, default=0.0, metavar="SECONDS", help="0: no limit")
    add.add_argument("--connections", type=int, default=0, help="conversations at once; 0: no limit")
    add.add_argument("--print", dest="only_print", action="store_true", help="do not keep it; print it for IZWI_KEYS")
    add.set_defaults(func=_add)

    actions.add_parser("list", help="the keys there are").set_defaults(func=_list)
    revoke = actions.add_parser("revoke", help="close a key; it is refused from the next request on")
    revoke.add_argument("id")
    revoke.set_defaults(func=_revoke)


def _ring() -> KeyRing:
    settings = from_env()
    return KeyRing(settings.data / "keys.json", settings.keys)


def _add(given: argparse.Namespace) -> int:
    limits = ("requests_per_minute", "requests_per_day", "talk_per_day", "connections")
    if not all(0 <= getattr(given, name) < math.inf for name in limits):
        raise BadInput("a limit is a number, 0 or more")
    if not 0 <= given.days <= LONGEST:
        raise BadInput(f"a key is valid for at most {LONGEST} days; without --days it is valid for ever")
    if not given.name.strip() or not given.name.isprintable():
        raise BadInput("the name must be plain text on one line")
    until = (datetime.now(UTC) + timedelta(days=given.days)).isoformat(timespec="seconds") if given.days else ""
    shown, key = make(
        given.name, given.scopes.split(","), expires=until, **{name: getattr(given, name) for name in limits}
    )
    if not given.only_print:
        _ring().add(key)
    print(f"{shown}\nThis is the only time it is shown; only its hash is kept. Its id is {key.id}.")
    if given.only_print:
        print(f"Put this into IZWI_KEYS (a list may hold several):\n{json.dumps([asdict(key)])}")
    return 0


def _list(_: argparse.Namespace) -> int:
    for key in _ring().keys.values():
        state = "valid" if key.valid else "revoked" if key.revoked else "expired"
        print(f"{key.id}  {state:<8} {','.join(key.scopes):<24} {key.created[:10]}  {key.name}")
    return 0


def _revoke(given: argparse.Namespace) -> int:
    key = _ring().revoke(given.id)
    print(f"The key {key.id} ({key.name}) opens nothing any more.")
    return 0
