"""How a feeling sounds, reads and waits: the voice's style, one line of guidance for the words, the turn's patience."""

from __future__ import annotations

from typing import NamedTuple

from izwi.engines import Emotion, Style


class Row(NamedTuple):
    """``rate`` and ``pitch`` are factors of the voice's own, ``energy`` is in dB."""

    rate: float
    pitch: float
    energy: float


#: A voice keeps these promises on its WAV: speaking rate, F0 median and level against its neutral.
STYLES: dict[Emotion, Row] = {
    "neutral": Row(1.00, 1.00, 0.0),
    "calm": Row(0.91, 0.96, -2.0),
    "happy": Row(1.08, 1.10, 1.5),
    "sad": Row(0.85, 0.92, -3.0),
    "angry": Row(1.10, 1.03, 2.5),
    "fearful": Row(1.14, 1.08, 0.0),
}

#: How much of the change of rate and pitch a language takes: Shona's tones and long penultimates carry meaning.
_SHARE = {"sn": 0.8}

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


def style_for(emotion: Emotion, language: str) -> Style:
    """The style of a voice that speaks ``language`` (its two-letter code) with ``emotion``."""
    row, share = STYLES[emotion], _SHARE.get(language, 1.0)
    return Style(emotion, row.rate**share, row.pitch**share, row.energy)


def guidance_for(heard: Emotion) -> str:
    """One English line for the model's prompt about what was heard; empty where there is nothing to say."""
    return _GUIDANCE[heard]


def patience_for(heard: Emotion) -> float:
    """The factor by which to wait longer for the end of the turn."""
    return _PATIENCE[heard]
