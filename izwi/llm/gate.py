"""The confidence gate of our own model: it names the topic before it answers, and a doubtful topic becomes "unknown".

The model writes a language token, then a topic token, then the reply. The softmax over the topic tokens, joined with
the lexical head's, is a measured confidence: below the threshold the topic is replaced by ``unknown``, and the model
itself says that it did not understand. What belongs to a model lies beside its weights in ``gate.json`` and
``lexical.npz``; a model without them has no gate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from izwi.engines import Message
from izwi.llm.lexical import LexicalHead
from izwi.llm.plain_words import plain_words
from izwi.llm.reckon import given_name


@dataclass(frozen=True)
class Gate:
    """Topic names in the order of their tokens, the threshold in [0, 1], how much the model may read (exchanges and
    tokens), the replies that greet a name, the wordings that give one and the words around it, the replies of
    topics that copy or reckon, by topic and language, and the lexical head with the trust it has, in [0, 1].
    """

    topics: tuple[str, ...]
    languages: tuple[str, ...]
    threshold: float
    unknown: str
    exchanges: int
    context: int
    remembered: tuple[re.Pattern[str], ...]
    naming: tuple[re.Pattern[str], ...]
    ordinary: frozenset[str]
    exact: dict[str, dict[str, list[str]]]
    trust: float
    head: LexicalHead | None

    @staticmethod
    def read(path: Path) -> Gate | None:
        """The gate in `path`, or None when there is no such file."""
        if not path.exists():
            return None
        data = json.loads(path.read_text(encoding="utf-8"))
        return Gate(
            topics=tuple(data["topics"]),
            languages=tuple(data["languages"]),
            threshold=float(data["threshold"]),
            unknown=data["unknown"],
            exchanges=int(data["exchanges"]),
            context=int(data["context"]),
            remembered=tuple(re.compile(pattern) for pattern in data["remembered"]),
            naming=tuple(re.compile(pattern) for pattern in data["naming"]),
            ordinary=frozenset(data["ordinary"]),
            exact=data["exact"],
            trust=float(data["trust"]),
            head=LexicalHead(lexical) if (lexical := path.with_name("lexical.npz")).exists() else None,
        )

    def topic_tokens(self) -> list[str]:
        return [f"<|topic:{topic}|>" for topic in self.topics]

    def language_token(self, language: str) -> str:
        return f"<|{language}|>"

    def likeliest(self, logits: npt.NDArray[np.float32], text: str) -> tuple[str, float]:
        """The likeliest topic of `text` and the confidence in it; `logits` are the model's, in the order of the topics.

        A product of experts (Hinton, 2002): log-probabilities added, the lexical head's weighted by ``trust``.
        """
        joint = logits - logits.max()
        joint = joint - np.log(np.exp(joint).sum())
        plain = plain_words(text)
        if self.head is not None and plain:
            joint = (1 - self.trust) * joint + self.trust * self.head.log_odds(plain)
        odds = np.exp(joint - joint.max())
        odds /= odds.sum()
        best = int(odds.argmax())
        return self.topics[best], float(odds[best])

    def decide(self, logits: npt.NDArray[np.float32], text: str) -> str:
        """The topic to answer: the likeliest, or ``unknown`` when the confidence is below the threshold."""
        topic, confidence = self.likeliest(logits, text)
        return topic if confidence >= self.threshold else self.unknown

    def exact_reply(self, topic: str, language: str, values: dict[str, str], choice: int) -> str | None:
        """A whole reply for a topic that copies or reckons, None for the others.

        Of the replies whose placeholders are all known, those with the most placeholders; `choice` picks among them.
        """
        if topic not in self.exact:
            return None
        marks = {reply: re.findall(r"\{(\w+)\}", reply) for reply in self.exact[topic][language]}
        fitting = [reply for reply, needed in marks.items() if all(values.get(name) for name in needed)]
        most = max((len(marks[reply]) for reply in fitting), default=0)
        best = [reply for reply in fitting if len(marks[reply]) == most]
        return best[choice % len(best)].format_map(values) if best else None

    def name_known(self, messages: Sequence[Message]) -> str | None:
        """The newest name that a reply has greeted."""
        replies = [message.text for message in messages if message.role == "assistant"]
        known = [match["name"] for text in replies for p in self.remembered if (match := p.match(text))]
        return known[-1] if known else None

    def name_given(self, text: str) -> str | None:
        """The name given in `text`, which speaks of a name."""
        return given_name(plain_words(text), self.naming, self.ordinary)

    def view(self, messages: Sequence[Message]) -> list[Message]:
        """What the model is shown: the system line, the newest exchanges, and the one in which the user gave a name.

        The model was taught short histories only; a name given long ago must not be lost with them.
        """
        system = [message for message in messages if message.role == "system"][:1]
        talk = [message for message in messages if message.role != "system"]
        history, last = talk[:-1], talk[-1:]
        exchanges = [history[i : i + 2] for i in range(len(history) % 2, len(history), 2)]
        recent = exchanges[-self.exchanges :] if self.exchanges else []
        named = [pair for pair in exchanges if any(p.match(pair[1].text) for p in self.remembered)][-1:]
        shown = [pair for pair in named if not any(pair is kept for kept in recent)] + recent
        flat = [message for pair in shown for message in pair] + last
        return system + [Message(m.role, plain_words(m.text)) if m.role == "user" else m for m in flat]
