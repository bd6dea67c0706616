"""Duck, then decide: the reply is lowered at the first sign of the user's voice; only real speech stops it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from izwi.audio import LISTENING_RATE, Samples

#: Sounds that say "I am listening", in either language; the empty text is a cough or a noise.
_SOUNDS = frozenset({"", "m", "mm", "mmm", "mhm", "mm hm", "hm", "hmm", "h", "uh", "huh", "uh huh", "ah", "aha", "oh"})
#: What a recogniser that knows only words makes of them, and is sure of.
HUMS = _SOUNDS | {"a", "aa", "am", "em", "ha"}
#: What a recogniser that knows only words makes of "uh-huh" ("a her", "ha"), and is unsure of.
BREATHED = re.compile(r"([aeu] ?)?h[aeiou]r?")
#: Many a conversation begins with it; none of 120 hums by 10 voices became it.
GREETING = "hi"
#: Words that say the same while the other still has something to say, and are an answer once they have not.
_WORDS = frozenset({"ehe", "ee", "eh", "hongu", "ok", "okay", "yeah", "yes", "right", "zvakanaka", "ndizvo"})
#: "Uh-huh", to a recogniser that has been told stories.
NODS = _WORDS | {"a hare"}
#: Seconds of reply still to come that make a nod a nod.
MORE_TO_COME = 1.5
#: Letters of what a recogniser makes of a hum ("nah", "me", "a").
SHORT = 3
#: A closed mouth lets little out above 1 kHz: in 24 hums by 8 voices at most −9.4 dB of the whole, in four of five
#: openings of 80 sentences by the same voices more.
BRIGHT, CLOSED = 1000.0, -9.0
FRAME = 512


def closed(speech: Samples) -> bool:
    """Whether ``speech`` (int16, 16 kHz, at least one frame) so far sounds as with the mouth closed: a hum, perhaps."""
    count = len(speech) // FRAME
    frames = speech[len(speech) - count * FRAME :].reshape(count, FRAME) / 32768.0 * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    loudness = power.sum(1)
    power = power[loudness > 0.05 * loudness.max(initial=0.0)]
    bright = power[:, round(BRIGHT / LISTENING_RATE * FRAME) :].sum()
    return bool(bright < power.sum() * 10 ** (CLOSED / 10))


def backchannel(text: str, to_come: float, unsure: bool = False, hummed: bool = True) -> bool:
    """Whether ``text``, said into a reply with ``to_come`` seconds left, only means "go on".

    A recogniser that knows words makes one of a hum too, a short one, but is ``unsure`` of it; ``hummed`` says whether
    it can have been a hum, where nothing else tells. The beginning of a nod counts as one: there will be more of it, or
    it was all.
    """
    words, nodding = " ".join(re.findall(r"[\w']+", text.casefold())), to_come > MORE_TO_COME
    if words == GREETING:
        return False
    if words in HUMS or (unsure and BREATHED.fullmatch(words)):
        return True
    if unsure and len(words) <= SHORT:
        return hummed or nodding
    return nodding and any(nod.startswith(words) for nod in NODS)


@dataclass
class BargeIn:
    """One possible interruption.

    After ``least`` seconds of speech it is judged by its words, where the recogniser is quick enough for that, and
    every ``again`` seconds more until they tell; after ``surely`` seconds it is real whatever the words.
    """

    least: float = 0.2
    again: float = 0.06
    surely: float = 0.6
    pending: bool = False
    _next: float = 0.2

    def begin(self) -> None:
        """The user seems to have begun to speak while we do."""
        self.pending, self._next = True, self.least

    def due(self, voiced: float) -> bool:
        """Whether ``voiced`` seconds of speech are enough to judge, or to judge again."""
        return self.pending and voiced >= self._next

    def undecided(self, voiced: float) -> None:
        """Its first ``voiced`` seconds sounded like a nod: judge again when there is a little more of it."""
        self._next = voiced + self.again

    def end(self) -> None:
        """It has been decided, either way."""
        self.pending = False
