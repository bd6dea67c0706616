"""The phrase book: both ways, names and numbers carried, and silence on what it does not know."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi.engines import UnsupportedLanguage
from izwi.mt.phrasebook import PhraseBook, _said, _slots_in, book, parse, slots

BOOK = PhraseBook()


def translate(text: str, source: str, target: str) -> str:
    return asyncio.run(BOOK.translate(text, source, target))


@pytest.mark.parametrize(
    ("shona", "english"),
    [
        ("mhoroi shamwari yangu", "Hello my friend."),
        ("ndine nzara chaizvo", "I am very hungry."),
        ("zita rangu ndinonzi rudo", "My name is Rudo."),
        ("ndine makore makumi maviri nemashanu", "I am 25 years old."),
        ("ndiri kuenda kuharare nemuvhuro", "I am going to Harare on Monday."),
        ("Mvura iri kunaya.", "It is raining."),
        ("makadii", "How are you?"),
        ("mhoro zita rangu ndinonzi john ndine nzara", "Hello. My name is John. I am hungry."),
    ],
)
def test_from_shona(shona: str, english: str) -> None:
    assert translate(shona, "sn", "en") == english


@pytest.mark.parametrize(
    ("english", "shona"),
    [
        ("I'm so hungry!", "Ndine nzara chaizvo."),
        ("i am twenty five years old", "Ndine makore 25."),
        ("i have three children", "Ndine vana 3."),
        ("what's your name", "Zita renyu ndiani?"),
        ("see you on friday", "Tichaonana neChishanu."),
        ("my mother is at home", "Amai vangu vari kumba."),
    ],
)
def test_from_english(english: str, shona: str) -> None:
    assert translate(english, "en", "sn") == shona


@pytest.mark.parametrize(
    "text", ["", "…", "injini yendege inoshanda sei", "ndine nzara injini", "mhoroi mhoroi injini"]
)
def test_what_is_not_covered_whole_is_not_translated(text: str) -> None:
    assert translate(text, "sn", "en") == ""


def test_the_short_form_of_a_line() -> None:
    assert asyncio.run(BOOK.shorter("ndatenda zvikuru", "sn", "en")) == "Thanks."
    assert asyncio.run(BOOK.shorter("ndine nzara", "sn", "en")) == ""


def test_no_other_languages() -> None:
    with pytest.raises(UnsupportedLanguage):
        translate("bonjour", "fr", "en")


def test_every_line_of_the_book_is_translated_and_its_translation_means_the_same() -> None:
    """There, back and there again must be the same: another wording on the way back, but no other meaning."""
    strange = []
    for phrase, (source, target) in product(book(), (("sn", "en"), ("en", "sn"))):
        bound = {
            name: "5" if name == "number" else next(iter(slots()[name][source].values()))[source]
            for name in _slots_in(phrase.sides[source])
        }
        text = _said(phrase.sides[source], bound)[0]
        there = translate(text, source, target)
        if not there or translate(translate(there, target, source), source, target) != there:
            strange.append((text, there))
    assert strange == [("hapana dambudziko", "No problem.")]  # which is also what one says after "thank you"


@given(st.text(alphabet="abcdeinoruz ' .?5", max_size=60))
def test_any_text_is_answered_and_never_breaks(text: str) -> None:
    assert isinstance(translate(text, "sn", "en"), str)


@pytest.mark.parametrize("pattern", ["(a|b", "a]", "[a", "a)"])
def test_a_line_that_is_not_well_formed(pattern: str) -> None:
    with pytest.raises(ValueError, match="in '"):
        parse(pattern)
