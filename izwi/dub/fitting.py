"""A translation spoken in the time the original took: the voice's own rate, then a time stretch, then other words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import numpy as np

from izwi.audio import Pcm, from_floats, join
from izwi.dub.store import Made
from izwi.engines import TTS, EngineFailed, Style

#: A translation is spoken at most this much slower or faster than the voice would by itself.
SLOWEST, FASTEST = 0.8, 1.25
#: Closer to the time there is than this share is close enough.
CLOSE = 0.02
#: Quieter than this is the voice's silence (−46 dBFS).
SILENCE = 0.005

#: A shorter way to say a translation, or nothing.
Shorter = Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Take:
    """One speaking of a text. ``speed`` is how much faster than its own rate the voice spoke; ``stretch`` remains."""

    text: str
    sound: Pcm
    speed: float
    stretch: float

    @property
    def seconds(self) -> float:
        return self.sound.seconds / self.stretch


async def fitted(
    text: str, language: str, style: Style, voice: TTS, slot: float, room: float, shorter: Shorter
) -> Made:
    """``text`` spoken in ``slot`` seconds; ``room`` is how much of the pause behind it may be taken.

    Gives the sound, and as data ``text``, ``speed``, ``stretch`` and ``note`` (empty when all went well). Without sound
    the translation does not fit, and the note says so. Raises ``EngineFailed`` when the voice says nothing.
    """
    notes = []
    take = await _take(text, language, style, voice, slot)
    if take.seconds > slot * (1 + CLOSE) and 0 < len(other := (await shorter()).strip()) < len(text):
        less = await _take(other, language, style, voice, slot)
        if less.seconds < take.seconds:
            take = less
            notes.append("said in fewer words")
    over = take.seconds - slot
    if over > slot * CLOSE + room:
        note = f"the translation takes {take.seconds:.1f} s and there are {slot + room:.1f} s"
        return Made({"text": take.text, "speed": 1.0, "stretch": 1.0, "note": note})
    if over > slot * CLOSE:
        notes.append(f"runs {over:.1f} s into the pause")
    speed, stretch = round(take.speed * take.stretch, 3), round(take.stretch, 3)
    data = {"text": take.text, "speed": speed, "stretch": stretch, "note": "; ".join(notes)}
    return Made(data, stretched(take.sound, take.stretch))


async def _take(text: str, language: str, style: Style, voice: TTS, slot: float) -> Take:
    """``text`` as near to ``slot`` seconds as the limits allow: by the rate of the voice, the rest left to stretch."""
    plain = await said(text, language, style, voice)
    wanted = plain.seconds / slot
    if abs(wanted - 1) <= CLOSE:
        return Take(text, plain, 1.0, 1.0)
    rate = min(FASTEST, max(SLOWEST, wanted))
    sound = await said(text, language, replace(style, rate=style.rate * rate), voice)
    speed = plain.seconds / sound.seconds
    stretch = min(FASTEST / speed, max(SLOWEST / speed, sound.seconds / slot))
    return Take(text, sound, speed, 1.0 if abs(stretch - 1) <= CLOSE / 2 else stretch)


async def said(text: str, language: str, style: Style, voice: TTS) -> Pcm:
    """The whole phrase, without the silence around it. Raises ``EngineFailed`` when there is none."""
    pieces = [piece async for piece in voice.synthesize_stream(text, language, style)]
    sound = join(pieces) if pieces else None
    loud = np.flatnonzero(np.abs(sound.floats) > SILENCE) if sound else np.zeros(0, np.intp)
    if sound is None or not len(loud):
        raise EngineFailed(f"The voice {voice.name} says nothing.")
    return Pcm(sound.samples[loud[0] : loud[-1] + 1], sound.rate)


def stretched(sound: Pcm, factor: float) -> Pcm:
    """``sound`` said ``factor`` times as fast at the same pitch (Signalsmith Stretch)."""
    if factor == 1.0:
        return sound
    from python_stretch.Signalsmith import Stretch

    stretch = Stretch(1)  # seeded: the same sound each time
    stretch.preset(1, sound.rate)
    stretch.timeFactor = factor
    return from_floats(np.asarray(stretch.process(sound.floats[None]), np.float32)[0], sound.rate)
