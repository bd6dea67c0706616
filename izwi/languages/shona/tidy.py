"""A recogniser's Shona transcript in standard spelling: joined prefixes, apostrophes, near misses of known words.

A word is changed only when the lexicon does not know it, it could not be a known word with prefixes, and a common word
lies one likely slip away (l for r, sw for sv, b for bh …). English words and names are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from izwi.languages.bias import Bias
from izwi.languages.detection import detect, spans
from izwi.languages.shona.lexicon import commonness
from izwi.languages.shona.sounds import is_shona_spelling

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*'?")
_APOSTROPHES = str.maketrans("’‘ʼʻ`´′", "'" * 7)

# Possessives, connectives and locatives that the standard orthography writes in one word with what follows.
_JOINING = re.compile(r"\b(ne|ku|mu|pa|che|re|we|ye|ze|dze|ve|zve|rwe|hwe|kwe|ke|se) (?=([^\W\d_]+))", re.IGNORECASE)
# The same before a word of class 1a or a name, where they end in -a, and the enclitic -wo: only where the two are known
# as one word, for alone they may be other words.
_JOINING_KNOWN = re.compile(r"\b(na|ya|wa|ra|cha|dza|za|zva|hwa|rwa|kwa|me) (?=([^\W\d_]+))", re.IGNORECASE)
_ENCLITIC = re.compile(r"(?<=[a-z][aeiou]) (?=wo\b)")

# What recognisers and quick fingers write for what is meant.
_SLIPS_AS_WRITTEN = """
l>r di>dii b>bh bh>b d>dh dh>d v>vh vh>v sw>sv zw>zv sw>zv sv>zv zv>sv s>sv z>zv sv>s zv>z ts>tsv dz>dzv n>nh nh>n
m>mh mh>m ng>n' ny>n' c>k c>ch k>ch sh>ch ch>sh j>dz zh>j ph>p ph>f th>t kh>k tch>ch w>v f>v r>rw rw>r ty>ch x>ks q>k
oo>u ee>i ea>ia aa>a ii>i uu>u ay>ai ey>ei y>i g>k p>b t>d s>sh z>zh ms>mus mk>muk mt>mut mr>mur md>mud mn>mun mg>mug
mf>muf e>i o>u i>e u>o a>e e>a
"""
_SLIPS = tuple(slip.partition(">")[::2] for slip in _SLIPS_AS_WRITTEN.split())
_COMMON_ENOUGH = 4  # a correction must have been seen 2⁴ times
_SURELY_COMMON = 7
# Said all day, and hardly printed.
_SPOKEN = frozenset(("makadii", "wakadii", "makadini", "mangwanani", "masikati", "manheru", "pamusoroi", "ndapota"))
_LONGEST = 30
_ENGLISH = 0.9  # a word this surely English is not corrected
_PREFIX = re.compile(r"(?:[^aeiou]{0,3}[aeiou]){1,5}")
_LEAST_STEM = 4


def tidy(transcript: str, bias: Sequence[str] = ()) -> str:
    """`transcript` in standard spelling; words and phrases of `bias` (names, places) win over near misses of them."""
    text = re.sub(r"\s+", " ", transcript.translate(_APOSTROPHES)).strip()
    text = Bias(bias).apply(text)
    known = frozenset(word.casefold() for phrase in bias for word in phrase.split())
    stretches = spans(text)
    return "".join(
        _standard(span.text, known, inside=index > 0)
        if span.language == "sn"
        else _alone(span.text, len(stretches) > 1)
        for index, span in enumerate(stretches)
    )


def _alone(text: str, among_shona: bool) -> str:
    """One word that looks English for its l alone (mvula) with Shona's r; other English as it is."""
    word = text.strip()
    respelled = _with_r(word, _SURELY_COMMON) if among_shona and word.islower() else ""
    return text.replace(word, respelled) if respelled else text


def _standard(text: str, known: frozenset[str], inside: bool) -> str:
    """A Shona stretch with its particles joined and its words respelled; `inside` a sentence from the start on."""
    text = _JOINING_KNOWN.sub(_joined_if_known, _JOINING.sub(_joined, _ENCLITIC.sub("", text)))
    return _WORD.sub(lambda match: _respelled(match, known, inside), text)


def _joined(match: re.Match[str]) -> str:
    """The particle joined to the next word when that is Shona or a name, else as it was (ku STOP, ne iPhone)."""
    word = match[2]
    if not (word[1:].islower() or word.islower()):
        return match.group()
    if word[0].isupper() or commonness(word.casefold()) is not None or is_shona_spelling(word):
        return match[1]
    return match.group()


def _joined_if_known(match: re.Match[str]) -> str:
    known = match[2][0].isupper() or commonness((match[1] + match[2]).casefold()) is not None
    return match[1] if known else match.group()


def _respelled(match: re.Match[str], known: frozenset[str], inside: bool) -> str:
    """The word in standard spelling; inside a sentence a capital makes a name, which stays."""
    word = match.group()
    lower = word.casefold()
    inside = inside if match.start() == 0 else match.string[match.start() - 1 : match.start()].isspace()
    if lower in known or (word[0].isupper() and inside) or not word[1:].islower() or not is_known_gap(lower):
        return word
    best = _with_r(lower, _COMMON_ENOUGH)
    if not best:
        alone = detect(lower)
        if alone.language == "en" and alone.confidence > _ENGLISH:
            return word
        best = max(_candidates(lower), key=lambda found: found[0], default=(0, ""))[1]
        best = best or ("" if is_known_gap(lower.replace("l", "r")) else lower.replace("l", "r"))
    if not best:
        return word
    return best.capitalize() if word[0].isupper() else best


def _with_r(word: str, least: int) -> str:
    """`word` with r for its l, which Shona does not write, when that makes a word this common; "" when not, or for an
    ending in -e, as English has (line, lake).
    """
    respelled = word.replace("l", "r")
    known = word != respelled and word[-1] in "aiou" and commonness(word) is None
    return respelled if known and (commonness(respelled) or 0) >= least else ""


def is_known_gap(word: str) -> bool:
    """Whether lower-case `word` is neither in the lexicon nor a known stem behind prefixes."""
    if not 3 < len(word) <= _LONGEST or commonness(word) is not None:
        return False
    if "l" in word:  # no letter of the standard alphabet: a slip, or a borrowed word that no slip makes Shona
        return True
    for at in range(1, len(word) - _LEAST_STEM + 1):
        if _PREFIX.fullmatch(word, 0, at) and commonness(word[at:]) is not None:
            return False
    return True


def _candidates(word: str) -> Iterator[tuple[int, str]]:
    """Common words one slip away, with how likely they are: common ones by the earlier slips of the list."""
    for rank, (wrong, right) in enumerate(_SLIPS):
        at = word.find(wrong)
        while at >= 0:
            candidate = word[:at] + right + word[at + len(wrong) :]
            common = 15 if candidate in _SPOKEN else commonness(candidate) or 0
            if common >= _COMMON_ENOUGH:
                yield common - rank // 10, candidate
            at = word.find(wrong, at + 1)
    if word[-1] not in "aeiou":  # as every Shona word ends: the last vowel went unheard
        yield from ((common, word + v) for v in "aeiou" if (common := commonness(word + v) or 0) >= _COMMON_ENOUGH)
