"""How one answer is given, by what was heard in the voice that asked."""

from __future__ import annotations

from dataclasses import dataclass

from izwi.engines import Emotion


@dataclass(frozen=True, slots=True)
class Tone:
    """``heard`` is what the user's voice sounded like ("unsure" when it cannot be told, "" while nothing was heard);
    ``emotion`` is how the answer is to sound, ``guidance`` one line for the model (may be empty)."""

    heard: str = ""
    emotion: Emotion = "neutral"
    guidance: str = ""
