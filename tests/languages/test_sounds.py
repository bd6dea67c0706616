"""Shona pronunciation: letters and clusters, syllables, stress, espeak-ng's reading of it, borrowed words."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable

import pytest

from izwi.languages import pack
from izwi.languages.english.sounds import AS_SHONA, word_sounds
from izwi.languages.shona.sounds import is_shona_spelling, letters, syllables, word_espeak, word_ipa
from tests.languages.shared_data import FOLDER, frequency_words, needs_data

ESPEAK = shutil.which("espeak-ng")

# Every symbol a Shona word may be written in.
INVENTORY = set("aeiouɓɗbdkɡptmnŋɲɱfvszʃʒʋɦrljw") | set("͎̤ː͡ˈᵐⁿᵑ")


@pytest.mark.parametrize(
    ("word", "ipa"),
    [
        ("baba", "ˈɓaːɓa"),  # implosives
        ("dada", "ˈɗaːɗa"),
        ("bhuku", "ˈb̤uːku"),  # breathy
        ("dhora", "ˈd̤oːra"),
        ("vhura", "ˈv̤uːra"),
        ("mhoro", "ˈm̤oːro"),
        ("nhamo", "ˈn̤aːmo"),
        ("svika", "ˈs͎iːka"),  # whistled
        ("zvakanaka", "z͎akaˈnaːka"),
        ("tsvuku", "ˈt͡s͎uːku"),
        ("dzvara", "ˈd͡z͎aːra"),
        ("nzvimbo", "ˈⁿz͎iːᵐbo"),  # prenasals; no implosive after a nasal
        ("ndinoenda", "ⁿdinoˈeːⁿda"),
        ("mbira", "ˈᵐbiːra"),
        ("ng'ombe", "ˈŋoːᵐbe"),  # the velar nasal, with and without its stop
        ("n'anga", "ˈŋaːᵑɡa"),
        ("n’anga", "ˈŋaːᵑɡa"),
        ("nyama", "ˈɲaːma"),
        ("vana", "ˈʋaːna"),  # the approximant
        ("pfuma", "ˈp͡fuːma"),  # affricates
        ("bvunza", "ˈb͡vuːⁿza"),
        ("chikoro", "t͡ʃiˈkoːro"),
        ("mwana", "ˈmŋwaːna"),  # velarisation
        ("rwizi", "ˈrɡwiːzi"),
        ("imbwa", "ˈiːᵐbɡwa"),
        ("kudya", "ˈkuːd͡ʒɡa"),
        ("ne", "ne"),  # a lone syllable carries no stress
    ],
)
def test_letters_to_sounds(word: str, ipa: str) -> None:
    assert word_ipa(word) == ipa


@pytest.mark.parametrize(
    ("word", "count"), [("zvakanaka", 4), ("aiwa", 3), ("ndinokutendai", 6), ("mbwa", 1), ("n'anga", 2)]
)
def test_syllables_are_open_and_the_last_but_one_is_long(word: str, count: int) -> None:
    found = syllables(word)
    assert len(found) == count
    assert all(s.vowel for s in found)
    assert [s.long for s in found].index(True) == count - 2 if count > 1 else not found[0].long


@pytest.mark.parametrize("word", ["laptop", "box", "quick", "cake", "Ncube", "Élise", "straße"])
def test_borrowed_letters_have_sounds(word: str) -> None:
    assert set(word_ipa(word)) <= INVENTORY
    assert word_espeak(word)


def test_text_keeps_punctuation_outside_the_mnemonics() -> None:
    assert pack("sn").espeak("Mhoro, makadii?") == "[[m|h|'o:|**|o]], [[m|a|k|a|d|'i:|i]]?"


def test_numbers_are_read_before_they_are_pronounced() -> None:
    assert pack("sn").espeak("vanhu 2") == pack("sn").espeak("vanhu vaviri")


def test_english_words_take_the_english_path() -> None:
    ipa = pack("sn").ipa("Ndiri kuenda ku hospital nhasi")
    assert "hɒspɪtəl" in ipa
    assert "ˈn̤aːsi" in ipa


def test_neighbours_names_stay_shona() -> None:
    assert pack("sn").ipa("Va Ncube vauya") == "ʋa ˈⁿkuːɓe ʋaˈuːja"


@pytest.mark.parametrize(
    ("word", "sounds"),
    [("church", "tʃ ɜː tʃ"), ("station", "s t eɪ ʃ ə n"), ("phone", "f əʊ n"), ("bright", "b r aɪ t"), ("the", "ð ə")],
)
def test_english_letters_to_sounds(word: str, sounds: str) -> None:
    assert " ".join(word_sounds(word)) == sounds


def test_every_english_letter_sounds() -> None:
    assert {s for word in "abcdefghijklmnopqrstuvwxyz" for s in word_sounds(word)} <= set(AS_SHONA)


def test_nothing_to_say_is_empty() -> None:
    assert pack("sn").espeak("… — !") == ""
    assert pack("sn").phonemes("你好") == []


@pytest.mark.engine
@pytest.mark.skipif(ESPEAK is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("zvakanaka", "ʑwakanˈaːka"),
        ("svika", "ʂwˈiːka"),
        ("tsvuku", "tʂwˈuːku"),
        ("mhoro", "mhˈoːɾo"),
        ("n'anga", "ŋˈaːŋɡa"),
        ("vana", "ʋˈaːna"),
        ("nyama", "ɲˈaːma"),
        ("rwizi", "ɾɡwˈiːzi"),
        ("nzvimbo", "nʑwˈiːmbo"),
        ("hospital", "hˈospital"),
    ],
)
def test_espeak_says_what_is_meant(text: str, heard: str) -> None:
    command = [str(ESPEAK), "-v", pack("sn").espeak_voice, "-q", "--ipa", pack("sn").espeak(text)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() == heard


@pytest.mark.data
@needs_data
def test_every_word_of_the_frequency_list_is_pronounced() -> None:
    words = [word for word in frequency_words() if letters(word)]
    assert len(words) > 44_000
    unknown = {word: set(word_ipa(word)) - INVENTORY for word in words if set(word_ipa(word)) - INVENTORY}
    silent = [word for word in words if not word_espeak(word)]
    assert not unknown
    assert not silent


# How Izwi's values differ from the epitran map, and why. Applied to ours in this order they must give epitran's.
EPITRAN_DIFFERENCES = [
    (r"[ˈː]", "", "epitran marks neither stress nor length"),
    ("ᵐ", "m", "epitran writes prenasalisation as a nasal and a stop"),
    ("ɱ", "m", "likewise"),
    ("ⁿ", "n", "likewise"),
    ("ᵑ", "ŋ", "likewise"),
    ("mʋ", "mʷ", "epitran takes mv for one labialised nasal; Doke and Fortune hear a nasal and a fricative"),
    ("([pbtdkɡfvszʃʒɓɗrlʋɲmn͎̤])(?:[kɡ]|ŋ)w", r"\1w", "velarisation before w, which epitran leaves out"),
    ("t͡ʃk", "tj", "ty: palatal and velar in Zezuru, which epitran leaves out"),
    ("d͡ʒɡ", "dj", "dy: likewise"),
    ("rʒɡ", "rj", "ry: likewise"),
    ("bʒɡ", "bj", "by: likewise"),
    ("pʃk", "pj", "py: likewise"),
    ("ɓ", "b", "epitran has no implosives; standard Shona b is one"),
    ("ɗ", "d", "likewise for d"),
    ("͎", "ʷ", "epitran writes the whistle as labialisation"),
    ("t͡ʃw|d͡ʒw", lambda m: m.group(), "no difference"),
    ("n̤", "nh", "nh is missing from epitran's map: breathy n"),
    ("v̤", "v", "epitran's vh is a plain v"),
    ("ɦ", "h", "epitran's h is voiceless; Shona's is breathy voiced"),
]


def epitran() -> Callable[[str], str]:
    """Epitran's own map as a function, longest match first."""
    pairs = [line.split(",") for line in (FOLDER / "g2p" / "epitran_sna-Latn.csv").read_text("utf-8").splitlines()[1:]]
    table = dict(sorted(((o, p) for o, p in pairs), key=lambda pair: -len(pair[0])))
    pattern = re.compile("|".join(map(re.escape, table)))
    return lambda word: pattern.sub(lambda m: table[m.group()], word)


