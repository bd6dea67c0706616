"""What the embedded model must reach on lists that no training has seen.

Judging (models/recipes/micro_llama/judge.py): a reply is *honest* when it is one of the "did not understand" lines of
its language; *right* when it fits a reply template of the row's topic in the row's language (a sum must also be true);
anything else, another language included, is *wrong*. Out of the domain only the honest reply is good.
"""

from __future__ import annotations

from collections import Counter

import pytest

from izwi.llm.llama_cpp import LlamaCpp
from izwi.settings import ROOT
from models.recipes.micro_llama.judge import Question, judge, read_questions
from models.recipes.micro_llama.score import recall
from models.recipes.micro_llama.talk import ask

pytestmark = pytest.mark.engine
LISTS = ROOT / "tests" / "data"


def shares(llama: LlamaCpp, questions: list[Question]) -> dict[str, float]:
    found = Counter(judge(question, ask(llama, question.text, question.language)) for question in questions)
    return {verdict: found[verdict] / len(questions) for verdict in ("right", "honest", "wrong")}


def test_held_out_paraphrases(llama: LlamaCpp) -> None:
    questions = read_questions(LISTS / "paraphrases.tsv")
    assert Counter(question.language for question in questions) == {"sn": 150, "en": 150}
    found = shares(llama, questions)
    print(found)
    assert found["right"] >= 0.80
    assert found["wrong"] <= 0.05


@pytest.mark.parametrize("language", ["sn", "en"])
def test_each_language_alone(llama: LlamaCpp, language: str) -> None:
    found = shares(llama, [q for q in read_questions(LISTS / "paraphrases.tsv") if q.language == language])
    assert found["right"] >= 0.75, found
    assert found["wrong"] <= 0.08, found


def test_out_of_domain_is_answered_honestly(llama: LlamaCpp) -> None:
    questions = read_questions(LISTS / "out_of_domain.tsv")
    assert len(questions) == 40
    assert shares(llama, questions)["honest"] >= 0.80


@pytest.mark.parametrize("language", ["sn", "en"])
def test_unseen_names_are_recalled(llama: LlamaCpp, language: str) -> None:
    assert recall(llama, language, names=20) >= 0.85
