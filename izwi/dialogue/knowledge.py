"""Retrieval over the operator's own documents by BM25 (the `bm25s` library), and how surely a passage answers.

Shona words are searched by their stems, so that kuHarare finds Harare and zvikoro finds chikoro.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Any

from izwi.dialogue.documents import Passage, passages, sentences
from izwi.languages import languages

_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_LEAST = 1.0  # below this weight nothing was found: a chance word in common
_FEW = 30  # passages; in a smaller folder a word held once is as rare as in one of so many
_EXCERPT = 200  # characters of a passage that may be read out as an answer

_STOP_EN = """
a about all also am an and any are as ask at be been being but by call called can could did do does doing for from get
give had has have he her him his how i if in into is it its know known let like made make many may me mean means might
more most much must my name named no not now of off on one or our out please say saying said shall she should so some
tell than that the their them then there these they this those to too up us very was we well were what when where which
who whom whose why will with would yes yet you your
"""
_STOP_SN = """
ani apa api ari asi ava aya chete chii china chinonzi dzipi dziri haa here hongu ichi idzi imi ina ine ini inonzi ipi
iri ivo iwe iye iyi izvi izvo izwi ka kana kare kati ko ku kudii kune kunonzi kupi kuti kwete mangani mu mune muno
munoita munonzi munoti muri na ndapota ndeapi ndeche ndechii ndechipi ndedzipi ndeipi ndepi nderipi ndeupi ndezvipi ndi
ndiani ndinoda ndiri ndiudze ndiudzei ndiudzeiwo ndoita ne nechii nei nezva nezve ngani nhai ose pa pane papi ramunoti
rei rini riini rinhi rinonzi ripi sei sezvo taurai tiri tiudzei une unoita unonzi unoti upi uri uye uyo uyu va vanhu
vanoti vapi vari wei yaimbonzi yakaita yavo yei yese yose zvakaita zvei zvingani zvino zvipi zviri zvose
"""
_STOP = {"en": frozenset(_STOP_EN.split()), "sn": frozenset(_STOP_SN.split())}
# Particles joined before a word, then noun-class prefixes; each goes only while a stem of four letters stays.
_PARTICLES = re.compile(
    r"(?:ne|na|ku|mu|pa|che|cha|re|ra|we|wa|ye|ya|ze|za|dze|dza|ve|va|zve|zva|rwe|rwa|hwe|hwa|kwe|kwa|se|sa|ndi|i|e|a)"
)
_CLASSES = re.compile(r"(?:vana|mu|mw|va|mi|ma|chi|zvi|ru|rw|ka|tu|hu|u|ku|dzi|ri)")
# Subject and tense before a verb: zvi-no-chengetwa, ndi-nga-ona, ya-ka-wana, ha-zvi-chengetwi.
_VERBAL = re.compile(
    r"(?:ha)?(?:nd|t|m|v|r|ch|zv|dz|rw|hw|kw|[zyw])?[iau](?:no|cha|nga|ka)(?=\w{3})|ha(?:zv|dz|v|ch)i(?=\w{4})"
)
_LEAST_STEM = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A passage and its BM25 score; ``weight`` of the question's stems it holds (the sum of their inverse document
    frequencies), which share of all of them that is (``coverage``, 0 … 1), and the sentences to read out.
    """

    passage: Passage
    score: float
    weight: float
    coverage: float
    excerpt: str


@lru_cache(maxsize=16384)
def stem(word: str, language: str) -> str:
    """Lower-case `word` without the prefixes (Shona) or endings (English) that change with its place in a sentence.

    A word of another language stays whole.
    """
    if language == "en":
        for ending, rest in (("ies", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
            if word.endswith(ending) and len(word) - len(ending) + len(rest) >= _LEAST_STEM - 1 and word[-2:] != "ss":
                return word[: -len(ending)] + rest
        return word
    if language != "sn":
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
    words = [word.casefold().removesuffix("'s") for word in _WORD.findall(text.replace("’", "'"))]
    meaningful = [word for word in words if word not in _STOP.get(language, ())]
    return [stem(word, language) for word in meaningful or words]


class _Shelf:
    """The passages of one language and their index."""

    def __init__(self, kept: Sequence[Passage], language: str) -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.INFO)  # it asks for its debugging lines by itself

        self.passages, self.language = kept, language
        # The heading counts twice: it says what the passage is about.
        texts = [tokens(f"{p.heading} {p.heading} {p.text}", language) for p in kept]
        self.stems = [frozenset(text) for text in texts]
        self.index: Any = bm25s.BM25(k1=1.2, b=0.5)
        self.index.index(texts, show_progress=False)
        held = Counter(token for stems in self.stems for token in stems)
        size = max(len(kept), _FEW)
        self._rarity = {token: log(1 + (size - n + 0.5) / (n + 0.5)) for token, n in held.items()}
        self._unheard = log(1 + (size + 0.5) / 0.5)

    def weight(self, stems: Iterable[str]) -> float:
        """The inverse document frequencies of `stems`, as BM25 has them; the greatest for one that no passage holds."""
        return sum(self._rarity.get(token, self._unheard) for token in stems)

    def search(self, question: str, most: int) -> list[Found]:
        asked = list(dict.fromkeys(tokens(question, self.language)))
        known = [token for token in asked if token in self.index.vocab_dict]
        if not known:
            return []
        scores = self.index.get_scores(known)
        best = sorted(range(len(scores)), key=lambda at: -scores[at])[:most]
        found = [self._found(at, float(scores[at]), asked) for at in best]
        return [one for one in found if one.weight >= _LEAST]

    def _found(self, at: int, score: float, asked: Sequence[str]) -> Found:
        weight = self.weight(token for token in asked if token in self.stems[at])
        excerpt = self._excerpt(self.passages[at].text, asked)
        return Found(self.passages[at], score, weight, weight / self.weight(asked), excerpt)

    def _excerpt(self, text: str, asked: Sequence[str]) -> str:
        """The whole of a short passage, else its sentence that holds most of `asked`, led up to by the one before."""
        if len(text) <= _EXCERPT:
            return text
        cut = sentences(text)
        worth = [self.weight({*tokens(sentence, self.language)} & {*asked}) for sentence in cut]
        best = worth.index(max(worth))
        led = " ".join(cut[max(0, best - 1) : best + 1])
        return led if len(led) <= _EXCERPT else cut[best]


class Knowledge:
    """The documents of a folder, ready to be searched, each language on its own. Safe to share between threads."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        kept = {code: [p for p in passages if p.language == code] for code in languages()}
        self._shelves = {code: _Shelf(some, code) for code, some in kept.items() if some}

    @classmethod
    def of(cls, folder: Path) -> Knowledge:
        """The documents of `folder`."""
        return cls(passages(folder))

    def __bool__(self) -> bool:
        return bool(self._shelves)

    def search(self, question: str, language: str, most: int = 3) -> list[Found]:
        """The passages that answer `question`, best first; none when only chance words agree."""
        shelf = self._shelves.get(language)
        return shelf.search(question, most) if shelf else []

    def weight(self, stems: Iterable[str], language: str) -> float:
        """How much `stems` say: the sum of their inverse document frequencies in `language`; 0 without documents."""
        shelf = self._shelves.get(language)
        return shelf.weight(stems) if shelf else 0.0
