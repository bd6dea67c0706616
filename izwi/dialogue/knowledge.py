"""Retrieval over the operator's own documents: a folder of Markdown and text, searched by BM25 (the `bm25s` library).

A passage is what stands under one heading. Shona words are searched by their stems, so that kuHarare finds Harare and
zvikoro finds chikoro.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from izwi.languages import detect, languages

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_LONGEST = 700  # characters of a passage; a longer section is cut at its sentences
_LEAST_SCORE = 1.0  # below this nothing was found: a chance word in common

_STOP_EN = """
a about an and any are as at be by can could did do does for from had has have he how i if in is it its many me much
my of on or please she should some tell that the there they this to was we were what when where which who why will
with would you your
"""
_STOP_SN = """
ani ari asi chete chii chinonzi here ichi ine inonzi iri iyi izvi kana ku kune kupi kuti mu mune munoita na ndeapi
ndechipi ndeipi ndeupi ndi ndiani ndiudze ndiudzei ndoita ne nei nezva nezve ngani pa pane papi rei rini rinonzi sei
une unoita uye uyu va vari wei yakaita yei zvino zviri
"""
_STOP = {"en": frozenset(_STOP_EN.split()), "sn": frozenset(_STOP_SN.split())}
# Particles joined before a word, then noun-class prefixes; each goes only while a stem of four letters stays.
_PARTICLES = re.compile(
    r"(?:ne|na|ku|mu|pa|che|cha|re|ra|we|wa|ye|ya|ze|za|dze|dza|ve|va|zve|zva|rwe|rwa|hwe|hwa|kwe|kwa|se|sa|ndi|i|e|a)"
)
_CLASSES = re.compile(r"(?:vana|mu|mw|va|mi|ma|chi|zvi|ru|rw|ka|tu|hu|u|ku|dzi|ri)")
# Subject and tense before a verb: zvi-no-chengetwa, ndi-nga-ona, ha-zvi-chengetwi.
_VERBAL = re.compile(
    r"(?:ha)?(?:nd|t|m|v|r|ch|zv|dz|rw|hw|kw|[zyw])?[iau](?:no|cha|nga)(?=\w{3})|ha(?:zv|dz|v|ch)i(?=\w{4})"
)
_LEAST_STEM = 4


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document: `source` names the file and the heading it stands under."""

    text: str
    source: str
    heading: str
    language: str


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and its BM25 score."""

    passage: Passage
    score: float


def passages(folder: Path) -> list[Passage]:
    """The passages of every .md and .txt file under `folder`, in the order of their names; none for a missing one."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".md", ".txt") and path.is_file())
    return [passage for path in files for passage in _of_file(path)]


def _of_file(path: Path) -> list[Passage]:
    title, heading = path.name.split(".")[0], ""
    sections: list[tuple[str, str]] = []
    lines: list[str] = []
    for line in [*path.read_text("utf-8", errors="replace").splitlines(), "# "]:
        found = _HEADING.match(line) or (re.match("# $", line) if line == "# " else None)
        if not found and (line.strip() or path.suffix == ".md"):
            lines.append(line.strip())
            continue
        if text := " ".join(filter(None, lines)):
            sections.append((heading, text))
        lines = []
        if found and line != "# ":
            heading = found[1]
            title = found[1] if line.startswith("# ") else title
    named = path.suffixes[-2][1:] if len(path.suffixes) > 1 else ""
    return [
        Passage(part, f"{path.name}, {heading}" if heading else path.name, heading or title, _language(named, part))
        for heading, text in sections
        for part in _parts(text)
    ]


def _language(named: str, text: str) -> str:
    """The language of the file's name (zimbabwe.sn.md), else of the text."""
    return named if named in languages() else "en" if detect(text).language == "en" else "sn"


def _parts(text: str) -> list[str]:
    """`text` in pieces of at most about `_LONGEST` characters, cut between sentences."""
    pieces = [""]
    for sentence in re.findall(r".+?(?:[.!?](?=\s)|$)\s*", text):
        if pieces[-1] and len(pieces[-1]) + len(sentence) > _LONGEST:
            pieces.append("")
        pieces[-1] += sentence
    return [piece.strip() for piece in pieces if piece.strip()]


@lru_cache(maxsize=16384)
def stem(word: str, language: str) -> str:
    """Lower-case `word` without the prefixes (Shona) or endings (English) that change with its place in a sentence."""
    if language == "en":
        for ending, rest in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
            if word.endswith(ending) and len(word) - len(ending) + len(rest) >= _LEAST_STEM - 1 and word[-2:] != "ss":
                return word[: -len(ending)] + rest
        return word
    verb = _VERBAL.match(word)
    if verb:
        word = word[verb.end() :]
    for prefixes in () if verb else (_PARTICLES, _CLASSES):
        match = prefixes.match(word)
        if match and len(word) - match.end() >= _LEAST_STEM:
            word = word[match.end() :]
    return word[:-1] if len(word) > _LEAST_STEM and word[-1] in "aeiou" else word


def tokens(text: str, language: str) -> list[str]:
    """The stems that `text` is searched by; words without meaning of their own are left out, unless nothing else is."""
    words = [word.casefold() for word in _WORD.findall(text.replace("’", "'"))]
    meaningful = [word for word in words if word not in _STOP[language]]
    return [stem(word, language) for word in meaningful or words]


class Knowledge:
    """The documents of a folder, ready to be searched; each language on its own, and the other when it has nothing."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        import bm25s

        self._passages = {code: [p for p in passages if p.language == code] for code in languages()}
        self._indices = {}
        for code, kept in self._passages.items():
            if kept:
                # The heading counts twice: it says what the passage is about.
                texts = [tokens(f"{p.heading} {p.heading} {p.text}", code) for p in kept]
                self._indices[code] = bm25s.BM25(k1=1.2, b=0.5)
                self._indices[code].index(texts, show_progress=False)

    @classmethod
    def of(cls, folder: Path) -> Knowledge:
        """The documents of `folder`."""
        return cls(passages(folder))

    def search(self, question: str, language: str, most: int = 3) -> list[Found]:
        """The passages that answer `question`, best first; none when only chance words agree."""
        index = self._indices.get(language)
        if index is None:
            return []
        known = [token for token in tokens(question, language) if token in index.vocab_dict]
        if not known:
            return []
        scores = index.get_scores(known)
        order = sorted(range(len(scores)), key=lambda at: -scores[at])[:most]
        kept = self._passages[language]
        return [Found(kept[at], float(scores[at])) for at in order if scores[at] >= _LEAST_SCORE]
