"""Izwi's written domain: what people ask in everyday Shona and English, and what Izwi answers.

The text lives in `content/*.toml`, one table a topic, in the grammar of `grammar.py`. It feeds two recipes: speech for
the recogniser (`sentences`) and conversations for the language model (`dialogues`). The held-out wordings of
`tests/data/paraphrases.tsv` are never produced.
"""

from models.recipes.dialogue import sums
from models.recipes.dialogue.conversation import PLACEHOLDERS, Turn, dialogues
from models.recipes.dialogue.domain import LANGUAGES, Topic, heldout, normalise, sentences, topics

__all__ = [
    "LANGUAGES",
    "PLACEHOLDERS",
    "Topic",
    "Turn",
    "dialogues",
    "heldout",
    "normalise",
    "sentences",
    "sums",
    "topics",
]
