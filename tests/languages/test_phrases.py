"""Streamed text cut into phrases: soon, whole, and never too long."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi.languages import PhraseSplitter, pack
from izwi.languages.phrases import CHARACTERS_PER_SECOND, LONGEST_SECONDS

LONGEST = CHARACTERS_PER_SECOND * LONGEST_SECONDS


def cut(text: str, language: str = "sn", size: int = 1) -> list[str]:
    """`text` fed in pieces of `size` characters."""
    splitter = pack(language).phrases()
    found = [phrase for at in range(0, len(text), size) for phrase in splitter.feed(text[at : at + size])]
    return found + splitter.flush()


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Mhoro! Makadii?", ["Mhoro!", "Makadii?"]),
        ("Zvakanaka chaizvo, ndinotenda. Sarai zvakanaka.", ["Zvakanaka chaizvo,", "ndinotenda.", "Sarai zvakanaka."]),
        ("Ehe, zvakanaka.", ["Ehe, zvakanaka."]),
        ("Dr. Moyo naMrs. Dube vauya. Tatenda.", ["Dr. Moyo naMrs. Dube vauya.", "Tatenda."]),
        ("J. Moyo auya. Ehe.", ["J. Moyo auya.", "Ehe."]),
        ("Mari i$3.40 chete. Ehe.", ["Mari i$3.40 chete.", "Ehe."]),
        ("Nguva dza 3 p.m. dzakwana. Ehe.", ["Nguva dza 3 p.m. dzakwana.", "Ehe."]),
        ("1. Sadza 2. Nyama", ["1. Sadza 2.", "Nyama"]),
        ("Mutsara\nMumwe", ["Mutsara", "Mumwe"]),
        ("Chii... Handizivi.", ["Chii...", "Handizivi."]),
        ("", []),
        ("   ", []),
    ],
)
def test_shona(text: str, phrases: list[str]) -> None:
    assert cut(text) == phrases


def listed() -> list[list[str]]:
    lines = (Path(__file__).parents[1] / "data" / "phrases.tsv").read_text("utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("# ")]


@pytest.mark.parametrize(("language", "text", "phrases"), listed())
@pytest.mark.parametrize("size", [1, 5])
def test_as_listed_before_it_was_tried(language: str, text: str, phrases: str, size: int) -> None:
    assert cut(text, language, size) == phrases.split("|")


def test_english_abbreviations() -> None:
    text = "Mr. Smith came at 5 p.m. yesterday e.g. with Prof. Dube. He left."
    assert cut(text, "en") == [text[:-9], "He left."]


def test_the_first_phrase_comes_before_the_sentence_is_whole() -> None:
    splitter = pack("sn").phrases()
    assert splitter.feed("Ndinokutendai zvikuru, ") == ["Ndinokutendai zvikuru,"]


def test_a_full_stop_waits_for_what_follows() -> None:
    splitter = PhraseSplitter()
    assert splitter.feed("Mari i3.") == []
    assert splitter.feed("40 ") == []
    assert splitter.flush() == ["Mari i3.40"]


def test_flush_starts_anew() -> None:
    splitter = PhraseSplitter()
    assert splitter.feed("Mhoro. ") + splitter.flush() == ["Mhoro."]
    assert splitter.feed("Ndinokutendai zvikuru, amai") == ["Ndinokutendai zvikuru,"]


@given(
    st.lists(st.sampled_from(["zvakanaka", "1 562 285 vanhu", "Dr.", "ne,", "chaizvo.", "3.5", "x" * 50]), max_size=80),
    st.integers(1, 40),
)
def test_nothing_is_lost_and_no_number_split(words: list[str], size: int) -> None:
    text = " ".join(words)
    found = cut(text, size=size)
    assert " ".join(found) == text
    assert sum(phrase.count("1 562 285") for phrase in found) == words.count("1 562 285 vanhu")
    assert sum(phrase.split().count("3.5") for phrase in found) == words.count("3.5")


@given(st.text(alphabet=st.sampled_from("ab ,.!?1\n"), max_size=1500))
def test_no_phrase_is_longer_than_a_breath(text: str) -> None:
    assert all(len(phrase) <= LONGEST for phrase in cut(text, size=7))


def test_a_phrase_of_figures_is_shorter_for_it_takes_longer_to_say() -> None:
    phrases = cut("1 562 285 vanhu " * 20)
    read = [pack("sn").normalise(phrase) for phrase in phrases]
    assert max(map(len, read)) <= 1.6 * LONGEST


def test_the_size_of_the_pieces_does_not_matter() -> None:
    text = "Ndinokutendai zvikuru, amai. " * 30 + "zvakanaka chaizvo " * 40
    assert cut(text, size=1) == cut(text, size=17) == cut(text, size=len(text))
