"""Topics read from the content files, and sentences drawn from them."""

import random
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.recipes.dialogue import sums
from models.recipes.dialogue.grammar import expand

LANGUAGES = ("sn", "en")
CONTENT = Path(__file__).parent / "content"
HELDOUT = Path(__file__).parents[3] / "tests" / "data" / "paraphrases.tsv"
TABLES = ("slots.toml", "clock_values.toml", "frames.toml")

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Topic:
    """One thing people talk about: question patterns, reply templates and telling words, by language."""

    name: str
    ask: dict[str, list[str]]
    reply: dict[str, list[str]]
    words: dict[str, list[str]]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@cache
def topics() -> dict[str, Topic]:
    """Every topic by name, in the order of the content files."""
    found: dict[str, Topic] = {}
    for path in sorted(CONTENT.glob("*.toml")):
        if path.name in TABLES:
            continue
        for name, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if name in found:
                raise ValueError(f"{path.name}: topic {name!r} is written twice")
            found[name] = Topic(
                name,
                {lang: _lines(table[lang]["ask"]) for lang in LANGUAGES},
                {lang: _lines(table[lang]["reply"]) for lang in LANGUAGES},
                {lang: table[lang].get("words", "").split() for lang in LANGUAGES},
            )
    return found


@cache
def slots(language: str) -> dict[str, list[str]]:
    """Values a ``{slot}`` of a question may take in `language`."""
    table = tomllib.loads((CONTENT / "slots.toml").read_text(encoding="utf-8"))[language]
    values = {name: text.split() for name, text in table.items()}
    values["gloss"] = list(glosses(language))
    values["gloss_other"] = list(glosses(language).values())
    return values


@cache
def glosses(language: str) -> dict[str, str]:
    """Everyday words of `language` and their counterparts in the other language."""
    pairs = [line.split("\t") for line in _lines((CONTENT / "glossary.tsv").read_text(encoding="utf-8"))]
    return dict(pairs) if language == "en" else {sn: en for en, sn in pairs}


@cache
def clock_values(language: str) -> dict[str, list[str]]:
    """Sample values of the reply placeholders, for reading replies aloud."""
    table = tomllib.loads((CONTENT / "clock_values.toml").read_text(encoding="utf-8"))[language]
    return {name: text.split("|") for name, text in table.items()}


@cache
def frames(language: str) -> dict[str, list[str]]:
    """Ways to bring up a subject (`about`, `ask_odd`), subjects outside the domain (`odd`), and `common` words."""
    table = tomllib.loads((CONTENT / "frames.toml").read_text(encoding="utf-8"))[language]
    return {
        "about": _lines(table["about"]),
        "ask_odd": _lines(table["ask_odd"]),
        "odd": table["odd"].split("|"),
        "common": table["common"].split(),
    }


def normalise(text: str) -> str:
    """Lower case, letters, apostrophes and single spaces only: the form a recogniser writes."""
    text = text.lower().replace("’", "'")
    return " ".join(re.sub(r"[^a-z' ]", " ", text).split())


@cache
def heldout() -> frozenset[str]:
    """The normalised held-out paraphrases, which no recipe may train on."""
    if not HELDOUT.exists():
        return frozenset()
    rows = HELDOUT.read_text(encoding="utf-8").splitlines()
    return frozenset(normalise(row.split("\t")[2]) for row in rows if row and not row.startswith(("#", "language\t")))


def bind(text: str, bound: dict[str, str]) -> str:
    """Fill the known slots of a reply; ``{Name}`` is ``{name}`` with a capital. Unknown placeholders stay."""

    def value(match: re.Match[str]) -> str:
        key = match[1]
        if key.lower() not in bound:
            return match[0]
        found = bound[key.lower()]
        return found[:1].upper() + found[1:] if key[0].isupper() else found

    return _SLOT.sub(value, text)


def _user_sentence(language: str, rng: random.Random) -> str:
    if rng.random() < 0.05:
        return sums.ask(*sums.draw(rng), language, rng)
    asked = [topic.ask[language] for topic in topics().values()]
    return expand(rng.choice(rng.choice(asked)), slots(language), rng, {})


def _reply_sentence(language: str, rng: random.Random) -> str:
    if rng.random() < 0.05:
        return sums.stated(*sums.draw(rng), language)
    replies = [topic.reply[language] for topic in topics().values()]
    values = {**slots(language), **clock_values(language)}
    return bind(rng.choice(rng.choice(replies)), {name: rng.choice(options) for name, options in values.items()})


def sentences(language: str, rng: random.Random, n: int) -> list[str]:
    """`n` spoken sentences of `language`, three in four a user's and the rest Izwi's, normalised; none is held out."""
    drawn: list[str] = []
    while len(drawn) < n:
        draw = _user_sentence if rng.random() < 0.75 else _reply_sentence
        text = normalise(draw(language, rng))
        if text and text not in heldout():
            drawn.append(text)
    return drawn
