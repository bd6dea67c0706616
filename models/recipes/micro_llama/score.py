"""Print what the exported model can and cannot do.

python -m models.recipes.micro_llama.score
"""

import argparse
import asyncio
import random
from collections import Counter
from pathlib import Path

from izwi.llm.llama_cpp import LlamaCpp
from izwi.llm.plain_words import plain_words
from models.recipes.dialogue import LANGUAGES, dialogues, sums
from models.recipes.dialogue.conversation import invented_name
from models.recipes.micro_llama.judge import Question, judge, read_questions
from models.recipes.micro_llama.noise import letters
from models.recipes.micro_llama.talk import FOLDER, ask, converse, load

LISTS = Path(__file__).parents[3] / "tests" / "data"
NAMING = {
    "en": ("hello my name is {}", "i am hungry", "what is my name"),
    "sn": ("mhoro ini ndinonzi {}", "ndine nzara", "zita rangu ndiani"),
}


def verdicts(engine: LlamaCpp, questions: list[Question], show: bool = False) -> Counter[str]:
    """How many replies are right, honest and wrong."""
    found: Counter[str] = Counter()
    for question in questions:
        reply = ask(engine, question.text, question.language)
        verdict = judge(question, reply)
        found[verdict] += 1
        if show and verdict != "right":
            print(f"    {verdict:6} {question.language} {question.topic}: {question.text!r} -> {reply!r}")
    return found


def recall(engine: LlamaCpp, language: str, names: int = 50) -> float:
    """The share of names that are on no list and are said again two turns later."""
    rng = random.Random(11)
    right = 0
    for _ in range(names):
        name = invented_name(rng)
        replies = asyncio.run(converse(engine, [line.format(name) for line in NAMING[language]], language))
        right += name.capitalize() in replies[-1].split(".")[0].split()
    return right / names


def true_sums(engine: LlamaCpp, language: str, count: int = 150) -> Counter[str]:
    """Verdicts on random sums of numbers up to 20."""
    rng = random.Random(12)
    drawn = ((rng.randint(0, 20), rng.choice("+-*"), rng.randint(0, 20)) for _ in range(count))
    return verdicts(engine, [Question(language, "sums", sums.ask(*drawn_sum, language, rng)) for drawn_sum in drawn])


def known_wordings(language: str, count: int = 200) -> list[Question]:
    """Questions as the training drew them, without noise."""
    rng = random.Random(13)
    turns = (dialogues(rng, 1)[0] for _ in range(3 * count))
    own = [Question(t.language, t.topic, plain_words(t.user)) for t in turns if t.language == language]
    return [question for question in own if question.topic not in ("unknown", "sums")][:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=FOLDER)
    parser.add_argument("--show", action="store_true", help="print every reply that is not right")
    given = parser.parse_args()
    engine = load(given.model)
    heldout, strange = read_questions(LISTS / "paraphrases.tsv"), read_questions(LISTS / "out_of_domain.tsv")
    rng = random.Random(14)
    for language in LANGUAGES:
        own = [question for question in heldout if question.language == language]
        misheard = [Question(q.language, q.topic, letters(plain_words(q.text), 0.06, rng)) for q in own]
        rows = {
            "held-out paraphrases": verdicts(engine, own, given.show),
            "the same, 6 % of letters misheard": verdicts(engine, misheard),
            "out of domain": verdicts(engine, [q for q in strange if q.language == language], given.show),
            "known wordings": verdicts(engine, known_wordings(language)),
            "sums to 20": true_sums(engine, language),
        }
        for name, counts in rows.items():
            total = sum(counts.values())
            shares = ", ".join(f"{verdict} {counts[verdict] / total:6.1%}" for verdict in ("right", "honest", "wrong"))
            print(f"{language}  {name:36}{total:5}: {shares}", flush=True)
        print(f"{language}  unseen names recalled: {recall(engine, language):.1%}", flush=True)
    print(f"first word {1e3 * engine.cost.first:.1f} ms, then {1e3 * engine.cost.rate:.2f} ms a word")


if __name__ == "__main__":
    main()