# Letters and clusters of borrowed words, which epitran's map does not have and leaves as they are written.
BORROWED = re.compile(r"c(?!h)|[lqx]|kh|th|ph|gh")
# Words in which a cluster differs that no other word of the list has.
SINGLE_DIFFERENCES = {
    "kugunung'una": "ng' is the plain velar nasal; epitran's map knows n' only and keeps the apostrophe",
    "nevambhizimisi": "epitran's map has mb before its bh, and leaves the h over",
    "zvakanka": "n before k is velar; epitran has it before g only",
}


@pytest.mark.data
@needs_data
def test_differs_from_epitran_only_as_explained() -> None:
    """All Shona words of the frequency list: each difference is one of those listed."""
    words = {letters(word) for word in frequency_words() if word.islower() and is_shona_spelling(word)}
    words = {word for word in words if not BORROWED.search(word)}
    theirs = epitran()
    different = set()
    for word in words:
        ours = word_ipa(word)
        for pattern, replacement, _why in EPITRAN_DIFFERENCES:
            ours = re.sub(pattern, replacement, ours)
        if ours != theirs(word):
            different.add(word)
    assert len(words) > 29_000
    assert different == set(SINGLE_DIFFERENCES)


def test_a_stretch_of_english_goes_to_the_english_voice() -> None:
    parts = pack("sn").voiced("Akati please call me tomorrow morning, ndikamubvumira ku hospital.")
    assert [part.voice for part in parts] == ["sw", "en-gb", "sw"]
    assert parts[1].text == "please call me tomorrow morning,"
    assert parts[2].text.startswith("[[")


def test_shona_alone_has_one_voice() -> None:
    text = "Vanhu 7 vauya; makadii?"
    assert [(part.voice, part.text) for part in pack("sn").voiced(text)] == [("sw", pack("sn").espeak(text))]


def test_characters_of_a_voice() -> None:
    alphabet = set("abdefghijkmnoprstuvwyz'- ")
    """What the alphabet lacks is respelled; an English word is written as a Shona speaker says it."""
    said = pack("sn").characters("N’anga 7, laptop, café!", alphabet)
    assert set(said) <= alphabet
    assert said.split() == ["n'anga", "nomwe", "reptop", "kafe"]
