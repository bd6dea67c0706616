"""The room a clip was recorded in: what is heard where nobody speaks, and how its speech is coloured.

A dubbed segment replaces the original voice by the room's own background, woven from the pauses nearby, and the new
voice is filtered towards the colour of the original speech.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from izwi.audio import Floats, Pcm
from izwi.dub.spans import Span
from izwi.tts.spectrum import Bands, design, levels

#: Seconds: kept away from speech, the shortest pause that shows the room, a grain of background, and how much of the
#: nearest background is woven from.
MARGIN, SHORTEST, GRAIN, ENOUGH = 0.06, 0.08, 0.16, 2.0
#: The voice is brought all the way to the room, within so many dB.
STRENGTH, MOST, ROUNDS, TAPS = 1.0, 20.0, 4, 1025
#: Seconds of a sound from which its colour is learned.
HEARD = 60.0
#: At least this share of a band's power is taken for speech when the background is subtracted.
LEAST_SPEECH = 0.05


def pauses(spans: Sequence[Span], seconds: float) -> list[Span]:
    """Where nobody speaks, kept clear of speech; when there are no such places, none."""
    edges = [0.0, *(edge for span in spans for edge in span), seconds]
    starts, ends = edges[::2], edges[1::2]
    clear = [
        (start + MARGIN * (start > 0), end - MARGIN * (end < seconds)) for start, end in zip(starts, ends, strict=True)
    ]
    return [(start, end) for start, end in clear if end - start >= SHORTEST]


class Background:
    """What the room sounds like without speech, anywhere in the clip."""

    def __init__(self, clip: Pcm, spans: Sequence[Span]) -> None:
        """``spans`` is the speech in the clip, in seconds."""
        self._clip, self._rate = clip, clip.rate
        self._pauses = pauses(spans, clip.seconds)

    def woven(self, start: float, end: float) -> Floats:
        """Background for ``start`` to ``end`` seconds: grains of the nearest pauses, overlapped at equal power."""
        length = round(end * self._rate) - round(start * self._rate)
        pieces = self._near((start + end) / 2)
        if not pieces or length <= 0:
            return np.zeros(max(0, length), np.float32)
        grain = min(round(GRAIN * self._rate), *(len(piece) for piece in pieces)) // 2 * 2
        window = np.sin(np.pi * (np.arange(grain) + 0.5) / grain).astype(np.float32)  # squares of two halves sum to one
        chance = np.random.default_rng(round(start * self._rate))
        weights = np.array([len(piece) for piece in pieces], float)
        woven = np.zeros(length + 2 * grain, np.float32)
        for at in range(0, length + grain, grain // 2):
            piece = pieces[int(chance.choice(len(pieces), p=weights / weights.sum()))]
            first = int(chance.integers(len(piece) - grain + 1))
            woven[at : at + grain] += piece[first : first + grain] * window
        return woven[grain // 2 : grain // 2 + length]

    def heard(self) -> Floats:
        """The background there is, one pause after another, at most ``HEARD`` seconds."""
        pieces = [np.zeros(0, np.float32), *(self._cut(pause) for pause in self._pauses)]
        return np.concatenate(pieces)[: round(HEARD * self._rate)]

    def _near(self, time: float) -> list[Floats]:
        """The background nearest to ``time``, ``ENOUGH`` seconds of it where there is so much."""
        chosen: list[Floats] = []
        for start, end in sorted(self._pauses, key=lambda pause: max(pause[0] - time, time - pause[1])):
            near = (start, min(end, start + ENOUGH)) if start > time else (max(start, end - ENOUGH), end)
            chosen.append(self._cut(near))
            if sum(map(len, chosen)) >= ENOUGH * self._rate:
                break
        return chosen

    def _cut(self, span: Span) -> Floats:
        return Pcm(self._clip.samples[round(span[0] * self._rate) : round(span[1] * self._rate)], self._rate).floats


def speech_levels(speech: Floats, background: Floats, rate: int) -> Bands:
    """Band levels (dB, see `levels`) of the voice in ``speech``, with the power of the background taken out."""
    together = 10 ** (levels(speech, rate) / 10)
    if len(background) < 0.2 * rate:
        return np.asarray(10 * np.log10(together), np.float64)
    alone = np.maximum(together - 10 ** (levels(background, rate) / 10), LEAST_SPEECH * together)
    return np.asarray(10 * np.log10(alone), np.float64)


def colour(voice: Floats, original: Bands, rate: int) -> Floats:
    """The FIR filter (no delay) that brings ``voice`` to the colour of ``original``; level is left as it is.

    A short filter cannot follow every band at once, so what it misses is asked for again.
    """
    from scipy.signal import oaconvolve

    wanted = reference = shape(original)
    unfiltered = shape(levels(voice, rate))
    best, least = np.ones(1, np.float32), float("inf")
    for _ in range(ROUNDS):
        taps = design(unfiltered, wanted, rate, STRENGTH, MOST, TAPS)
        missed = reference - shape(levels(oaconvolve(voice, taps), rate))
        off = float(np.sqrt(np.nanmean(missed**2)))
        if off < least:
            best, least = taps, off
        wanted = wanted + missed
    return best


def shape(bands: Bands) -> Bands:
    """Band levels about their mean: what is left when loudness does not count."""
    return np.asarray(bands - np.nanmean(bands), np.float64)


def distance(one: Bands, other: Bands) -> float:
    """How differently two sounds are coloured: root mean square over the bands, in dB."""
    return float(np.sqrt(np.nanmean(np.square(shape(one) - shape(other)))))
