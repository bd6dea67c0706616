"""How this user wants to be spoken to: the pace and loudness they asked for, their name, and the respect due to age."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from izwi.dialogue.intents import Answer
from izwi.engines import Style
from izwi.languages.english import numbers as english
from izwi.languages.shona import counting

#: One step of "slower" (a factor) and of "louder" (dB), and how far either may go.
SLOWER, SLOWEST, FASTEST = 0.85, 0.6, 1.6
LOUDER, SOFTEST, LOUDEST = 3.0, -12.0, 6.0
#: Whoever says they are younger is spoken to familiarly; everyone else in the plural of respect.
GROWN_UP = 18

_AGE = {
    "en": re.compile(r"\bi(?:'m| am) (?P<age>\w+(?:[ -]\w+)?) years old\b"),
    "sn": re.compile(r"\bndine makore (?P<age>\d+|\w+(?: \w+){0,4})"),
}


@dataclass
class Manner:
    """Lives as long as the session. ``familiar``: the user is young, and is not spoken to in the plural of respect."""

    style: Style = field(default_factory=Style)
    name: str = ""
    familiar: bool = False

    def listen(self, heard: str, language: str) -> None:
        """Note an age that the user tells by the way."""
        if (years := age(heard, language)) is not None:
            self.familiar = years < GROWN_UP

    def heed(self, instant: Answer) -> None:
        """Do what the user asked for beside an answer."""
        if instant.action == "name":
            self.name = instant.value
        elif instant.action in ("slower", "faster"):
            rate = self.style.rate * (SLOWER if instant.action == "slower" else 1 / SLOWER)
            self.style = replace(self.style, rate=min(FASTEST, max(SLOWEST, rate)))
        elif instant.action in ("louder", "softer"):
            energy = self.style.energy + (LOUDER if instant.action == "louder" else -LOUDER)
            self.style = replace(self.style, energy=min(LOUDEST, max(SOFTEST, energy)))


def age(heard: str, language: str) -> int | None:
    """The age the speaker says they have, in words or figures; None when they say none."""
    pattern = _AGE.get(language)
    said = pattern.search(heard.casefold().replace("’", "'")) if pattern else None
    if said is None:
        return None
    if said["age"].isdigit():
        return int(said["age"]) if len(said["age"]) < 4 else None
    words = re.findall(r"[^\W\d_]+", said["age"])
    return (counting.parse if language == "sn" else english.parse)(words, 0)[0]
