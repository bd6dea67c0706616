"""The written domain: no held-out wording can come out of it, and its sentences are fit for a recogniser."""

from __future__ import annotations

import random
import re

import pytest

from izwi.llm.reckon import in_words
from models.recipes.dialogue import LANGUAGES, PLACEHOLDERS, dialogues, heldout, normalise, sentences, topics
from models.recipes.dialogue.conversation import fitting_replies
from models.recipes.dialogue.domain import slots
from models.recipes.dialogue.grammar import expand, to_regex
from models.recipes.micro_llama.judge import Question, judge

FILLERS = r"(?:ndapota|izwi|nhai|ko|saka|zvino|shamwari|please|hey|so|okay|um|hello|hi|mhoro|mhoroi|now| )*"


def test_no_pattern_generates_a_held_out_paraphrase() -> None:
    assert len(heldout()) == 300
    patterns = [
        (pattern, re.compile(FILLERS + to_regex(pattern, slots(language)) + FILLERS))
        for topic in topics().values()
        for language in LANGUAGES
        for pattern in topic.ask[language]
    ]
    generated = [(text, pattern) for text in heldout() for pattern, match in patterns if match.fullmatch(text)]
    assert generated == []


def test_the_regex_of_a_pattern_matches_what_it_expands_to() -> None:
    rng = random.Random(1)
    for topic in topics().values():
        for language in LANGUAGES:
            for pattern in topic.ask[language]:
                text = expand(pattern, slots(language), rng, {})
                assert re.fullmatch(to_regex(pattern, slots(language)), text), (pattern, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_normalised_and_none_is_held_out(language: str) -> None:
    drawn = sentences(language, random.Random(2), 3000)
    assert len(set(drawn)) > 1800
    assert all(re.fullmatch(r"[a-z']+(?: [a-z']+)*", text) for text in drawn)
    assert not heldout().intersection(drawn)


def test_every_topic_asks_and_answers_in_both_languages() -> None:
    assert len(topics()) >= 75
    for topic in topics().values():
        for language in LANGUAGES:
            assert len(topic.ask[language]) >= 6, topic.name
            assert len(topic.reply[language]) >= 1, topic.name
            for reply in topic.reply[language]:
                assert not re.search(r"\d", reply), reply
                assert len(reply.split()) <= 20, reply
                assert reply[-1] in ".?!}", reply


def test_a_name_is_recalled_once_it_was_given() -> None:
    rng, recalled, unnamed = random.Random(3), 0, 0
    for _ in range(3000):
        given = False
        for turn in dialogues(rng):
            given = given or turn.topic == "my_name"
            if turn.topic == "recall_name":
                assert ("{name}" in turn.reply) == given
                recalled, unnamed = recalled + given, unnamed + (not given)
    assert recalled > 100
    assert unnamed > 10


def test_replies_leave_only_known_placeholders() -> None:
    rng = random.Random(4)
    left = {mark for _ in range(3000) for turn in dialogues(rng) for mark in re.findall(r"\{(\w+)\}", turn.reply)}
    assert left <= set(PLACEHOLDERS)
    assert {"time", "day", "date", "month", "year"} <= left


def test_general_replies_need_no_slot() -> None:
    assert fitting_replies(topics()["price"], "en", {})
    assert all("{item}" in reply for reply in fitting_replies(topics()["price"], "en", {"item": "bread"}))


@pytest.mark.parametrize(
    ("number", "language", "words"),
    [
        (0, "sn", "ziro"),
        (12, "sn", "gumi nembiri"),
        (54, "sn", "makumi mashanu neina"),
        (400, "sn", "mazana mana"),
        (21, "en", "twenty one"),
        (140, "en", "one hundred and forty"),
    ],
)
def test_counting_words(number: int, language: str, words: str) -> None:
    assert in_words(number, language) == words


def test_the_judge_tells_true_sums_from_false() -> None:
    question = Question("en", "sums", "what is four plus six")
    assert judge(question, "Four plus six is ten.") == "right"
    assert judge(question, "Four plus six is eleven.") == "wrong"
    assert judge(question, "Three plus seven is ten.") == "wrong"
    assert judge(Question("sn", "sums", "nhatu kuwanza nenomwe"), "Ndiripo zvangu, makadiiwo?") == "wrong"


def test_the_judge_wants_the_topic_the_language_and_honesty() -> None:
    assert judge(Question("en", "time", "x"), "It is {time}.") == "right"
    assert judge(Question("sn", "time", "x"), "It is {time}.") == "wrong"
    assert judge(Question("en", "time", "x"), "Hello my friend, I am listening.") == "wrong"
    assert judge(Question("en", "time", "x"), normalise("nonsense")) == "wrong"
    assert judge(Question("en", "time", "x"), "Sorry, I do not know that. Please ask me something else.") == "honest"
    assert judge(Question("sn", "unknown", "x"), "Ndiripo zvangu, makadiiwo?") == "wrong"


def test_a_pattern_with_unmatched_brackets_is_named() -> None:
    with pytest.raises(ValueError, match="missing"):
        expand("(a|b", {}, random.Random(0), {})
    with pytest.raises(ValueError, match="unmatched"):
        expand("a) b", {}, random.Random(0), {})
