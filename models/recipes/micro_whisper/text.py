"""What is said in training: domain sentences, open Shona and open English, with the held-out parts kept out."""

import hashlib
import html
import os
import random
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
TARGET = ROOT / "models" / "embedded" / "whisper"
SHARED = Path(os.environ.get("IZWI_SHARED_DATA", ROOT.parent / "shared" / "data"))
SCOWL = Path("/usr/share/dict/scowl")  # Debian package "scowl", permissive licence
LETTERS = " abcdefghijklmnopqrstuvwxyz'"
LANGUAGES = ("sn", "en")
ENGLISH = 0.65  # of what is said: its spelling is much harder to learn than Shona's

# A Shona word is a string of syllables: an optional onset of up to four consonants and a vowel.
SHONA_WORD = re.compile(
    r"(?:n'|ng'|[bcdfghjklmnprstvwyz]{0,4})?[aeiou](?:(?:n'|ng'|[bcdfghjklmnprstvwyz]{1,4})?[aeiou])*"
)


def normalise(text: str) -> str:
    """Lower-case letters, spaces and word-inner apostrophes only; "" if the text holds digits (read in many ways)."""
    text = unicodedata.normalize("NFKD", text).lower().replace("’", "'").replace("‘", "'")
    if re.search(r"\d", text):
        return ""
    text = re.sub(r"[^a-z' ]+", " ", "".join(c for c in text if not unicodedata.combining(c)))
    words = (word.strip("'") for word in text.split())
    return " ".join(word for word in words if word)


def bucket(sentence: str) -> int:
    """A stable number in [0, 100) for splitting sentences."""
    return int(hashlib.md5(sentence.encode()).hexdigest(), 16) % 100


def split_of(sentence: str) -> str:
    """ "dev" (3 %), "test" (5 %) or "train" for a whole normalised domain sentence."""
    number = bucket(sentence)
    return "dev" if number < 3 else "test" if number < 8 else "train"


@cache
def shona_words() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Words and counts of the Unilex frequency list that look Shona and are written in lower case."""
    words, counts = [], []
    for line in (SHARED / "shona/unilex/sn_frequency.txt").read_text("utf-8").splitlines()[5:]:
        word, _, count = line.partition("\t")
        plain = word.replace("’", "'")
        if 1 < len(plain) < 20 and SHONA_WORD.fullmatch(plain):
            words.append(plain)
            counts.append(int(count))
    return tuple(words), tuple(counts)


@cache
def english_words() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Common English words (SCOWL levels 10 and 20) with a rough weight: rarer levels count less."""
    weights: dict[str, int] = {}
    for level, weight in ((20, 1), (10, 4)):
        for kind in ("english-words", "american-words"):
            for word in (SCOWL / f"{kind}.{level}").read_text("latin-1").split():
                if re.fullmatch(r"[a-z]+(?:'[a-z]+)?", word) and not word.endswith("'s") and len(word) < 15:
                    weights[word] = weight
    return tuple(weights), tuple(weights.values())


@cache
def running_text(language: str) -> tuple[str, ...]:
    """Normalised clauses of two to nine words from news (Shona) and the Universal Declaration (both)."""
    name = {"sn": "sna", "en": "eng"}[language]
    page = (SHARED / f"shona/udhr/{name}.html").read_text("utf-8")
    raw = [html.unescape(re.sub(r"<[^>]+>", " ", page))]
    if language == "sn":
        for part in ("train", "dev", "test"):
            tokens = (SHARED / f"shona/masakhapos/{part}.txt").read_text("utf-8").split("\n")
            raw.append(" ".join(token.split(" ")[0] or "." for token in tokens))
    clauses = [normalise(piece) for text in raw for piece in re.split(r"[.,;:!?()\"“”\n]+", text)]
    return tuple(clause for clause in clauses if 2 <= len(clause.split()) <= 9)


def draw(language: str, rng: random.Random, count: int = 40_000) -> list[str]:
    """Dialogue sentences as often as they occur; the held-out paraphrases never do."""
    from models.recipes.dialogue import sentences

    return sentences(language, rng, count)


@cache
def domain(language: str, split: str) -> tuple[str, ...]:
    """The distinct dialogue sentences of one split."""
    texts = {normalise(text) for text in draw(language, random.Random(language))}
    return tuple(sorted(text for text in texts if text and split_of(text) == split))


def open_sentence(language: str, rng: random.Random) -> str:
    """A few words drawn from the frequency list, flattened so that rare words are heard too."""
    words, _ = shona_words() if language == "sn" else english_words()
    length = rng.choice((1, 1, 2, 3, 3, 4, 4, 5, 6))
    if rng.random() < 0.5:
        return " ".join(rng.choice(words) for _ in range(length))
    return " ".join(rng.choices(words, _flattened(language), k=length))


@cache
def _flattened(language: str) -> tuple[float, ...]:
    counts = (shona_words() if language == "sn" else english_words())[1]
    return tuple(count**0.5 for count in counts)


def _punctuated(text: str, rng: random.Random) -> str:
    """The text with a random end mark and sometimes a comma, so that questions and pauses are heard."""
    words = text.split()
    if len(words) > 2 and rng.random() < 0.25:
        words[rng.randrange(len(words) - 1)] += ","
    return " ".join(words) + rng.choice(("", "", ".", "?", "!"))


def training_text(rng: random.Random, domain_share: float = 0.6) -> Iterator[tuple[str, str]]:
    """Endless (language, sentence to say) pairs for training; `normalise` gives the transcript."""
    forbidden = {text for code in LANGUAGES for split in ("dev", "test") for text in domain(code, split)}
    sentences = {code: domain(code, "train") for code in LANGUAGES}
    words = {code: tuple(sorted({word for text in sentences[code] for word in text.split()})) for code in LANGUAGES}
    while True:
        language = "en" if rng.random() < ENGLISH else "sn"
        kind = rng.random()
        if kind < domain_share:
            text = rng.choice(sentences[language])
            if rng.random() < 0.1:
                text = f"{text}, {rng.choice(sentences[language])}"
        elif kind < domain_share + 0.12:  # domain words in any order: no sentence to recite
            text = " ".join(rng.choices(words[language], k=rng.choice((1, 2, 3, 4, 5))))
        elif kind < domain_share + (0.2 if language == "sn" else 0.13):  # the English one is only the Declaration
            text = rng.choice(running_text(language))
        else:
            text = open_sentence(language, rng)
        if normalise(text) not in forbidden:
            yield language, _punctuated(text, rng)
