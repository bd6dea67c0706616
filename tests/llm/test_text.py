"""Text on its way into and out of a model."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from izwi.engines import Message
from izwi.llm.gate import Gate
from izwi.llm.lexical import BUCKETS, features
from izwi.llm.plain_words import plain_words
from izwi.llm.prompt import fit, render
from izwi.llm.reckon import answer
from izwi.llm.safety import emergency_pointer, spoken
from models.recipes.dialogue import sums


def said(pieces: Sequence[str], longest: int = 600) -> str:
    return "".join(spoken(pieces, longest))


def broken(text: str, rng: random.Random) -> list[str]:
    """`text` in pieces of one to five characters."""
    pieces = []
    while text:
        n = rng.randint(1, 5)
        pieces.append(text[:n])
        text = text[n:]
    return pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What's the TIME, please? 🙂", "what is the time please"),
        ("I can’t hear you!", "i cannot hear you"),
        ("we've won, haven't we", "we have won have not we"),
        ("n'anga iri kupi", "n'anga iri kupi"),
        ("café naïve", "cafe naive"),
        ("مرحبا 🙂 123", ""),
    ],
)
def test_plain_words(text: str, expected: str) -> None:
    assert plain_words(text) == expected


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("**Hello** there, *friend*.", "Hello there, friend."),
        ("# Title\n- one\n- two", "Title one two"),
        ("See [the page](http://x.org) now.", "See the page now."),
        ("<think>secret plan</think>Hello.", "Hello."),
        ("Hi<|im_end|> there.", "Hi there."),
        ("It is {time} now.", "It is {time} now."),
        ("<think>never closed", ""),
    ],
)
def test_only_plain_speech_comes_out_however_it_is_split(written: str, spoken: str) -> None:
    assert said([written]) == spoken
    rng = random.Random(1)
    for _ in range(30):
        assert said(broken(written, rng)) == spoken


def test_placeholders_come_in_one_piece() -> None:
    pieces = list(spoken(["It ", "is {", "ti", "me", "} ", "now", "."]))
    assert any("{time}" in piece for piece in pieces)


def test_a_long_reply_ends_with_a_sentence() -> None:
    text = said(["This is a sentence of some length. "] * 100, longest=100)
    assert 100 <= len(text) <= 200
    assert text.endswith("length.")
    assert len(said(["word "] * 1000, longest=100)) <= 210


def test_danger_is_pointed_to_help() -> None:
    assert "nine" in emergency_pointer("my house is on fire", "en")
    assert "pfumbamwe" in emergency_pointer("imba iri kutsva", "sn")
    assert emergency_pointer("how are you", "en") == ""


def words_as_tokens(messages: Sequence[Message]) -> list[int]:
    return list(range(sum(len(m.text.split()) + 1 for m in messages)))


def test_what_does_not_fit_goes_oldest_first_and_the_system_line_stays() -> None:
    talk = [Message("system", "be kind")]
    for i in range(10):
        talk += [Message("user", f"question {i}"), Message("assistant", f"answer {i}")]
    kept, tokens = fit([*talk, Message("user", "the last one")], 20, words_as_tokens)
    assert len(tokens) <= 20
    assert kept[0].text == "be kind"
    assert kept[1].role == "user"
    assert kept[-1].text == "the last one"
    assert kept[-2].text == "answer 9"


def test_a_last_message_that_alone_is_too_long_keeps_its_head() -> None:
    kept, tokens = fit([Message("user", "start " + "more " * 5000)], 50, words_as_tokens)
    assert len(tokens) <= 50
    assert kept[-1].text.startswith("start more")


def test_steering_marks_are_taken_out_and_a_thinking_model_is_hushed() -> None:
    seen: list[dict[str, str]] = []

    def template(messages: list[dict[str, str]]) -> SimpleNamespace:
        seen.extend(messages)
        return SimpleNamespace(prompt="rendered")

    assert render(template, [Message("user", "a<|im_end|>b</think>c<start_of_turn>d")], thinks=True) == "rendered"
    assert seen[0]["content"] == "a b c d /no_think"


def test_guidance_stands_before_the_message_it_is_about_and_outlives_cutting() -> None:
    seen: list[dict[str, str]] = []

    def template(messages: list[dict[str, str]]) -> SimpleNamespace:
        seen.extend(messages)
        return SimpleNamespace(prompt="rendered")

    talk = [Message("user", "hello"), Message("assistant", "yes?")]
    talk += [Message("user", "no " * 300, "The user sounds sad.")]
    render(template, fit(talk, 100, words_as_tokens)[0], thinks=False)
    assert seen[-1]["content"].startswith("(The user sounds sad.)\nno no")
    assert "sad" not in "".join(m["content"] for m in seen[:-1])


def test_the_small_model_is_shown_no_guidance_it_was_never_taught(gate: Gate) -> None:
    assert gate.view([Message("user", "Hello.", "The user sounds sad.")]) == [Message("user", "hello")]


@pytest.fixture
def gate(tmp_path) -> Gate:
    data = {
        "topics": ["greet", "time", "unknown"],
        "languages": ["en"],
        "threshold": 0.6,
        "unknown": "unknown",
        "exchanges": 2,
        "context": 256,
        "trust": 0.5,
        "remembered": ["Hello (?P<name>\\S+)\\."],
        "naming": ["i am (?P<name>[a-z']+)"],
        "ordinary": ["hello", "the", "name", "is"],
        "exact": {"recall": {"en": ["Your name is {name}.", "You have not told me."]}},
    }
    (tmp_path / "gate.json").write_text(json.dumps(data))
    found = Gate.read(tmp_path / "gate.json")
    assert found is not None
    return found


def test_doubt_becomes_unknown(gate: Gate) -> None:
    assert gate.decide(np.array([5.0, 0.0, 0.0], np.float32), "hello") == "greet"
    assert gate.decide(np.array([1.0, 0.9, 0.0], np.float32), "hello") == "unknown"
    topic, confidence = gate.likeliest(np.array([1e4, 0.0, 0.0], np.float32), "hello")
    assert (topic, confidence) == ("greet", 1.0)


def test_the_view_keeps_the_newest_exchanges_and_the_one_with_the_name(gate: Gate) -> None:
    talk = [Message("user", "I'm Rudo"), Message("assistant", "Hello Rudo.")]
    for i in range(5):
        talk += [Message("user", f"Question {i}!"), Message("assistant", f"Answer {i}.")]
    texts = [m.text for m in gate.view([Message("system", "Be calm."), *talk, Message("user", "Who am I?")])]
    assert texts[:3] == ["Be calm.", "i am rudo", "Hello Rudo."]
    assert texts[3:] == ["question", "Answer 3.", "question", "Answer 4.", "who am i"]


def test_without_gate_file_there_is_no_gate(tmp_path) -> None:
    assert Gate.read(tmp_path / "gate.json") is None


def test_the_lexical_head_weighs_in(tmp_path, gate: Gate) -> None:
    weight = np.zeros((BUCKETS, 3), np.int8)
    weight[features("time please"), 1] = 100
    np.savez(tmp_path / "lexical.npz", weight=weight, scale=np.full(3, 0.1, np.float32), bias=np.zeros(3, np.float32))
    with_head = Gate.read(tmp_path / "gate.json")
    assert with_head is not None
    undecided = np.zeros(3, np.float32)
    assert gate.decide(undecided, "time please") == "unknown"
    assert with_head.decide(undecided, "Time, please!") == "time"
    assert with_head.decide(undecided, "🙂") == "unknown"


def test_features_are_stable_and_within_the_table() -> None:
    assert features("") == []
    assert features("makadii zvenyu") == features("makadii  zvenyu")
    assert all(0 <= row < BUCKETS for row in features("makadii zvenyu shamwari"))


def test_exact_replies_use_what_is_known(gate: Gate) -> None:
    assert gate.exact_reply("recall", "en", {"name": "Rudo"}, 5) == "Your name is Rudo."
    assert gate.exact_reply("recall", "en", {"name": ""}, 5) == "You have not told me."
    assert gate.exact_reply("greet", "en", {}, 0) is None


def test_names_are_found_in_known_and_in_new_wordings(gate: Gate) -> None:
    assert gate.name_given("I'm Chenjerai!") == "Chenjerai"
    assert gate.name_given("the name is Vanomu") == "Vanomu"
    assert gate.name_given("hello") is None
    assert gate.name_known([Message("assistant", "Hello Rudo."), Message("user", "hi")]) == "Rudo"
    assert gate.name_known([Message("user", "Hello Rudo.")]) is None


@pytest.mark.parametrize(
    ("asked", "language", "reply"),
    [
        ("what is two plus three", "en", "Two plus three is five."),
        ("take three away from twelve", "en", "Twelve minus three is nine."),
        ("nineteen times twenty", "en", "Nineteen times twenty is three hundred and eighty."),
        ("what is three minus nine", "en", "That comes to less than zero."),
        ("forty plus two", "en", "I can only do small sums, up to twenty."),
        ("nhatu kuwanza nenomwe zvinoita ingani", "sn", "Nhatu kuwanza nenomwe zvinoita makumi maviri neimwe."),
        ("gumi nembiri kubvisa nhatu", "sn", "Gumi nembiri kubvisa nhatu zvinosara pfumbamwe."),
        ("ina neshanu", "sn", "Ina kuwedzera shanu zvinoita pfumbamwe."),
        ("zana kuwedzera imwe", "sn", "Ndinogona masvomhu madiki chete, kusvika pamakumi maviri."),
        ("ndine nomwe", "sn", None),
    ],
)
def test_sums_are_reckoned(asked: str, language: str, reply: str | None) -> None:
    assert answer(asked, language) == reply


def test_every_small_sum_is_true() -> None:
    rng = random.Random(5)
    for language in ("sn", "en"):
        for _ in range(500):
            a, sign, b = rng.randint(0, 20), rng.choice("+-*"), rng.randint(0, 20)
            assert answer(sums.ask(a, sign, b, language, rng), language) == sums.stated(a, sign, b, language)
