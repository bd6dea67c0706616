"""Choose the gate's threshold on dev.tsv: the lowest that keeps wrong topics rare, on clean and on misheard questions.

python -m models.recipes.micro_llama.calibrate
"""

import argparse
import json
import random
from pathlib import Path

from izwi.engines import Message
from izwi.llm.plain_words import plain_words
from models.recipes.dialogue import LANGUAGES
from models.recipes.micro_llama.corpus import UNKNOWN, unknown_turn
from models.recipes.micro_llama.judge import Question, read_questions
from models.recipes.micro_llama.noise import letters
from models.recipes.micro_llama.talk import FOLDER, load

DEV = Path(__file__).with_name("dev.tsv")
WRONG_CLEAN, WRONG_MISHEARD, WRONG_STRANGE = 0.03, 0.06, 0.10
"""Bounds on wrong topics: of clean questions, with 5 % of letters misheard, and of questions outside the domain."""


def _guesses(engine, questions: list[Question]) -> list[tuple[bool, bool, float]]:
    """For each question: whether the likeliest topic is right, whether it is "unknown", and the confidence."""
    found = []
    for question in questions:
        topic, confidence = engine.understand([Message("user", question.text)], question.language)
        found.append((topic == question.topic, topic == UNKNOWN, confidence))
    return found


def wrong_share(guesses: list[tuple[bool, bool, float]], threshold: float) -> float:
    """The share that would be answered on a wrong topic."""
    return sum(not right and not unknown and sure >= threshold for right, unknown, sure in guesses) / len(guesses)


def right_share(guesses: list[tuple[bool, bool, float]], threshold: float) -> float:
    """The share that would be answered on its topic."""
    return sum(right and not unknown and sure >= threshold for right, unknown, sure in guesses) / len(guesses)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=FOLDER)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/shona"))
    given = parser.parse_args()
    rng, engine, clean = random.Random(7), load(given.model), read_questions(DEV)
    misheard = [Question(q.language, q.topic, letters(plain_words(q.text), 0.05, rng)) for q in clean for _ in range(4)]
    turns = [unknown_turn(language, rng, given.data) for language in LANGUAGES for _ in range(200)]
    strange = [Question(turn.language, turn.topic, turn.user) for turn in turns]
    sets = [_guesses(engine, questions) for questions in (clean, misheard, strange)]
    bounds = (WRONG_CLEAN, WRONG_MISHEARD, WRONG_STRANGE)
    grid = [step / 100 for step in range(20, 100)]
    fitting = [t for t in grid if all(wrong_share(g, t) <= bound for g, bound in zip(sets, bounds, strict=True))]
    threshold = min(fitting, default=grid[-1])
    gate = given.model / "gate.json"
    data = json.loads(gate.read_text(encoding="utf-8")) | {"threshold": threshold}
    gate.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"threshold {threshold}")
    for name, guesses in zip(("clean", "misheard", "strange"), sets, strict=True):
        right, wrong = right_share(guesses, threshold), wrong_share(guesses, threshold)
        print(f"{name:10}{len(guesses):5} questions: right {right:.1%}, wrong {wrong:.1%}")


if __name__ == "__main__":
    main()
