"""What happens to a sentence between a mouth and a transcript: wrong letters, lost words, fillers, another order."""

import random
from collections.abc import Sequence

_NEAR = {
    "a": "eoa", "e": "ia", "i": "ey", "o": "ua", "u": "o", "b": "pvd", "c": "ks", "d": "tbg", "f": "vp", "g": "kd",
    "h": "h", "j": "z", "k": "gt", "l": "r", "m": "n", "n": "m", "p": "b", "q": "k", "r": "l", "s": "z", "t": "dk",
    "v": "fb", "w": "v", "x": "s", "y": "i", "z": "s",
}  # fmt: skip
_FILLERS = {
    "en": ["um", "uh", "please", "so", "well", "okay", "izwi", "hey", "hey izwi", "you know", "like", "actually", "now",
           "just", "and", "excuse me", "my friend", "i mean", "oh", "maybe", "then", "right now", "today", "really"],
    "sn": ["ndapota", "izwi", "nhai", "ko", "saka", "zvino", "shamwari", "iye zvino", "asi", "pamusoroi", "kani",
           "hanzi", "chaizvo", "nhasi", "zvangu", "nhai izwi", "ah", "ee", "manje", "hede", "ka", "ini", "apa"],
}  # fmt: skip


def letters(text: str, rate: float, rng: random.Random) -> str:
    """Replace, drop, double or split letters, each letter with probability `rate`; sounds go to near sounds."""
    out: list[str] = []
    for letter in text:
        if rng.random() >= rate:
            out.append(letter)
            continue
        kind = rng.random()
        if letter == " ":
            out.append("" if kind < 0.6 else " ")
        elif kind < 0.55:
            out.append(rng.choice(_NEAR.get(letter, "aeiou")))
        elif kind < 0.85:
            out.append("")
        elif kind < 0.95:
            out.append(letter + rng.choice("aeiou"))
        else:
            out.append(letter + " ")
    return " ".join("".join(out).split())


def words(text: str, language: str, rng: random.Random) -> str:
    """Lose a word, swap two neighbours, put fillers in: each now and then."""
    said = text.split()
    if len(said) > 3 and rng.random() < 0.2:
        said = [word for word in said if rng.random() > 0.15] or said
    if len(said) > 2 and rng.random() < 0.15:
        at = rng.randrange(len(said) - 1)
        said[at], said[at + 1] = said[at + 1], said[at]
    while rng.random() < 0.3:
        said.insert(rng.choice([0, len(said), rng.randrange(len(said) + 1)]), rng.choice(_FILLERS[language]))
    return " ".join(said)


def padded(text: str, common: Sequence[str], rng: random.Random) -> str:
    """`text` with one to five common words around it or in it: what people say besides what they ask."""
    said = text.split()
    for _ in range(rng.choice([1, 1, 2, 2, 3, 4, 5])):
        said.insert(rng.choice([0, len(said), rng.randrange(len(said) + 1)]), rng.choice(common))
    return " ".join(said)


def distort(text: str, language: str, common: Sequence[str], rng: random.Random) -> str:
    """A random mixture of the above; a third of all sentences stay whole."""
    if rng.random() < 0.4:
        text = padded(text, common, rng)
    if rng.random() < 0.4:
        text = words(text, language, rng)
    if rng.random() < 0.3:
        text = letters(text, rng.uniform(0.01, 0.1), rng)
    return text
