"""Shona noun classes, as far as counting needs them: from a noun's prefix, and from what stands before a number.

The class numbers are Meinhof's, as in Fortune, *Shona Grammatical Constructions*: 2 vanhu, 4 misha, 6 mazuva, 8 zvinhu,
10 mombe, 13 tumbwa, 14 huswa.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

from izwi.languages.shona.counting import numeral
from izwi.languages.shona.lexicon import commonness
from izwi.languages.shona.numbers import COUNTING

_DATA = tomllib.loads(files(__package__).joinpath("nouns.toml").read_text("utf-8"))
_KNOWN = {
    noun: int(number) or COUNTING for number, nouns in _DATA.items() if number.isdigit() for noun in nouns.split()
}
_SINGULAR = {noun: int(number) for number, nouns in _DATA["singular"].items() for noun in nouns.split()}
_PASSED = frozenset(_DATA["between"]["passed"].split())
_LABELS = frozenset(_DATA["between"]["labels"].split())
_PLURALS = (
    ("vana", 2), ("va", 2), ("ve", 2), ("zvi", 8), ("zve", 8), ("zva", 8), ("mi", 4), ("ma", 6), ("me", 6), ("dzi", 10),
    ("dza", 10), ("tu", 13), ("tw", 13),
)  # fmt: skip
_SINGULARS = (("mu", 3), ("mw", 3), ("chi", 7), ("ru", 11), ("rw", 11), ("ka", 12), ("hu", 14), ("hw", 14))
# Possessives of a plural: what counts is before them (vatapi ve nhau vaviri). Those of misha, mazuva are others' too.
_POSSESSIVES = {"ve": 2, "va": 2, "zve": 8, "dze": 10}
_SHARED_POSSESSIVES = {"ye": 4, "e": 6}
_LOCATIVES = ("mu", "ku", "pa")
# Singular nouns that a figure names, but one of which may be counted too.
_COUNTED_TOO = frozenset(("gore", "zuva", "imba", "wadhi"))
_NASAL_NOUN = re.compile(r"(?:nz|ny|nh|mh|mb|mv|nj|nd|ng|n'|mo)")
_SINGULAR_OR_VERB = re.compile(
    r"(?:ndi|ti|u|a|se|i|ri|ra|ya|chi|cha|ru|rwa|ka|ha|hu|hwa|ku|kwa|pa|mu|wa|in|an|ak|on|un)"
)
_JOINED = re.compile(r"(?:ne|pe|se|che|re|we|ye|dze|ve|zve|rwe|hwe|kwe|mwe|me|pa|ku|mu|e)(?=\w{4})")
_BEFORE_NAME = re.compile(r"[a-z]{1,5}(?=[A-Z])")  # eZimbabwe, yePSL, vepaPlot
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_NEXT_WORD = re.compile(r" ([a-z]{3,}\b)")
_BREAK = re.compile(r"[.!?;:()]")
_ASIDE = re.compile(r"\([^()]{0,80}\)\s*,?")
_SPAN = 14
_SINGULAR_POWERS = ("gumi", "zana", "chiuru")  # after the others comes what multiplies them: mazana 3
_HARD = {"b": "p", "d": "t", "g": "k", "j": "ch"}
# Behind a number: what points at the things counted, or is done by them.
_POINTING = {"ava": 2, "avo": 2, "ndivo": 2, "aya": 6, "ayo": 6, "izvi": 8, "izvo": 8, "ndizvo": 8, "idzi": 10,
             "idzo": 10, "ndidzo": 10, "utwu": 13, "vacho": 2, "acho": 6, "zvacho": 8, "dzacho": 10}  # fmt: skip
POINTED = re.compile(rf" ({'|'.join(_POINTING)})\b")
_AGREEING_CLASS = {"va": 2, "zva": 8, "zvi": 8, "dza": 10, "dzi": 10}
_AGREEING = re.compile(rf" ({'|'.join(_AGREEING_CLASS)})(?=\w{{3}})")
# What is counted by the million and written with a small m, and how a number is reached.
_MONEY = frozenset(("mari", "madhora", "marandi", "mapaundi", "bhajeti", "chikwereti"))
_REACHING = re.compile(r"\w*(?:svik|darik|pfuur)\w+")
_PEOPLE = frozenset(_DATA["people"]["nouns"].split())
_NOT_PEOPLE = re.compile(
    rf"va(?:ka|no|cha|i|nga|ri|zo|to|si|chi)\w{{2}}|(?:{'|'.join(_DATA['people']['others'].split())})$"
)


def noun_class(word: str) -> int | None:
    """The plural noun class that `word` shows (a noun, or a verb agreeing with one); COUNTING when it shows none."""
    if word in _KNOWN:
        return _KNOWN[word]
    for prefix, number in _PLURALS:
        if word.startswith(prefix) and len(word) > 3:
            return number
    return 10 if _NASAL_NOUN.match(word) and len(word) > 3 else COUNTING


def counted_class(before: str, after: str = "") -> int | None:
    """The class of what a number counts, from the text around it; COUNTING when nothing is counted.

    Shona counts after the noun, and every word in between agrees with it, so the nearest word that shows a plural class
    tells: `vanhu vabatwa nechirwere ichi hwasvika pa` … vabatwa, class 2. Without a noun right there, a demonstrative
    behind the number tells (`kusungwa kwe3 ava`), and at last its verb (`pane 3 vakafa`).
    """
    words = _WORD.findall(_BREAK.split(_ASIDE.sub("", before))[-1])[-_SPAN:]
    nearest = words[-1].casefold() if words else ""
    if nearest in _LABELS or nearest in _KNOWN:
        return _counted_before(words)
    pointed = POINTED.match(after)
    if pointed and noun_class(nearest) is COUNTING:
        return _POINTING[pointed[1]]
    agreeing = _AGREEING.match(after)
    if agreeing and not any(word[0].isupper() for word in words[1:]):
        return _counted_before(words) or _AGREEING_CLASS[agreeing[1]]
    return _counted_before(words) or _counted_after(words, after)


def _counted_after(words: list[str], after: str) -> int | None:
    """The class of the noun right behind a number that nothing before it explains (3 vana), as English orders them."""
    following = _NEXT_WORD.match(after)
    if not following or (len(words) > 1 and words[-1][0].isupper()):
        return COUNTING
    return noun_class(following[1])


def counts_many(before: str, after: str = "") -> bool:
    """Whether the number between counts people or money, of which there are millions: vanhu 16.3m, but daro re100m."""
    words = [word.casefold() for word in _WORD.findall(_BREAK.split(before)[-1])]
    while words and words[-1] in _PASSED:
        words.pop()
    nearest = words[-1] if words else ""
    if _REACHING.fullmatch(nearest):
        return counted_class(before, after) in (2, 8, 10) or not _MONEY.isdisjoint(words[-4:])
    return are_people(nearest) or nearest in _MONEY or after.startswith((" vanhu", " evanhu"))


def are_people(word: str) -> bool:
    """Whether `word` is a noun of several people: vanhu, vadzidzi; no verb or qualifier that agrees with one."""
    return word in _PEOPLE or (noun_class(word) == 2 and not _NOT_PEOPLE.match(word))


def _counted_before(words: list[str]) -> int | None:
    """The class that the last of `words`, before a number, show."""
    for index, word in reversed(list(enumerate(words))):
        lower = word.casefold()
        if lower in _PASSED:
            continue
        nearest = index == len(words) - 1
        leading = words[index - 1].casefold() if index else ""
        if len(lower) > 3 and leading.endswith(lower):
            continue  # said twice: akasiyana siyana
        if lower in _SINGULAR_POWERS if nearest else _spelled_out(lower, leading):
            continue
        named = _BEFORE_NAME.match(word)
        bare = lower[named.end() :] if named else _JOINED.sub("", lower, count=1)
        if nearest and (lower in _LABELS or bare in _LABELS or (named and named.group().endswith(_LOCATIVES))):
            return COUNTING
        if nearest and word[0].isupper() and index > 0:
            return _named_class(words[:index])
        if word[0].isupper() and index > 0:
            continue
        found = _KNOWN.get(lower) or _KNOWN.get(bare) or noun_class(lower) or noun_class(bare)
        if found == 10 and not nearest and (leading in _LOCATIVES or lower[:2] in _LOCATIVES):
            continue  # where it is, not what is counted
        owner = leading if leading in _POSSESSIVES else lower.removesuffix(bare)
        if found in (10, COUNTING):
            owned = _owned_class(words[: index - (owner == leading)], owner)
            if owned is not COUNTING:
                return owned
        if "ma" in words[max(0, index - 2) : index] and found in (10, COUNTING):
            return 6
        if found is not COUNTING:
            return found
        if nearest and not _SINGULAR_OR_VERB.match(bare) and not lower.startswith("ku") and len(lower) > 3:
            return 6 if lower.endswith("s") else 10
    return COUNTING


def _named_class(words: list[str]) -> int | None:
    """The class of what a name owns, the end of `words` being what stands before it: vatevedzeri va Va (Tsvangirai)."""
    while words and words[-1][0].isupper():
        words = words[:-1]
    return _owned_class(words[:-1], words[-1]) if words else COUNTING


def _owned_class(owned: list[str], possessive: str) -> int | None:
    """The class of what is owned, by the `possessive` behind it: (mitambo) yePSL, (nhengo) dze MDC."""
    if possessive in _SHARED_POSSESSIVES:
        number = _SHARED_POSSESSIVES[possessive]
        return number if owned and noun_class(owned[-1].casefold()) == number else COUNTING
    return _POSSESSIVES.get(possessive, COUNTING)


def _spelled_out(word: str, before: str) -> bool:
    """Whether `word` is part of a number in words: zana ne makumi masere ne mumwe kana kuti 181."""
    found = numeral(word)
    if found is None:
        return False
    preceding = numeral(before)
    return found.power or found.joined or before == "ne" or (preceding is not None and preceding.power)


def singular_class(before: str) -> int | None:
    """The class of the one thing that a 1 counts: that of the noun right `before` it; COUNTING for a name or none."""
    found = re.search(r"([^\W\d_]+(?:'[^\W\d_]+)*)\s$", before)
    if found is None or (found[1][0].isupper() and before[: found.start()].strip()):
        return COUNTING
    named = _BEFORE_NAME.match(found[1])
    word = found[1].casefold()
    if named or word in _PASSED or word in _LABELS - _COUNTED_TOO:
        return COUNTING
    if word.startswith("ne") and commonness(word[2:]) is not None and len(word) > 5:
        word = word[2:]
    if word in _SINGULAR:
        return _SINGULAR[word]
    if _KNOWN.get(word) == 10:
        return 9
    prefixes = (*_SINGULARS, *_PLURALS)
    return next((number for prefix, number in prefixes if word.startswith(prefix)), _without_prefix(word))


def _without_prefix(word: str) -> int | None:
    """5 for a noun whose plural with ma- is known, its first sound hardened (gurukota, makurukota) or not; else 9."""
    hard = _HARD.get(word[:1], word[:1]) + word[1:]
    hardened = word[:1] in _HARD and commonness("ma" + hard) is not None
    voiced = word[:1] in "bdgjzsrv" and commonness("ma" + word) is not None
    return 5 if hardened or voiced else 9 if len(word) > 2 else COUNTING
