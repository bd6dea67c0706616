"""What a dub of a clip with known words and times is worth, measured on the sound it gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from izwi.asr.fusion import distance as unlike
from izwi.audio import Floats, Pcm
from izwi.dub.example import Example
from izwi.dub.hearing import excerpt
from izwi.dub.room import distance
from izwi.dub.store import Store
from izwi.dub.timeline import Segment, Timeline
from izwi.engines import ASR
from izwi.languages import pack
from izwi.tts.post import loudness
from izwi.tts.spectrum import levels

#: Seconds a voice may have been moved from its start when it is looked for.
AROUND = 0.15


@dataclass(frozen=True)
class Figures:
    """``starts``: seconds each dubbed segment's voice begins after the line it replaces (found by correlation in the
    sound); ``length``: share by which the whole is longer; ``loudness``: LU louder; ``colour`` and ``plain``: distance
    in dB to the original's long-term spectrum, with and without the match; ``jump``: the largest rise of energy in
    10 ms at a splice over its surroundings, in dB; ``heard``: share of letters of each dubbed line that a recogniser
    finds in the dub; ``left``: the original voice's level that remains in its dubbed segments, in dB of itself.
    """

    starts: tuple[float, ...]
    length: float
    loudness: float
    colour: float
    plain: float
    jump: float
    heard: tuple[float, ...]
    left: float

    def table(self) -> str:
        """One figure a line, with what it must be."""
        worst = max(map(abs, self.starts), default=0.0)
        rows = (
            ("latest or earliest start", f"{1000 * worst:.0f} ms", "≤ 80 ms"),
            ("length", f"{100 * self.length:+.2f} %", "within 2 %"),
            ("loudness", f"{self.loudness:+.2f} LU", "within 1 LU"),
            ("spectrum distance, matched", f"{self.colour:.2f} dB", f"≤ {self.plain / 2:.2f} dB"),
            ("spectrum distance, not matched", f"{self.plain:.2f} dB", ""),
            ("energy jump at a splice", f"{self.jump:+.1f} dB", "≤ 6 dB"),
            ("letters heard, mean", f"{100 * float(np.mean(self.heard)):.0f} %", ""),
            ("letters heard, worst line", f"{100 * min(self.heard):.0f} %", "≥ 60 %"),
            ("original voice left", f"{self.left:.0f} dB", "≤ −20 dB"),
        )
        return "\n".join(f"{name:<32}{value:>12}   {wanted}" for name, value, wanted in rows)


async def measured(example: Example, dub: Timeline, plain: Timeline, store: Store, asr: ASR) -> Figures:
    """The figures of ``dub``; ``plain`` is the same dub made without the match."""
    assert dub.sound is not None
    assert plain.sound is not None
    places = [(start, end) for start, end, _ in example.lines]
    numbers = [segment.number - 1 for segment in dub.dubbed]
    original = _speech(example.sound, places, numbers)
    return Figures(
        starts=tuple(_start(dub.sound, s, store) - places[s.number - 1][0] for s in dub.dubbed),
        length=dub.sound.seconds / example.sound.seconds - 1,
        loudness=loudness(dub.sound.floats, dub.rate) - loudness(example.sound.floats, dub.rate),
        colour=distance(levels(_speech(dub.sound, places, numbers), dub.rate), levels(original, dub.rate)),
        plain=distance(levels(_speech(plain.sound, places, numbers), dub.rate), levels(original, dub.rate)),
        jump=max(_jumps(dub), default=0.0),
        heard=tuple([await _heard(dub, segment, asr) for segment in dub.dubbed]),
        left=_left(example, dub.sound, [places[number] for number in numbers]),
    )


def _speech(sound: Pcm, places: Sequence[tuple[float, float]], numbers: Sequence[int]) -> Floats:
    return np.concatenate([excerpt(sound, *places[number]).floats for number in numbers])


def _start(sound: Pcm, segment: Segment, store: Store) -> float:
    """When the segment's voice begins in ``sound``: where it correlates best."""
    made = store.read(segment.audio)
    assert made is not None
    assert made.sound is not None
    from scipy.signal import correlate

    voice = made.sound.floats[: round(0.5 * sound.rate)]
    around = excerpt(sound, segment.start, segment.start + len(voice) / sound.rate, AROUND).floats
    first = max(0, round((segment.start - AROUND) * sound.rate))
    return (first + int(np.argmax(correlate(around, voice, "valid")))) / sound.rate


def _jumps(dub: Timeline) -> list[float]:
    """At each start and end of a dubbed segment: 10 ms of high-passed energy over the most within 60 ms of it."""
    assert dub.sound is not None
    rate, size = dub.rate, dub.rate // 100
    clear = np.diff(dub.sound.floats, n=2)
    found = []
    for segment in dub.dubbed:
        for edge in (segment.start, segment.end, segment.spoken_end):
            middle = round(edge * rate)
            frames = [clear[max(0, middle + k * size) : middle + (k + 1) * size] for k in range(-7, 7)]
            energy = np.array([float(np.mean(frame**2)) if len(frame) else 0.0 for frame in frames]) + 1e-12
            near, rest = energy[6:8].max(), np.concatenate([energy[:6], energy[8:]]).max()
            found.append(float(10 * np.log10(near / rest)))
    return found


async def _heard(dub: Timeline, segment: Segment, asr: ASR) -> float:
    assert dub.sound is not None
    text = ""
    async for chunk in asr.transcribe_stream(
        excerpt(dub.sound, segment.start, max(segment.end, segment.spoken_end), 0.1), dub.target
    ):
        text = chunk.text
    return 1 - unlike(_letters(pack(dub.target).normalise(segment.translation)), _letters(text))


def _letters(text: str) -> str:
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def _left(example: Example, sound: Pcm, places: Sequence[tuple[float, float]]) -> float:
    """The largest share of an original line's voice still in the dub, by projection, in dB."""
    shares = []
    for start, end in places:
        first, last = round(start * sound.rate), round(end * sound.rate)
        voice, now = example.voice[first:last], sound.floats[first:last]
        shares.append(abs(float(voice @ now)) / float(voice @ voice))
    return float(20 * np.log10(max(shares) + 1e-6))
