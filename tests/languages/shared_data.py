"""Where the shared evaluation data lies, and how its corpora are read."""

from __future__ import annotations

import csv
import html
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "shona"

needs_data = pytest.mark.skipif(not FOLDER.exists(), reason=f"the shared data is not at {FOLDER}")


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def listed(name: str) -> list[list[str]]:
    """The last two columns of each row of one of our own lists in tests/data."""
    lines = (Path(__file__).parents[1] / "data" / f"{name}.tsv").read_text("utf-8").splitlines()
    rows = [
        line.split("\t")[-2:]
        for line in lines
        if not line.startswith(("# ", "ground", "written", "spoken", "language\t"))
    ]
    assert all(len(row) == 2 for row in rows)
    return rows


def frequency_words() -> list[str]:
    lines = (FOLDER / "unilex" / "sn_frequency.txt").read_text("utf-8").splitlines()
    return [word for word, tab, _ in (line.partition("\t") for line in lines) if tab and word != "Form"]


def tagged_sentences(split: str) -> list[list[tuple[str, str]]]:
    """(token, part of speech) of each sentence of a MasakhaPOS split."""
    found: list[list[tuple[str, str]]] = [[]]
    for line in (FOLDER / "masakhapos" / f"{split}.txt").read_text("utf-8").splitlines():
        token, _, tag = line.strip().partition(" ")
        if token:
            found[-1].append((token, tag))
        elif found[-1]:
            found.append([])
    return [sentence for sentence in found if sentence]


def declaration(language: str) -> list[str]:
    """Sentences of the Universal Declaration of Human Rights, "sna" or "eng"."""
    page = (FOLDER / "udhr" / f"{language}.html").read_text("utf-8")
    lines = html.unescape(re.sub(r"<[^>]*>", "\n", page)).split("\n")
    return [line.strip() for line in lines if len(line.split()) > 4]
