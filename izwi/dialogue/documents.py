"""The operator's own documents: a folder of Markdown and plain text, cut into passages.

A passage is what stands under one heading, without its marks: it is searched, and it may be read aloud.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from izwi.languages import detect, languages

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
_LONGEST = 700  # characters of a passage; a longer section is cut at its sentences
# What Markdown writes around words: list bullets, quotes, table bars and rules, emphasis, code, comments, HTML.
_LINE_MARKS = re.compile(r"^\s*(?:[-*+>]\s+|\d{1,3}[.)]\s+|```.*$|[|:\s-]+$)|\s*\|\s*$")
_MARKS = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]{0,200}>|[*`~]+|(?<!\w)_+|_+(?!\w)")
_LINK = re.compile(r"!?\[([^\]]{0,300})\](?:\([^)]{0,500}\)|\[[^\]]{0,100}\])")


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: `source` names the file and the heading it stands under."""

    text: str
    source: str
    heading: str
    language: str


def passages(folder: Path) -> list[Passage]:
    """The passages of every .md and .txt file under `folder`, in the order of their names; none for a missing one."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".md", ".txt") and path.is_file())
    return [passage for path in files for passage in _of_file(path)]


def _of_file(path: Path) -> list[Passage]:
    title, heading = path.name.split(".")[0], ""
    sections: list[tuple[str, str, str]] = []
    lines: list[str] = []
    markdown = path.suffix == ".md"
    for line in [*path.read_text("utf-8-sig", errors="replace").splitlines(), ""]:
        found = _HEADING.match(line)
        if not found and (line.strip() or markdown):
            lines.append(_plain(line) if markdown else line.strip())
            continue
        sections.append((heading, title, " ".join(filter(None, lines))))
        lines = []
        if found:
            heading = _plain(found[1])
            title = heading if line.startswith("# ") else title
    sections.append((heading, title, " ".join(filter(None, lines))))
    named = path.suffixes[-2][1:] if len(path.suffixes) > 1 else ""
    return [
        Passage(part, f"{path.name}, {heading}" if heading else path.name, heading or title, _language(named, part))
        for heading, title, text in sections
        for part in _parts(text)
    ]


def _plain(line: str) -> str:
    """`line` without the marks of Markdown."""
    line = _LINK.sub(r"\1", _LINE_MARKS.sub("", line))
    return re.sub(r"\s*\|\s*", ", ", _MARKS.sub("", line).strip().strip("|")).strip()


def _language(named: str, text: str) -> str:
    """The language of the file's name (zimbabwe.sn.md), else of the text."""
    return named if named in languages() else "en" if detect(text).language == "en" else "sn"


def sentences(text: str) -> list[str]:
    """`text` cut after each sentence."""
    return [found.strip() for found in re.findall(r".+?(?:[.!?](?=\s)|$)\s*", text) if found.strip()]


def _parts(text: str) -> list[str]:
    """`text` in pieces of at most about `_LONGEST` characters, cut between sentences, or words where one is longer."""
    pieces = [""]
    for sentence in sentences(text):
        for stretch in re.findall(rf".{{1,{_LONGEST}}}(?:\s|$)|\S+", sentence):
            if pieces[-1] and len(pieces[-1]) + len(stretch) > _LONGEST:
                pieces.append("")
            pieces[-1] += f" {stretch.strip()}"
    return [piece.strip() for piece in pieces if piece.strip()]
