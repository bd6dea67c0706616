"""Shona spelling to sounds: consonants, syllables, stress, IPA and espeak-ng mnemonics.

The spelling is that of the 1967 standard orthography; the values are those of Zezuru, the variety of Harare and of
radio, as in Doke, *A Comparative Study in Shona Phonetics* (1931), and Fortune, *Shona Grammatical Constructions*
(1980): plain `b` and `d` are implosive, `bh` and `dh` breathy, `sv` and `zv` whistled, and a consonant before `w` is
velarised (`mwana` is [mŋwana], `rwizi` [rɡwizi]). espeak-ng has no Shona; its Swahili phonemes are the nearest.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound: its IPA, and its mnemonics in espeak-ng's `sw` phoneme table."""

    ipa: str
    espeak: str


@dataclass(frozen=True, slots=True)
class Syllable:
    """Consonants, then a vowel; `vowel` is None only for the closing consonants of a borrowed word."""

    onset: tuple[Sound, ...]
    vowel: str | None
    stressed: bool = False
    long: bool = False


# Whistled, affricate, breathy and plain consonants, in the order of the orthography's chart.
_CONSONANTS = {
    "tsv": Sound("t͡s͎", "t|s;|w"), "dzv": Sound("d͡z͎", "d|z;|w"), "sv": Sound("s͎", "s;|w"), "zv": Sound("z͎", "z;|w"),
    "ts": Sound("t͡s", "t|s"), "dz": Sound("d͡z", "d|z"), "ch": Sound("t͡ʃ", "tS"), "j": Sound("d͡ʒ", "dZ"),
    "pf": Sound("p͡f", "p|f"), "bv": Sound("b͡v", "b|v"),
    "bh": Sound("b̤", "b"), "dh": Sound("d̤", "d"), "vh": Sound("v̤", "v"), "mh": Sound("m̤", "m|h"),
    "nh": Sound("n̤", "n|h"), "sh": Sound("ʃ", "S"), "zh": Sound("ʒ", "Z"), "ny": Sound("ɲ", "n^"),
    "n'": Sound("ŋ", "N"), "ng'": Sound("ŋ", "N"),
    "b": Sound("ɓ", "b"), "d": Sound("ɗ", "d"), "f": Sound("f", "f"), "g": Sound("ɡ", "g"), "h": Sound("ɦ", "h"),
    "k": Sound("k", "k"), "m": Sound("m", "m"), "n": Sound("n", "n"), "p": Sound("p", "p"), "r": Sound("r", "**"),
    "s": Sound("s", "s"), "t": Sound("t", "t"), "v": Sound("ʋ", "v#"), "w": Sound("w", "w"), "y": Sound("j", "j"),
    "z": Sound("z", "z"),
    # Borrowed letters.
    "l": Sound("l", "l"), "c": Sound("k", "k"), "q": Sound("k", "k"), "x": Sound("ks", "k|s"), "ph": Sound("f", "f"),
    "th": Sound("t", "t"), "gh": Sound("ɡ", "g"), "kh": Sound("k", "k"), "rh": Sound("r", "**"), "wh": Sound("w", "w"),
    "ck": Sound("k", "k"),
}  # fmt: skip

# What a consonant gains before w (velarisation) and before y (palatalisation with velarisation).
_VELAR_IPA = {"voiceless": "k", "voiced": "ɡ", "nasal": "ŋ"}
_VELAR_ESPEAK = {"voiceless": "k|w", "voiced": "g|w", "nasal": "N|w"}
_VOICING = {
    **dict.fromkeys(("p", "t", "s", "ts", "ch", "sh", "pf", "f", "tsv", "sv"), "voiceless"),
    **dict.fromkeys(("b", "d", "r", "z", "dz", "j", "zh", "bh", "dh", "bv", "v", "vh", "zv", "dzv", "l"), "voiced"),
    **dict.fromkeys(("m", "n", "ny", "mh", "nh"), "nasal"),
}
_PALATAL = {
    "t": Sound("t͡ʃk", "tS|k"),
    "d": Sound("d͡ʒɡ", "dZ|g"),
    "r": Sound("rʒɡ", "**|Z|g"),
    "b": Sound("bʒɡ", "b|Z|g"),
    "p": Sound("pʃk", "p|S|k"),
}

# A nasal before one of these belongs to it: one prenasalised consonant, one syllable's onset.
_PRENASAL = {
    "m": set("bvpf") | {"bh", "vh", "pf", "bv"},
    "n": set("dgjzktscrlh") | {"dz", "dh", "ts", "ch", "sv", "zv", "sh"},
}
_GRAPHEMES = sorted(_CONSONANTS, key=len, reverse=True)
_APOSTROPHES = str.maketrans("’‘ʼʻ`´′", "'" * 7)


