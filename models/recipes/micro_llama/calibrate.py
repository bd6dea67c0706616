"""Choose the gate's threshold and its trust in the lexical head on dev.tsv: the pair that answers most rightly while
wrong topics stay rare, on clean and on misheard questions and on questions outside the domain.

    python -m models.recipes.micro_llama.calibrate
"""

import argparse
import dataclasses
import json
import random
from pathlib import Path

import numpy as np

from izwi.engines import Message
from izwi.llm.gate import Gate
from izwi.llm.plain_words import plain_words
from models.recipes.dialogue import LANGUAGES
from models.recipes.micro_llama.corpus import UNKNOWN, unknown_turn
from models.recipes.micro_llama.judge import Question, read_questions
from models.recipes.micro_llama.noise import letters
from models.recipes.micro_llama.talk import FOLDER, load

DEV = Path(__file__).with_name("dev.tsv")
BOUNDS = {"clean": 0.03, "misheard": 0.06, "strange": 0.10}
"""Bounds on wrong topics: of clean questions, with 5 % of letters misheard, and of questions outside the domain."""

Guess = tuple[bool, bool, float]
"""Whether the likeliest topic is right, whether it is "unknown", and the confidence in it."""


def question_sets(data: Path) -> dict[str, list[Question]]:
    """The three lists that the bounds speak of."""
    rng, clean = random.Random(7), read_questions(DEV)
    misheard = [Question(q.language, q.topic, letters(plain_words(q.text), 0.05, rng)) for q in clean for _ in range(2)]
    turns = [unknown_turn(language, rng, data) for language in LANGUAGES for _ in range(100)]
    strange = [Question(turn.language, turn.topic, turn.user) for turn in turns]
    return {"clean": clean, "misheard": misheard, "strange": strange}


def guesses(gate: Gate, scored: list[tuple[Question, np.ndarray]]) -> list[Guess]:
    """What `gate` makes of questions and the model's logits for them."""
    found = []
    for question, logits in scored:
        topic, confidence = gate.likeliest(logits, question.text)
        found.append((topic == question.topic, topic == UNKNOWN, confidence))
    return found


def wrong_share(found: list[Guess], threshold: float) -> float:
    """The share that would be answered on a wrong topic."""
    return sum(not right and not unknown and sure >= threshold for right, unknown, sure in found) / len(found)


def right_share(found: list[Guess], threshold: float) -> float:
    """The share that would be answered on its topic."""
    return sum(right and not unknown and sure >= threshold for right, unknown, sure in found) / len(found)


def best_setting(gate: Gate, scored: dict[str, list[tuple[Question, np.ndarray]]]) -> tuple[float, float]:
    """The trust and the threshold with the most right answers within the bounds."""
    fitting = []
    for trust in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        found = {name: guesses(dataclasses.replace(gate, trust=trust), rows) for name, rows in scored.items()}
        for threshold in np.arange(0.10, 0.96, 0.02):
            if all(wrong_share(found[name], threshold) <= bound for name, bound in BOUNDS.items()):
                right = right_share(found["clean"], threshold) + right_share(found["misheard"], threshold)
                fitting.append((right, trust, float(threshold)))
                break
    return max(fitting)[1:] if fitting else (0.5, 0.95)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=FOLDER)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/shona"))
    given = parser.parse_args()
    engine, path = load(given.model), given.model / "gate.json"
    gate = Gate.read(path)
    assert gate is not None
    scored = {
        name: [
            (question, engine.topic_logits([Message("user", question.text)], question.language)) for question in rows
        ]
        for name, rows in question_sets(given.data).items()
    }
    trust, threshold = best_setting(gate, scored)
    data = json.loads(path.read_text(encoding="utf-8")) | {"trust": trust, "threshold": round(threshold, 2)}
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"trust in the lexical head {trust}, threshold {threshold:.2f}")
    for name, rows in scored.items():
        found = guesses(dataclasses.replace(gate, trust=trust), rows)
        right, wrong = right_share(found, threshold), wrong_share(found, threshold)
        print(f"{name:10}{len(found):5} questions: right {right:.1%}, wrong {wrong:.1%}")


if __name__ == "__main__":
    main()
