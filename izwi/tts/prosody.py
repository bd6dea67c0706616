"""What an emotion means to a voice: one table that every engine maps as far as it can."""

from __future__ import annotations

from dataclasses import dataclass

from izwi.engines import Emotion, Style


@dataclass(frozen=True, slots=True)
class Prosody:
    """``rate``, ``pitch`` and ``range`` are factors of the voice's own; ``energy`` is in dB.

    ``noise`` is the VITS noise scale of the timbre (that of the durations stays: it would move the rate by chance);
    ``wish`` is the instruction given to voices that read one.
    """

    rate: float
    pitch: float
    range: float
    energy: float
    noise: float
    wish: str


#: Kept in the sound of our own voices (tests/tts/test_promise.py). A first guess: nobody has listened to it yet.
EMOTIONS: dict[Emotion, Prosody] = {
    "neutral": Prosody(1.0, 1.0, 1.0, 0.0, 0.667, "Speak in a neutral, friendly voice."),
    "calm": Prosody(0.91, 0.98, 0.7, -1.5, 0.55, "Speak calmly and softly, without hurry."),
    "happy": Prosody(1.09, 1.06, 1.75, 1.0, 0.75, "Speak happily, with a smile in the voice."),
    "sad": Prosody(0.85, 0.95, 0.2, -2.5, 0.5, "Speak gently and slowly, with compassion."),
    "angry": Prosody(1.11, 1.02, 1.2, 2.5, 0.8, "Speak firmly and with energy."),
    "fearful": Prosody(1.14, 1.07, 1.2, 0.0, 0.85, "Speak as if slightly worried, a little breathless."),
}


def prosody(style: Style) -> Prosody:
    """The emotion's own prosody times the factors the style asks for, within what stays intelligible."""
    base = EMOTIONS[style.emotion]
    return Prosody(
        rate=min(2.0, max(0.5, base.rate * style.rate)),
        pitch=min(1.5, max(0.67, base.pitch * style.pitch)),
        range=base.range,
        energy=min(2.5, max(-2.5, base.energy + style.energy)),
        noise=base.noise,
        wish=base.wish,
    )
