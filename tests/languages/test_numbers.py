"""Shona and English numerals: agreement, joins, ordinals, and the way back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi.languages.english import numbers as english
from izwi.languages.shona import counting
from izwi.languages.shona import numbers as shona
from tests.languages.shared_data import needs_data, rows

CLASSES = [None, 2, 4, 6, 8, 10, 13, 14]
JOINS = [(), ("zvine",), ("ane",), ("zvine", "ane")]

# Rows of the gold list that the grammar does not give, each with why.
EXCEPTIONS = {
    "15600000": "counts 15 mamiriyoni without the concord of class 6: gumi neshanu for gumi nemashanu",
}


@pytest.mark.parametrize(
    ("n", "noun_class", "words"),
    [
        (7, 2, "vanomwe"),
        (4, 8, "zvina"),
        (45, 6, "makumi mana nemashanu"),
        (6, 4, "mitanhatu"),
        (2, 10, "mbiri"),
        (3, 10, "nhatu"),
        (11, 6, "gumi nerimwe"),
        (21, 2, "makumi maviri nemumwe"),
        (31, 8, "makumi matatu nechimwe"),
        (1000, 2, "chiuru"),
        (1001, 2, "chiuru nemumwe"),
        (31_000, 2, "zviuru makumi matatu nechimwe"),
        (4_400_000, 2, "mamiriyoni mana nemazana mana ezviuru"),
        (2_000_000_000_000, 6, "matiririyoni maviri"),
        (10_003, 2, "zviuru gumi zvine vatatu"),  # "zviuru gumi nevatatu" would be heard as 13,000
        (0, None, "zero"),
    ],
)
def test_agrees_with_the_noun(n: int, noun_class: int | None, words: str) -> None:
    assert shona.cardinal(n, noun_class) == words


def test_never_says_anthill_for_a_thousand() -> None:
    assert all("churu" not in shona.cardinal(n).split() for n in range(0, 200_000, 997))


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1, "kutanga"),
        (2, "chipiri"),
        (9, "chipfumbamwe"),
        (10, "gumi"),
        (12, "gumi nembiri"),
        (86, "makumi masere netanhatu"),
        (174, "zana nemakumi manomwe nechina"),
    ],
)
def test_ordinals(n: int, words: str) -> None:
    assert shona.ordinal(n) == words


def test_the_last_one_of_an_ordinal_agrees() -> None:
    assert shona.ordinal(11, one="chimwe") == "gumi nechimwe"


@given(st.integers(0, 10**6), st.sampled_from(CLASSES), st.sampled_from(JOINS))
def test_back_from_words_up_to_a_million(n: int, noun_class: int | None, joins: tuple[str, ...]) -> None:
    assert counting.value(shona.cardinal(n, noun_class, joins)) == n


@given(st.integers(0, 10**6), st.sampled_from(CLASSES), st.sampled_from(JOINS))
def test_back_from_words_whose_joins_stand_apart(n: int, noun_class: int | None, joins: tuple[str, ...]) -> None:
    words = shona.cardinal(n, noun_class, joins)
    assert counting.value(re.sub(r"\bne(?=\w)", "ne ", words)) == n


@pytest.mark.slow
def test_back_from_words_for_every_number_up_to_a_million() -> None:
    for n in range(10**6 + 1):
        assert counting.value(shona.cardinal(n, CLASSES[n % len(CLASSES)], JOINS[n // 8 % len(JOINS)])) == n


@given(st.integers(0, shona.LARGEST), st.sampled_from(CLASSES))
def test_back_from_words_up_to_the_largest(n: int, noun_class: int | None) -> None:
    assert counting.value(shona.cardinal(n, noun_class)) == n


@given(st.integers(1, 99), st.integers(0, 12), st.integers(0, 99), st.sampled_from(CLASSES))
def test_round_numbers_with_a_small_rest_come_back(head: int, zeros: int, rest: int, noun_class: int | None) -> None:
    n = head * 10**zeros + rest
    assert counting.value(shona.cardinal(n, noun_class)) == n


@pytest.mark.parametrize("n", [-1, shona.LARGEST + 1])
def test_a_number_without_a_name_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="largest"):
        shona.cardinal(n)


@pytest.mark.parametrize("text", ["", "vanhu", "gumi vanhu", "makumi", "ne", "zana zana", "mazana gumi"])
def test_words_that_are_no_number_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Shona number"):
        counting.value(text)


@given(st.integers(0, english.LARGEST))
def test_english_comes_back(n: int) -> None:
    assert english.value(english.cardinal(n)) == n


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (1987, "nineteen eighty-seven"),
        (2005, "two thousand and five"),
        (2026, "twenty twenty-six"),
        (1900, "nineteen hundred"),
    ],
)
def test_english_years(n: int, words: str) -> None:
    assert english.year(n) == words


def test_english_ordinals() -> None:
    assert [english.ordinal(n) for n in (1, 2, 3, 12, 20, 21)] == [
        "first", "second", "third", "twelfth", "twentieth", "twenty-first",
    ]  # fmt: skip


def readings(n: int) -> set[str]:
    """Every standard reading of `n`: each agreement and join, bare, behind a locative, or as an ordinal behind che-."""
    cardinals = {shona.cardinal(n, noun, joins) for noun in CLASSES for joins in JOINS}
    return cardinals | {"pa" + words for words in cardinals} | {"che" + shona.ordinal(n)}


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(
    "row", rows("numbers_gold.tsv") if needs_data.args[0] is False else [], ids=lambda row: row["value"]
)
def test_gold_numbers_of_real_news(row: dict[str, str]) -> None:
    words = row["shona_words"].casefold()
    assert (words in readings(int(row["value"]))) == (row["value"] not in EXCEPTIONS)
    assert counting.value(words.removeprefix("pa").removeprefix("che").replace("nechina", "neina")) == int(row["value"])


@pytest.mark.data
@needs_data
def test_attested_numbers() -> None:
    """What the encyclopaedia writes in the standard orthography; `ezvuruzvisere` and its like are not of it.

    "zviviri pazana" for 2 % is right too, but the news says `zvikamu zviviri kubva muzana`; the digits quoted for 0.286
    are those of 0.276.
    """
    attested = {row["value"]: row["shona_words"] for row in rows("numbers_attested.tsv")}
    for n in (1000, 10_000, 100_000):
        assert shona.cardinal(n) == attested[str(n)]
    assert shona.cardinal(22, 6) == attested["22"]
    assert f"zero koma {shona.digits('276', counted=False)}" == attested["0.286"]
