"""Short openers ("Let me see …") that bridge a wait, spoken only when the reply is predicted to be late.

What they say is fitted to the mood and the question, their sound is kept per voice, language and style, and none is
used twice in a row. The same store keeps the sound of the greeting.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from izwi.audio import Pcm, join
from izwi.engines import TTS, Cost, Style
from izwi.languages import languages, pack

log = logging.getLogger(__name__)

#: A reply later than this many seconds after the turn was taken gets an opener.
LATE = 0.3
#: Words the model writes before the voice can begin.
FIRST_PHRASE = 7


@dataclass
class Openers:
    """Shared by all conversations on the same engines.

    ``reply`` learns how long a reply's first sound takes from the moment its question is understood.
    """

    reply: Cost = field(default_factory=Cost)
    sounds: dict[tuple[str, str, Style, str], Pcm] = field(default_factory=dict)

    def expect(self, llm: Cost, voice: Cost) -> None:
        """Until a reply has been timed, what its engines cost when they were warmed up says how long one will take."""
        if not self.reply.seen and llm.seen and voice.seen:
            self.reply.learn(llm.first + FIRST_PHRASE * llm.rate + voice.first, 0.0)

    def late(self, thinking: float) -> bool:
        """Whether a reply that has been thought about for ``thinking`` seconds will probably come late from now."""
        return self.reply.seen > 0 and self.reply.first - thinking > LATE

    def choose(self, question: str, language: str, voice: TTS, style: Style, last: str) -> tuple[str, Pcm] | None:
        """An opener for ``question`` whose sound is ready, other than ``last``; None if there is none."""
        lines = [*_mood(language, style), *_kind(question, language), *pack(language).lines["opener"]]
        for line in dict.fromkeys(lines):
            sound = self.sounds.get((voice.name, language, style, line))
            if line != last and sound is not None:
                return line, sound
        return None

    async def prepare(self, language: str, voice: TTS, style: Style) -> None:
        """Render the openers still missing, those of ``language`` first; a voice that cannot leaves them out."""
        for code in dict.fromkeys((language, *languages())):
            lines = pack(code).lines
            for line in (*_mood(code, style), *lines.get("opener_question", ()), *lines["opener"]):
                key = (voice.name, code, style, line)
                if key in self.sounds or code not in voice.languages:
                    continue
                try:
                    pieces = [piece async for piece in voice.synthesize_stream(line, code, style)]
                except Exception as error:
                    return log.info("no openers in %s: %s", voice.name, error)
                if pieces:
                    self.sounds[key] = join(pieces)
                await asyncio.sleep(0)


def _mood(language: str, style: Style) -> tuple[str, ...]:
    """The openers of a style with a feeling in it: who was sad or angry is first of all heard."""
    return pack(language).lines.get(f"opener_{style.emotion}", ())


def _kind(question: str, language: str) -> tuple[str, ...]:
    """The openers for a question proper; none for a greeting or a statement."""
    words = set(question.casefold().split())
    lines = pack(language).lines
    return lines.get("opener_question", ()) if words & set(lines.get("question_words", ())) else ()
