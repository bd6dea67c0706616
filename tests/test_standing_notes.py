"""What the server says of its models, and the page's Shona for it: both must speak of the same sentences."""

from __future__ import annotations

import ast
import re

from izwi.assembly import EMBEDDED, MEANWHILE
from izwi.hub.faults import HubOutOfReach
from izwi.settings import ROOT

NOTES = (ROOT / "izwi/ui/static/standing-notes.js").read_text("utf-8")
SHONA = re.findall(r'^  \[/(.+)/, "(.+)"\],$', NOTES, re.M)


def in_shona(text: str) -> str:
    """As the page does it."""
    for english, shona in SHONA:
        text = re.sub(english, re.sub(r"\$(\d)", r"\\\1", shona), text, count=1)
    return text


def test_the_usual_notes_are_told_in_shona_whole() -> None:
    away = str(HubOutOfReach("https://hub.example", "no answer"))
    for note in (EMBEDDED, MEANWHILE, away):
        left = {sentence for sentence in re.split(r"(?<=\.) ", note) if sentence in in_shona(note)}
        assert not left
    assert "https://hub.example haisvikike (no answer)" in in_shona(f"{away} {EMBEDDED}")


def test_nothing_is_translated_that_the_server_no_longer_says() -> None:
    said = ""
    for file in ("assembly.py", "hub/profile.py", "hub/faults.py"):
        for node in ast.walk(ast.parse((ROOT / "izwi" / file).read_text("utf-8"))):
            said += f"\n{node.value}" if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    for english, _ in SHONA:
        longest = max(re.split(r"\(.+?\)|\\[()]", english), key=len).replace("\\", "").strip()
        assert longest in said
