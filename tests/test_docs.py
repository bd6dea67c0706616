"""The README and the docs beside the code: every setting is told and no other, all links lead, all commands parse."""

from __future__ import annotations

import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest

from izwi.__main__ import parser
from izwi.settings import ROOT, Settings

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
#: Read elsewhere than in the settings: by `make audit`.
OTHERS = {"IZWI_OSV_URL"}


def test_every_setting_is_told_and_no_other() -> None:
    told = {name for page in PAGES for name in re.findall(r"\bIZWI_[A-Z_]+\b", page.read_text("utf-8"))}
    assert told == {f"IZWI_{field.name.upper()}" for field in fields(Settings)} | OTHERS


def anchors(page: Path) -> set[str]:
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "docs/decisions").glob("*.md"))], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" in link:
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def commands() -> list[str]:
    """Each command line that a page shows, without what may be left out, and with the first of what may be chosen."""
    shown = [line for page in PAGES for line in re.findall(r"^ *(python -m izwi .+)$", page.read_text("utf-8"), re.M)]
    chosen = [re.sub(r"\[[^\[\]]*\]|#.*", "", line) for line in shown]
    return [re.sub(r"(\w+)(?:\|\w+)+", r"\1", line) for line in chosen]


@pytest.mark.parametrize("line", commands())
def test_every_command_shown_is_one(line: str) -> None:
    assert parser().parse_args(shlex.split(line)[3:]).func
