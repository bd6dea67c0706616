"""Whole utterances and the beginnings of them that nobody would end with.

They come from our domain's questions and replies, from the whole turns of ``turns.tsv``, from the grammar of
``everyday.toml``, and, if given, from Shona news (the token files of a part-of-speech corpus, `word TAG` a line), which
teaches how any Shona sentence ends.
"""

from __future__ import annotations

import csv
import random
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from izwi.bench.users import HESITATIONS, SENTENCES
from models.recipes.dialogue import LANGUAGES, dialogues, normalise, sentences
from models.recipes.dialogue.grammar import expand, to_regex

HERE = Path(__file__).parent
#: Sentences drawn of each language of the domain; conversations drawn for their replies; turns of an everyday pattern.
DRAWN, CONVERSATIONS, OF_PATTERN = 20_000, 6_000, 300
#: How often one of the written turns, of the everyday beginnings, and a sentence of the news is shown in a pass.
TURNS_OFTEN, BEGINNINGS_OFTEN, NEWS_OFTEN = 20, 3, 4
#: How often a Shona beginning is cut inside its last word, where a prefix hangs.
BROKEN_OFF = 0.1
#: The share of words that are made up, and how many of the commonest words never are.
STRANGE, COMMON = 0.2, 300

Text = tuple[str, str]


@dataclass(frozen=True)
class Example:
    """An utterance (empty: there are only beginnings), and the beginnings of it that are no utterance themselves."""

    text: str
    language: str
    beginnings: tuple[str, ...]
    often: int = 1

    def pair(self, rng: random.Random) -> Iterator[tuple[str, float]]:
        """The whole, finished, and one of its beginnings, unfinished."""
        if self.text:
            short = self.text.count(" ") < 2  # such drown in the beginnings of long ones otherwise
            yield from [(self.text, 1.0)] * (2 if short else 1)
        last = self.text.split()[-1] if self.text else ""
        if self.language == "sn" and self.beginnings and len(last) > 5 and rng.random() < BROKEN_OFF:
            yield self.text[: len(self.text) - len(last) + rng.randint(2, 4)], 0.0
        elif self.beginnings:
            yield rng.choice(self.beginnings), 0.0


class Strangers:
    """Puts made-up words in the place of some, so that a word never heard before is taken for what it most likely is:
    a noun, a verb, a name. The commonest words are the grammar's own; they stay.
    """

    def __init__(self, examples: list[Example]) -> None:
        counted = Counter(word for example in examples for word in example.text.split())
        self._common = {word for word, _ in counted.most_common(COMMON)}

    def put_into(self, text: str, rng: random.Random) -> str:
        """``text`` with made-up words in it."""
        return " ".join(
            _made_up(word, rng) if word not in self._common and rng.random() < STRANGE else word
            for word in text.split()
        )


def _made_up(word: str, rng: random.Random) -> str:
    """As long as the word and with its ends, where both languages keep their grammar."""
    kept = min(2, len(word) // 3)
    middle = (rng.choice("bcdfghklmnprstvwz" if at % 2 else "aeiou") for at in range(len(word) - 2 * kept))
    return word[:kept] + "".join(middle) + word[len(word) - kept :]


class Everyday:
    """The grammar of one language's everyday turns."""

    def __init__(self, language: str) -> None:
        table = tomllib.loads((HERE / "everyday.toml").read_text(encoding="utf-8"))[language]
        self._slots = {name: values.split("|") for name, values in table["slots"].items()}
        self._turns, self._begun = (table[kind].strip().splitlines() for kind in ("turns", "beginnings"))
        self._whole = re.compile("|".join(f"(?:{to_regex(pattern, self._slots)})" for pattern in self._turns))

    def turns(self, rng: random.Random) -> list[str]:
        """Different ones, at most ``OF_PATTERN`` of each pattern."""
        return self._drawn(self._turns, rng)

    def beginnings(self, rng: random.Random) -> list[str]:
        """What is owed a continuation, though one might think it whole."""
        return self._drawn(self._begun, rng)

    def is_turn(self, text: str) -> bool:
        """Whether the grammar could have said all of ``text``."""
        return bool(self._whole.fullmatch(text))

    def _drawn(self, patterns: list[str], rng: random.Random) -> list[str]:
        return sorted({expand(pattern, self._slots, rng, {}) for pattern in patterns for _ in range(OF_PATTERN)})


def read_tsv(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return list(csv.reader(lines, delimiter="\t"))


def turns() -> list[Text]:
    """The whole turns written by hand."""
    return [(text, language) for language, text in read_tsv(HERE / "turns.tsv")]


def replies(rng: random.Random) -> list[Text]:
    """The sentences Izwi itself says: other words than its users', the same grammar."""
    said = [turn for _ in range(CONVERSATIONS) for turn in dialogues(rng)]
    pieces = {(s, t.language) for t in said for s in re.split(r"(?<=[.?!])\s+", t.reply) if "{" not in s}
    return sorted((normalise(sentence), language) for sentence, language in pieces)


def news(path: Path) -> list[Text]:
    """Shona sentences of a token file, without their punctuation."""
    blocks = re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))
    sentences = [" ".join(line.split()[0] for line in block.splitlines() if line.strip()) for block in blocks]
    return [(text, "sn") for sentence in sentences if (text := normalise(sentence))]


def examples(folder: Path | None, rng: random.Random) -> list[Example]:
    """All there is to learn from; ``folder`` holds the news. What the bench measures with is left out."""
    everyday = {language: Everyday(language) for language in LANGUAGES}
    drawn = [(normalise(text), language) for language in LANGUAGES for text in sentences(language, rng, DRAWN)]
    drawn += replies(rng)
    drawn += [(text, language) for language in LANGUAGES for text in everyday[language].turns(rng)]
    shown = {1: drawn, TURNS_OFTEN: turns(), NEWS_OFTEN: news(folder / "train.txt") if folder else []}
    measured = _measured() - set(turns())
    whole = {text for texts in shown.values() for text in texts} | measured
    found = []
    for often, texts in shown.items():
        for text, language in texts:
            cuts = [at.start() for at in re.finditer(" ", text)]
            begun = (text[:cut] for cut in cuts)
            open_ends = tuple(b for b in begun if (b, language) not in whole and not everyday[language].is_turn(b))
            if text and (text, language) not in measured:
                found.append(Example(text, language, open_ends, often))
    for language in LANGUAGES:
        begun = everyday[language].beginnings(rng)
        found += [Example("", language, (text,), BEGINNINGS_OFTEN) for text in begun if (text, language) not in whole]
    return found


def _measured() -> set[Text]:
    halves = {(part, language) for language, *parts in HESITATIONS for part in (*parts, " ".join(parts))}
    return {(text, language) for language, text in SENTENCES} | halves