def letters(word: str) -> str:
    """`word` in lower case with accents off and every apostrophe plain; anything that is no letter a–z or ' goes."""
    folded = unicodedata.normalize("NFKD", word.translate(_APOSTROPHES).casefold())
    return re.sub(r"[^a-z']", "", folded)


# Open syllables of Shona letters; Nguni clusters too, for the names of neighbours (Ncube, Dlamini, Mthethwa).
_SPELLING = re.compile(
    r"(?:(?:n'|ng'|[mn]?(?:tsv|dzv|sv|zv|ts|dz|ch|pf|bv|bh|dh|vh|mh|nh|sh|zh|ny|kh|th|ph|hl|dl|tl|gc|gq|[b-df-hj-np-tv-z]))?"
    r"[wy]?[aeiou])+"
)


def is_shona_spelling(word: str) -> bool:
    """Whether `word` could be Shona (or a neighbour's name) by its letters: open syllables of known clusters."""
    return _SPELLING.fullmatch(letters(word)) is not None


def _graphemes(cluster: str) -> list[str]:
    """A run of consonant letters cut into graphemes, longest first."""
    found = []
    at = 0
    while at < len(cluster):
        match = next((g for g in _GRAPHEMES if cluster.startswith(g, at)), None)
        if match:
            found.append(match)
        at += len(match) if match else 1
    return found


@lru_cache(maxsize=4096)
def onset(cluster: str) -> tuple[Sound, ...]:
    """The sounds of a run of consonant letters, e.g. `"mbw"` → ᵐb ɡw."""
    parts = _graphemes(cluster)
    sounds: list[Sound] = []
    at = 0
    while at < len(parts):
        part, following = parts[at], parts[at + 1] if at + 1 < len(parts) else ""
        if following in _PRENASAL.get(part, ()):
            sounds.append(_prenasal(part, following))
            if following in "bd":  # after its nasal b or d is not implosive
                sounds.append(Sound(following, following))
                at += 1
                if parts[at + 1 : at + 2] == ["w"]:
                    sounds.append(_velar(following))
                    at += 1
        elif following == "w" and part in _VOICING:
            sounds += (_CONSONANTS[part], _velar(part))
            at += 1
        elif following == "y" and part in _PALATAL:
            sounds.append(_PALATAL[part])
            at += 1
        else:
            sounds.append(_CONSONANTS[part])
        at += 1
    return tuple(sounds)


def _velar(part: str) -> Sound:
    voicing = _VOICING[part]
    return Sound(_VELAR_IPA[voicing] + "w", _VELAR_ESPEAK[voicing])


def _prenasal(nasal: str, following: str) -> Sound:
    if nasal == "m":
        return Sound("ɱ" if following in ("v", "vh", "f") else "ᵐ", "m")
    return Sound("ᵑ", "N") if following in ("g", "k") else Sound("ⁿ", "n")


@lru_cache(maxsize=16384)
def syllables(word: str) -> tuple[Syllable, ...]:
    """The syllables of one Shona word, the last but one stressed and long (a lone syllable is neither)."""
    pieces = re.findall(r"([^aeiou]*)([aeiou]|$)", letters(word))
    found = [(onset(consonants), vowel or None) for consonants, vowel in pieces if consonants or vowel]
    found = [(sounds, vowel) for sounds, vowel in found if sounds or vowel]
    nuclei = [index for index, (_, vowel) in enumerate(found) if vowel]
    penultimate = nuclei[-2] if len(nuclei) > 1 else -1
    return tuple(
        Syllable(sounds, vowel, stressed=index == penultimate, long=index == penultimate)
        for index, (sounds, vowel) in enumerate(found)
    )


def word_ipa(word: str) -> str:
    """The IPA of one Shona word, with ˈ before the stressed syllable and ː after its vowel."""
    return "".join(
        ("ˈ" if s.stressed else "") + "".join(c.ipa for c in s.onset) + (s.vowel or "") + ("ː" if s.long else "")
        for s in syllables(word)
    )


def word_espeak(word: str) -> str:
    """The mnemonics of one Shona word in espeak-ng's `sw` table, without the [[ ]]; "" when nothing can be said."""
    parts: list[str] = []
    for s in syllables(word):
        parts += [c.espeak for c in s.onset]
        if s.vowel:
            parts.append(("'" if s.stressed else "") + s.vowel + (":" if s.long else ""))
    joined = "|".join(parts)
    # espeak-ng stresses any word that carries no mark; a lone syllable (ne, mu, ku) leans on its neighbour.
    return joined if "'" in joined or not joined else _unstressed(joined)


def _unstressed(mnemonics: str) -> str:
    return re.sub(r"([aeiou])", r"%\1", mnemonics, count=1)
