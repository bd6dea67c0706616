"""English spelling to sounds by rule, near enough British, for English words that stand in Shona talk.

Letter-to-sound rules in the manner of Elovitz et al., *Automatic Translation of English Text to Phonetics by Means of
Letter-to-Sound Rules* (NRL report 7948, 1976), written anew and shorter, with the words that no rule reaches by name.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

# English sound → what a Shona speaker says for it, in espeak-ng's `sw` mnemonics.
AS_SHONA = {
    "p": "p", "b": "b", "t": "t", "d": "d", "k": "k", "ɡ": "g", "f": "f", "v": "v", "θ": "t", "ð": "d", "s": "s",
    "z": "z", "ʃ": "S", "ʒ": "Z", "h": "h", "tʃ": "tS", "dʒ": "dZ", "m": "m", "n": "n", "ŋ": "N", "l": "l", "r": "**",
    "w": "w", "j": "j", "æ": "e", "e": "e", "ɪ": "i", "ɒ": "o", "ʌ": "a", "ʊ": "u", "ə": "a", "iː": "i:", "ɑː": "a:",
    "ɔː": "o:", "uː": "u:", "ɜː": "e:", "eɪ": "e|i", "aɪ": "a|i", "ɔɪ": "o|i", "əʊ": "o|u", "aʊ": "a|u", "ɪə": "i|a",
    "eə": "e|a",
}  # fmt: skip
# English sound → the letters of the Shona orthography that come nearest (l is left to voices that know it).
_LETTERS = {
    "b": "bh", "d": "dh", "v": "vh", "ɡ": "g", "θ": "t", "ð": "dh", "ʃ": "sh", "ʒ": "zh", "tʃ": "ch", "dʒ": "j",
    "ŋ": "n'", "j": "y", "r": "r",
}  # fmt: skip
_VOWEL_SOUNDS = frozenset(sound for sound in AS_SHONA if sound[0] in "æeɪɒʌʊəiɑɔuɜa")


@cache
def _data() -> tuple[dict[str, list[str]], list[tuple[re.Pattern[str], list[str]]]]:
    """The words known by name, and the rules in the order in which they are tried."""
    data = tomllib.loads(files(__package__).joinpath("sounds.toml").read_text("utf-8"))
    words = {word: sounds.split() for word, sounds in data["words"].items()}
    rules = []
    for line in data["rules"].strip().splitlines():
        pattern, _, sounds = line.partition("=>")
        rules.append((re.compile(pattern.strip()), sounds.split()))
    return words, rules


@lru_cache(maxsize=8192)
def word_sounds(word: str) -> tuple[str, ...]:
    """The sounds of one English word, as the keys of `AS_SHONA`."""
    word = re.sub(r"[^a-z']", "", word.casefold().replace("’", "'"))
    words, rules = _data()
    if word in words:
        return tuple(words[word])
    word = word.replace("'", "")
    found: list[str] = []
    at = 0
    while at < len(word):
        for pattern, said in rules:
            match = pattern.match(word, at)
            if match and match.end() > at:
                found += said
                at = match.end()
                break
        else:
            at += 1
    return tuple(found)


def word_ipa(word: str) -> str:
    """The IPA of one English word, by rule; stress is not marked."""
    return "".join(word_sounds(word))


def word_as_shona(word: str) -> str:
    """The `sw` mnemonics of one English word as a Shona speaker says it, the first vowel stressed."""
    said = word_sounds(word)
    stressed = next((i for i, sound in enumerate(said) if sound in _VOWEL_SOUNDS), -1)
    return "|".join(("'" if i == stressed else "") + AS_SHONA[sound] for i, sound in enumerate(said))


def word_in_shona_letters(word: str) -> str:
    """One English word in Shona orthography, as a Shona speaker says it: hospital is hospital, phone is foun."""
    vowels = re.compile(r"[:|]")
    return "".join(_LETTERS.get(s) or vowels.sub("", AS_SHONA[s]) for s in word_sounds(word))
