"""Training samples of the micro-Llama: a short conversation and the reply it must give."""

import random
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from izwi.llm.plain_words import plain_words
from models.recipes.dialogue import LANGUAGES, Turn, dialogues, heldout, normalise, sums, topics
from models.recipes.dialogue.conversation import Memory, fitting_replies, invented_name, make_turn, sum_turn
from models.recipes.dialogue.domain import bind, clock_values, frames
from models.recipes.micro_llama.noise import distort

UNKNOWN = "unknown"
SYSTEM_LINES = (
    "You are Izwi, a kind voice helper.", "Respond calmly.", "Respond warmly.", "Be brief.",
    "Answer in one short sentence.",
    "The user sounds sad. Be gentle.", "The user sounds angry. Stay calm.", "The user sounds happy. Be bright.",
    "The user sounds afraid. Reassure.", "Muri Izwi, mubatsiri ane tsitsi.", "Pindurai zvishoma uye zvakanaka.",
    "Pindurai nenyasha.", "Pindurai murugare.",
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """What the model reads (`system` may be empty; `history` is user, reply, user, reply …) and what it must answer."""

    system: str
    history: tuple[str, ...]
    turn: Turn


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def handle_data(self, data: str) -> None:
        self.lines.append(data)


@cache
def foreign_sentences(data: Path) -> dict[str, list[str]]:
    """Sentences of other matters, normalised, by language: news (masakhapos) and the UDHR, from `data`."""
    found: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for name in ("train", "dev", "test"):
        blocks = (data / "masakhapos" / f"{name}.txt").read_text(encoding="utf-8").split("\n\n")
        found["sn"] += [" ".join(line.split()[0] for line in block.splitlines() if line.strip()) for block in blocks]
    for language, code in (("sn", "sna"), ("en", "eng")):
        parser = _Text()
        parser.feed((data / "udhr" / f"{code}.html").read_text(encoding="utf-8"))
        found[language] += [part for line in parser.lines for part in re.split(r"[.;,]", line)]
    clean = {lang: [normalise(unicodedata.normalize("NFC", text)) for text in lines] for lang, lines in found.items()}
    return {lang: [text for text in lines if len(text.split()) >= 3] for lang, lines in clean.items()}


def _salad(language: str, rng: random.Random) -> str:
    """Common words and words of no language, in no order."""
    return " ".join(
        invented_name(rng) if rng.random() < 0.4 else rng.choice(frames(language)["common"])
        for _ in range(rng.randint(1, 7))
    )


def _news(language: str, rng: random.Random, data: Path) -> str:
    sentence = rng.choice(foreign_sentences(data)[language]).split()
    length = rng.randint(3, 14)
    start = rng.randrange(max(1, len(sentence) - length))
    return " ".join(sentence[start : start + length])


def _odd_question(language: str, rng: random.Random) -> str:
    table = frames(language)
    pattern = rng.choice(table["ask_odd"] if rng.random() < 0.6 else table["about"])
    odd = rng.choice(table["odd"]) if rng.random() < 0.75 else invented_name(rng)
    return pattern.replace("{odd}", odd).replace("{word}", odd)


def unknown_turn(language: str, rng: random.Random, data: Path) -> Turn:
    """A question outside the domain and the honest answer."""
    kind = rng.random()
    if kind < 0.4:
        user = _odd_question(language, rng)
    elif kind < 0.65:
        user = _news(language, rng, data)
    elif kind < 0.8:
        user = _salad(language, rng)
    elif kind < 0.83:
        user = ""
    else:
        user = rng.choice(topics()[UNKNOWN].ask[language])
    return Turn(language, UNKNOWN, normalise(user), rng.choice(topics()[UNKNOWN].reply[language]))


def keyword_turn(language: str, rng: random.Random) -> Turn:
    """A topic brought up by one or two of its telling words in a frame that fits any subject."""
    topic = rng.choice([topic for topic in topics().values() if topic.words[language]])
    frame = rng.choice(frames(language)["about"])
    user = re.sub(r"\{word\}", lambda _: rng.choice(topic.words[language]), frame)
    return Turn(language, topic.name, normalise(user), rng.choice(fitting_replies(topic, language, {})))


def _read_aloud(reply: str, language: str, rng: random.Random) -> str:
    filled = {name: rng.choice(values) for name, values in clock_values(language).items()}
    return bind(
        reply, filled | {"name": invented_name(rng).capitalize(), "sum": sums.stated(*sums.draw(rng), language)}
    )


def _flat(turns: list[Turn], rng: random.Random) -> tuple[str, ...]:
    return tuple(
        text for turn in turns for text in (plain_words(turn.user), _read_aloud(turn.reply, turn.language, rng))
    )


def _spliced(turn: Turn, rng: random.Random) -> Turn:
    """Half of one question and half of another on the same topic, for topics whose reply copies nothing."""
    topic = topics().get(turn.topic)
    if topic is None or len(turn.user.split()) < 4 or any("{" in reply for reply in topic.reply[turn.language]):
        return turn
    other = make_turn(topic, turn.language, rng, Memory()).user.split()
    said = turn.user.split()
    front, back = said[: len(said) // 2 + 1], other[len(other) // 2 :]
    return Turn(turn.language, turn.topic, " ".join(front + back), turn.reply)


def _noisy(turn: Turn, rng: random.Random) -> Turn:
    """The turn as a recogniser might hear it; what the reply copies from the question is left as it was."""
    user = turn.user
    if turn.topic not in ("sums", "my_name", "translate"):
        user = normalise(distort(user, turn.language, frames(turn.language)["common"], rng)) or user
    return Turn(turn.language, turn.topic, plain_words(user), turn.reply)


def _other_language(rng: random.Random) -> Turn:
    """Asked in one language, to be answered in the other."""
    topic = rng.choice([topic for topic in topics().values() if topic.name not in ("language", "translate", "my_name")])
    asked, answered = rng.sample(LANGUAGES, 2)
    question = make_turn(topic, asked, rng, Memory())
    answer = make_turn(topic, answered, rng, Memory())
    return Turn(answered, topic.name, question.user, answer.reply)


def draw(rng: random.Random, data: Path) -> Sample:
    """One sample; never a held-out wording."""
    past: list[Turn] = dialogues(rng) if rng.random() < 0.2 else []
    language = past[-1].language if past else rng.choice(LANGUAGES)
    kind = rng.choices(["domain", "keyword", "sum", "unknown", "crossed"], [62, 16, 4, 15, 3])[0]
    if kind == "keyword":
        turn = keyword_turn(language, rng)
    elif kind == "sum":
        turn = sum_turn(language, rng)
    elif kind == "unknown":
        turn = unknown_turn(language, rng, data)
    elif kind == "crossed":
        turn = _other_language(rng)
    else:
        past = past or dialogues(rng)
        turn = past.pop()
        turn = _spliced(turn, rng) if rng.random() < 0.2 else turn
    turn = _noisy(turn, rng)
    if turn.user in heldout():
        return draw(rng, data)
    system = rng.choice(SYSTEM_LINES) if rng.random() < 0.25 else ""
    if rng.random() < 0.1:
        system = f"{system} language: {turn.language}".strip()
    return Sample(system, _flat(past, rng), turn)
