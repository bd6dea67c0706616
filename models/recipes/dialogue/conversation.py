"""Whole conversations drawn from the topics: the training text of the micro-Llama."""

import random
import re
from dataclasses import dataclass, field

from models.recipes.dialogue import sums
from models.recipes.dialogue.domain import LANGUAGES, Topic, bind, glosses, heldout, normalise, slots, topics
from models.recipes.dialogue.grammar import expand

PLACEHOLDERS = (
    "time",
    "day",
    "date",
    "month",
    "year",
    "part_of_day",
    "tomorrow",
    "yesterday",
    "said",
    "last",
    "name",
    "sum",
)
"""Written in braces in replies. The clock's are filled by the dialogue layer, the last four by the engine."""

_ONSETS = "b ch d f g k m mb n nd ng ny p r s sh t tsw v w z j h l zv sv mh".split()  # noqa: SIM905


@dataclass(frozen=True)
class Turn:
    """A user's words, normalised as a recogniser writes them, and the reply that fits."""

    language: str
    topic: str
    user: str
    reply: str


@dataclass
class Memory:
    """What a conversation has said so far."""

    name: str | None = None
    spoken: bool = False
    turns: list[Turn] = field(default_factory=list)


def invented_name(rng: random.Random) -> str:
    """A pronounceable name that is on no list, so that recall is copied and not recited."""
    syllables = (rng.choice(_ONSETS) + rng.choice("aeiou") for _ in range(rng.choice([2, 3, 3, 4])))
    return "".join(syllables) + rng.choice(["", "", "", "n", "s", "th"])


def fitting_replies(topic: Topic, language: str, bound: dict[str, str]) -> list[str]:
    """Reply templates whose slots are all known; those that use one of them come before the general ones."""
    known = {*bound, *(name for name in PLACEHOLDERS if name not in ("said", "last", "name", "sum"))}
    fitting = [r for r in topic.reply[language] if {s.lower() for s in re.findall(r"\{(\w+)\}", r)} <= known]
    using = [r for r in fitting if any(f"{{{s}}}" in r.lower() for s in bound)]
    return using or fitting


def _context(topic: str, memory: Memory) -> dict[str, str]:
    if topic == "recall_name" and memory.name:
        return {"name": "{name}"}
    if topic in ("said", "repeat") and memory.turns:
        return {"said": "{said}", "last": "{last}"}
    return {}


def make_turn(topic: Topic, language: str, rng: random.Random, memory: Memory) -> Turn:
    """One exchange about `topic`, true to what `memory` knows; `memory` is brought up to date."""
    bound = _context(topic.name, memory)
    asked: dict[str, str] = {"name": invented_name(rng)} if rng.random() < 0.7 else {}
    pattern = rng.choice(topic.ask[language])
    if "{gloss" in pattern:
        word, other = rng.choice(list(glosses(language).items()))
        asked |= {"gloss": word, "gloss_other": other}
        bound |= asked
    user = normalise(expand(pattern, slots(language), rng, asked))
    # A weekday in the question must not fill the clock's {day} in the reply.
    bound |= {name: value for name, value in asked.items() if f"{{{name}}}" in pattern and name not in PLACEHOLDERS}
    if topic.name == "my_name":
        memory.name, bound["name"] = asked["name"], "{name}"
    replies = fitting_replies(topic, language, bound)
    if topic.name in ("said", "repeat") and not memory.turns:
        replies = [r for r in topic.reply[language] if "{" not in r]
    turn = Turn(language, topic.name, user, bind(rng.choice(replies), bound))
    memory.turns.append(turn)
    return turn


def sum_turn(language: str, rng: random.Random) -> Turn:
    """One small sum; its answer is reckoned, not recited."""
    a, sign, b = sums.draw(rng)
    return Turn(language, "sums", sums.ask(a, sign, b, language, rng), "{sum}")


def dialogues(rng: random.Random, turns: int | None = None) -> list[Turn]:
    """One conversation of 1 to 4 exchanges in one language (now and then changing it), no held-out wording in it."""
    memory = Memory()
    language = rng.choice(LANGUAGES)
    everything = list(topics().values())
    script: list[Topic | None] = [rng.choice(everything) for _ in range(turns or rng.choice([1, 1, 1, 2, 2, 3, 4]))]
    if len(script) > 1 and rng.random() < 0.3:
        script[rng.randrange(len(script) - 1)] = topics()["my_name"]
        script[-1] = topics()["recall_name"]
    for topic in script:
        if rng.random() < 0.05:
            language = rng.choice(LANGUAGES)
        turn = sum_turn(language, rng) if rng.random() < 0.06 else make_turn(topic, language, rng, memory)  # type: ignore[arg-type]
        if turn.user in heldout():
            return dialogues(rng, turns)
        if turn.topic == "sums":
            memory.turns.append(turn)
    return memory.turns
