"""Transcripts: spelling set right, names known, numbers in digits, English left alone."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi.languages import pack
from izwi.languages.bias import distance
from izwi.languages.digits import grouped
from izwi.languages.shona.lexicon import commonness
from izwi.languages.shona.numbers import cardinal
from tests.languages.shared_data import declaration, listed, needs_data, tagged_sentences
from tests.languages.test_detection import ENGLISH


@pytest.mark.parametrize(
    ("heard", "tidied"),
    [
        ("ndiri kuenda ku musha ne mukoma", "ndiri kuenda kumusha nemukoma"),
        ("ndinobva ku Harare", "ndinobva kuHarare"),
        ("swakanaka chaizwo", "zvakanaka chaizvo"),
        ("ndinotenda zwikuru", "ndinotenda zvikuru"),
        ("mapulisa auya", "mapurisa auya"),
        ("n’anga  yauya", "n'anga yauya"),
        ("Mapulisa auya", "Mapurisa auya"),
    ],
)
def test_spelling(heard: str, tidied: str) -> None:
    assert pack("sn").tidy(heard) == tidied


@pytest.mark.parametrize(("heard", "tidied"), listed("shona_heard"))
def test_spelling_as_listed_before_it_was_tried(heard: str, tidied: str) -> None:
    assert pack("sn").tidy(heard) == tidied


@pytest.mark.parametrize(
    "text",
    [
        "please call me tomorrow morning",
        "ndiri ku hospital because my child is sick",
        "Tendai akasangana naChipo kuMbare",
        "zvakanaka chaizvo, ndinotenda zvikuru",
        "We are going to plant maize when the rains come.",
        "what should we do on saturday",
        "hi my friend i've come to chat",
        "ndakaona bhazi riri pa STOP",
        "ndinoda kutenga ne iPhone yangu",
        "",
    ],
)
def test_what_is_right_or_english_stays(text: str) -> None:
    assert pack("sn").tidy(text) == text


@pytest.mark.parametrize(
    ("heard", "bias", "tidied"),
    [
        ("zita rangu ndi tendayi moyo", ["Tendai Moyo"], "zita rangu ndi Tendai Moyo"),
        ("ndinogara ku bulawayo", ["Bulawayo"], "ndinogara kuBulawayo"),
        ("ndakaona rutendo", ["Rutendo"], "ndakaona Rutendo"),
        ("ndakaona baba", ["Bob"], "ndakaona baba"),
    ],
)
def test_names_of_the_bias_list_win(heard: str, bias: list[str], tidied: str) -> None:
    assert pack("sn").tidy(heard, bias) == tidied


def test_english_knows_names_too() -> None:
    assert pack("en").tidy("i live in bulawaio", ["Bulawayo"]) == "i live in Bulawayo"


@given(st.text(max_size=12), st.text(max_size=12))
def test_distance_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert distance(a, b, 4) == distance(b, a, 4) <= 5
    assert (distance(a, b, 4) == 0) == (a == b)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("vanhu mazana mana nemakumi matanhatu nevaviri vafa", "vanhu 462 vafa"),
        ("ndine vana vaviri nemakore gumi nemashanu", "ndine vana 2 nemakore 15"),
        ("vave pazana nemakumi mana nevapfumbamwe", "vave pa149"),
        ("zvikamu makumi matanhatu nezvitanhatu koma sere kubva muzana", "66.8%"),
        ("zvikamu makumi matanhatu nematanhatu nezviga zvisere kubva muzana", "66.8%"),
        ("masekonzi makumi mashanu nemasere nezviga makumi masere nemana", "masekonzi 58.84"),
        ("zero nomwe nomwe motsi piri tatu", "077123"),
        ("zviuru makumi maviri nezvisere", "28,000"),
        ("twenty-five dollars", "25 dollars"),
        ("mumwe murume akauya neChina, ane vana", "mumwe murume akauya neChina, ane vana"),
        ("mamwe mazuva", "mamwe mazuva"),
        ("zana nemakumi mashanu ezviuru", "150,000"),
        ("mazana matanhatu emamiriyoni emadhora", "600,000,000 emadhora"),
        ("mombe ina nemiti mina", "mombe 4 nemiti 4"),
        ("zviviri pazana", "2%"),
        ("zviuru gumi ne zvitatu", "13,000"),
        ("zviuru mazana mana ane makumi matanhatu ne vatatu", "463,000"),
        ("zana ne makumi mashanu e zviuru", "150,000"),
        ("zviuru gumi ne chimwe chete ne mazana matatu ne makumi mashanu", "11,350"),
        ("vanhu makumi maviri nevana vatatu", "vanhu 20 nevana 3"),
        ("ndakaberekwa muna nineteen eighty", "ndakaberekwa muna 1980"),
    ],
)
def test_shona_numbers_back_to_digits(spoken: str, written: str) -> None:
    assert pack("sn").denormalise(spoken) == written


@given(st.integers(10, 10**9), st.sampled_from([None, 2, 6, 8, 10]))
def test_every_shona_number_comes_back(n: int, noun_class: int | None) -> None:
    assert pack("sn").denormalise(f"pane {cardinal(n, noun_class)} chete") == f"pane {grouped(n)} chete"


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("I was born in nineteen eighty-seven", "I was born in 1987"),
        ("it is twenty twenty-six", "it is 2026"),
        ("in eighteen oh five", "in 1805"),
        ("seven thirty pm, seven oh five a m", "7:30 pm, 7:05 a m"),
        ("the twenty-first of March", "the 21st of March"),
        ("two point five percent", "2.5%"),
        ("three million two hundred thousand people", "3,200,000 people"),
        ("call nine nine five", "call 995"),
        ("one of them", "one of them"),
        ("five plus three", "five plus three"),
    ],
)
def test_english_numbers_back_to_digits(spoken: str, written: str) -> None:
    assert pack("en").denormalise(spoken) == written


@pytest.mark.parametrize(("spoken", "written"), listed("shona_spoken"))
def test_shona_as_listed_before_it_was_tried(spoken: str, written: str) -> None:
    assert pack("sn").denormalise(spoken) == written


@pytest.mark.parametrize(("spoken", "written"), listed("english_spoken"))
def test_english_as_listed_before_it_was_tried(spoken: str, written: str) -> None:
    assert pack("en").denormalise(spoken) == written


@given(st.integers(10, 10**12))
def test_what_is_read_aloud_comes_back(n: int) -> None:
    for code, counted in (("sn", "vanhu"), ("sn", "mombe"), ("en", "cows")):
        language = pack(code)
        assert language.denormalise(language.normalise(f"{counted} {n}")) == f"{counted} {grouped(n)}"


@given(st.integers(1, 99), st.integers(1, 99), st.integers(0, 9))
def test_percentages_and_decimals_come_back(whole: int, other: int, tenth: int) -> None:
    for language in (pack("sn"), pack("en")):
        written = f"{whole}.{tenth}%, {other + 9}.{tenth}"
        assert language.denormalise(language.normalise(written)) == written


@given(st.lists(st.sampled_from(["vanhu", "gumi", "nevana", "zana", "ne", "maviri", "chiuru", "ten", "hundred", "a"])))
def test_a_transcript_in_digits_stays_as_it_is(words: list[str]) -> None:
    for language in (pack("sn"), pack("en")):
        once = language.denormalise(" ".join(words))
        assert language.denormalise(once) == once


@pytest.mark.data
@needs_data
def test_correct_news_is_hardly_touched() -> None:
    """At most 1 word in 200 of correct Shona is changed."""
    sn = pack("sn")
    changed = total = 0
    for sentence in tagged_sentences("test"):
        words = [
            t
            for t, tag in sentence
            if tag not in ("PROPN", "PUNCT", "NUM", "X", "SYM", "ADP") and re.fullmatch(r"[a-z']{3,}", t)
        ]
        tidied = [sn.tidy(f"iye zvino {word}").split()[-1] for word in words]
        total += len(words)
        changed += sum(a != b for a, b in zip(words, tidied, strict=True))
    assert total > 5000
    assert changed / total <= 0.005


@pytest.mark.data
@needs_data
def test_likely_slips_are_set_right() -> None:
    """Known words with one likely slip each: two thirds come back, and hardly any becomes another word."""
    slips = [("r", "l"), ("sv", "sw"), ("zv", "zw"), ("bh", "b"), ("dh", "d"), ("vh", "v"), ("nh", "n"), ("zv", "z")]
    rng = random.Random(0)
    words = sorted(
        {t for s in tagged_sentences("test") for t, tag in s if tag in ("NOUN", "VERB", "ADV") and t.islower()}
    )
    right = wrong = total = 0
    for word in words:
        possible = [(a, b) for a, b in slips if a in word]
        if len(word) < 5 or not possible or commonness(word) is None:
            continue
        slip = word.replace(*rng.choice(possible), 1)
        tidied = pack("sn").tidy(f"iye zvino {slip}").split()[-1]
        total += 1
        right += tidied == word
        wrong += tidied not in (word, slip)
    assert total > 500
    assert right / total >= 0.66
    assert wrong / total <= 0.01


@pytest.mark.data
@needs_data
def test_english_is_never_corrected() -> None:
    """Not one change in the Declaration, our own English and English talk."""
    texts = [*declaration("eng"), *ENGLISH, *(line for lines in pack("en").lines.values() for line in lines)]
    for file in ("knowledge/izwi.en.md", "knowledge/zimbabwe.en.md"):
        texts += (Path(__file__).parents[2] / file).read_text("utf-8").splitlines()
    assert len(texts) > 250
    changed = [text for text in texts if pack("sn").tidy(text) != " ".join(text.split())]
    assert changed == []


@pytest.mark.data
@needs_data
def test_english_words_in_a_shona_sentence_stay() -> None:
    """Of the English words of the Declaration that Shona does not have, none is changed, whatever leads."""
    words = {word for sentence in declaration("eng") for word in re.findall(r"\b[a-z]{3,}\b", sentence)}
    english = sorted(word for word in words if commonness(word) is None)
    assert len(english) > 250
    for carrier in ("ndinoda {} zvikuru nhasi", "iye zvino {}"):
        changed = [word for word in english if pack("sn").tidy(carrier.format(word)) != carrier.format(word)]
        assert changed == [], carrier
