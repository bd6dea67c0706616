"""From what was heard to how the answer is given: a two-layer network that has learned the table of manners, smoothed.

The network sees the utterance's probabilities, whether they are sure, the session's mood so far, and the situation. It
was trained by imitation (``models/recipes/emotion/policy.py``); its 30 inputs are those of ``view``.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from izwi.emotion.frames import Floats
from izwi.emotion.manners import Situation
from izwi.emotion.recogniser import EMBEDDED, EMOTIONS, softmax
from izwi.emotion.style import guidance_for, patience_for
from izwi.engines import Emotion, EmotionTag

#: How much the newest utterance weighs in the mood.
MOOD_WEIGHT = 0.5
#: How much the newest wish weighs in the answer. Calm is given at once; anything else weighs as much as it is sure.
GRAVE, GRAVE_WEIGHT, UNSURE_WEIGHT = ("sad", "angry", "fearful"), 0.9, 0.35
#: An answer changes only for one that is this much more probable: the voice does not flicker.
LEAD = 0.15
#: Below this no feeling of the session so far stands out ("none" in the table).
MOOD_STANDS_OUT = 0.35


@dataclass(frozen=True, slots=True)
class Answer:
    """How to answer: the voice's ``emotion``, one line of ``guidance`` for the words (may be empty), and the factor by
    which the end of the next turn is awaited longer (``patience``)."""

    emotion: Emotion
    guidance: str
    patience: float


def view(heard: EmotionTag, mood: Floats, situation: Situation) -> Floats:
    """The network's 30 inputs, each within [0, 1] or nearly."""
    chances = np.array([heard.probabilities.get(e, 0.0) for e in EMOTIONS]) * heard.sure
    best = np.eye(len(EMOTIONS))[EMOTIONS.index(heard.emotion)] * heard.sure
    stands_out = (mood >= max(MOOD_STANDS_OUT, mood.max())).astype(float)
    _, often, night = situation.words()
    context = (
        1.0 - heard.sure,
        min(situation.turn, 10) / 10.0,
        float(situation.turn > 1),
        min(situation.barge_ins, 4) / 4.0,
        float(often == "often"),
        float(night == "night"),
    )
    return np.concatenate((chances, best, mood, stands_out, context))


class Policy:
    """The learned manners; one for all sessions."""

    def __init__(self, folder: Path = EMBEDDED) -> None:
        """Raises ``FileNotFoundError``."""
        with np.load(folder / "policy.npz") as kept:
            self._first, self._first_bias = kept["first"], kept["first_bias"]
            self._second, self._second_bias = kept["second"], kept["second_bias"]

    def wish(self, heard: EmotionTag, mood: Floats, situation: Situation) -> Floats:
        """How fitting each of the six answers is: probabilities, ``[6]``. ``mood`` is ``[6]``, see ``Mood``."""
        hidden = np.maximum(view(heard, mood, situation) @ self._first + self._first_bias, 0.0)
        return softmax(hidden @ self._second + self._second_bias)


def _weight(heard: EmotionTag) -> float:
    if not heard.sure:
        return UNSURE_WEIGHT
    return GRAVE_WEIGHT if heard.emotion in GRAVE else heard.probabilities.get(heard.emotion, 0.0)


class Mood:
    """One session's feelings: what was heard so far, and with which ``emotion`` it is being answered."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._heard = np.zeros(len(EMOTIONS))
        self._wish = np.eye(len(EMOTIONS))[EMOTIONS.index("neutral")]
        self.emotion: Emotion = "neutral"

    def copy(self) -> Mood:
        """A mood to try an answer on: this one stays as it is."""
        return copy(self)

    @property
    def state(self) -> dict[str, Any]:
        """What a session has to keep of it, as JSON's own types."""
        return {"heard": self._heard.tolist(), "wish": self._wish.tolist(), "emotion": self.emotion}

    @state.setter
    def state(self, state: dict[str, Any]) -> None:
        """Raises ``ValueError`` or ``KeyError`` for what is no state of a mood."""
        heard, wish = (np.asarray(state[name], float) for name in ("heard", "wish"))
        if not heard.shape == wish.shape == (len(EMOTIONS),) or state["emotion"] not in EMOTIONS:
            raise ValueError("that is no mood")
        self._heard, self._wish, self.emotion = heard, wish, state["emotion"]

    def respond(self, heard: EmotionTag, situation: Situation) -> Answer:
        """Take one utterance's tag and say how to answer it."""
        wish = self._policy.wish(heard, self._heard, situation)
        self._wish = self._wish + _weight(heard) * (wish - self._wish)
        best = EMOTIONS[int(self._wish.argmax())]
        if self._wish.max() >= self._wish[EMOTIONS.index(self.emotion)] + LEAD:
            self.emotion = best
        now = np.array([heard.probabilities.get(e, 0.0) for e in EMOTIONS]) * heard.sure
        self._heard = self._heard + MOOD_WEIGHT * (now - self._heard)
        felt = heard.emotion if heard.sure else "neutral"
        return Answer(self.emotion, guidance_for(felt), patience_for(felt))
