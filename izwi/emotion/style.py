"""How a feeling is passed on: the voice's style, one line of guidance for the words, the turn's patience.

What an emotion does to rate, pitch and energy is every voice's own table (``izwi/tts/prosody.py``). The factors here
come on top of it, where a language wants less or more.
"""

from __future__ import annotations

from dataclasses import replace

from izwi.engines import Emotion, Style

#: Rate and pitch on top of the voice's own. Shona's tones and long penultimates carry meaning, so it takes a fifth less
#: of every change (a guess; nobody has listened to it yet).
_NUANCE: dict[str, dict[Emotion, tuple[float, float]]] = {
    "sn": {
        "calm": (1.02, 1.0),
        "happy": (0.985, 0.99),
        "sad": (1.03, 1.01),
        "angry": (0.98, 1.0),
        "fearful": (0.975, 0.985),
    },
}

_GUIDANCE: dict[Emotion, str] = {
    "neutral": "",
    "calm": "",
    "happy": "The user sounds happy: share the joy in a few bright words.",
    "sad": "The user sounds sad: be warm and gentle, and acknowledge it before anything else.",
    "angry": "The user sounds angry: stay calm and respectful, do not argue, say what can be done.",
    "fearful": "The user sounds afraid: be steady and reassuring, one small step at a time.",
}

#: Factor on the silence that ends a turn: who is moved pauses longer.
_PATIENCE: dict[Emotion, float] = {
    "neutral": 1.0,
    "calm": 1.1,
    "happy": 1.0,
    "sad": 1.3,
    "angry": 1.1,
    "fearful": 1.2,
}


def style_for(emotion: Emotion, language: str, wanted: Style = Style()) -> Style:
    """The style of a voice that speaks ``language`` (its two-letter code) with ``emotion``, as the user ``wanted``."""
    rate, pitch = _NUANCE.get(language, {}).get(emotion, (1.0, 1.0))
    return replace(wanted, emotion=emotion, rate=wanted.rate * rate, pitch=wanted.pitch * pitch)


def guidance_for(heard: Emotion) -> str:
    """One English line for the model's prompt about what was heard; empty where there is nothing to say."""
    return _GUIDANCE[heard]


def patience_for(heard: Emotion) -> float:
    """The factor by which to wait longer for the end of the turn."""
    return _PATIENCE[heard]
