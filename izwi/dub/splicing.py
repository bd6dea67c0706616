"""Put the new voice into the clip: the original speech faded into background, the dub levelled, coloured, laid in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from izwi.audio import Floats, Pcm, from_floats
from izwi.dub.room import Background
from izwi.dub.timeline import Segment
from izwi.tts.post import CEILING, Limiter, loudness

#: Seconds over which original and background are crossfaded, and over which the dub fades in and out.
CROSSFADE, FADE_IN, FADE_OUT = 0.03, 0.004, 0.02
#: Seconds of the original around a segment that may still hold its voice: a breath before, the room's answer after.
BEFORE, AFTER = 0.08, 0.16
#: The largest change of level a voice gets, in dB.
MOST_GAIN = 30.0


def blended(voice: Floats, taps: Floats, rate: int, target: float) -> Floats:
    """``voice`` filtered and brought to ``target`` LUFS, with its ends faded."""
    from scipy.signal import oaconvolve

    coloured = oaconvolve(voice, taps)[: len(voice)].astype(np.float32)
    gain = min(MOST_GAIN, max(-MOST_GAIN, target - loudness(coloured, rate)))
    coloured *= np.float32(10 ** (gain / 20))
    for seconds, end in ((FADE_IN, slice(None)), (FADE_OUT, slice(None, None, -1))):
        count = min(round(seconds * rate), len(coloured))
        coloured[end][:count] *= np.sin(np.linspace(0, np.pi / 2, count, dtype=np.float32)) ** 2
    return coloured


def without(level: float, background: float) -> float:
    """The loudness (LUFS) that together with ``background`` makes ``level``; at least 1 % of its power."""
    return float(10 * np.log10(max(10 ** (level / 10) - 10 ** (background / 10), 0.01 * 10 ** (level / 10))))


def spliced(clip: Pcm, segments: Sequence[Segment], voices: Sequence[Floats | None], background: Background) -> Pcm:
    """The clip with each segment's voice in the place of the original; None keeps the original to the sample."""
    samples, rate = clip.samples.copy(), clip.rate
    ends = [0.0, *(segment.end for segment in segments)]
    starts = [*(segment.start for segment in segments[1:]), clip.seconds]
    for segment, voice, left, right in zip(segments, voices, ends, starts, strict=False):
        if voice is None:
            continue
        first = round(max(segment.start - BEFORE, (left + segment.start) / 2) * rate)
        last = round(min(segment.end + AFTER, (segment.end + right) / 2) * rate)
        at = round(segment.start * rate)
        part = Pcm(samples[first : max(last, at + len(voice))], rate).floats
        _cover(part, background.woven(first / rate, last / rate), rate)
        part[at - first : at - first + len(voice)] += voice[: len(part) - (at - first)]
        samples[first : first + len(part)] = from_floats(limited(part, rate), rate).samples
    return Pcm(samples, rate)


def _cover(sound: Floats, background: Floats, rate: int) -> None:
    """Lay ``background`` over the beginning of ``sound``, crossfaded at equal power."""
    count = len(background)
    fade = min(round(CROSSFADE * rate), count // 2)
    rise = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    inside = np.concatenate([rise, np.ones(count - 2 * fade, np.float32), rise[::-1]])
    sound[:count] *= np.sqrt(np.maximum(0.0, 1 - inside**2))
    sound[:count] += background * inside


def limited(sound: Floats, rate: int) -> Floats:
    """``sound`` with no sample above the ceiling of every voice here."""
    if float(np.abs(sound).max(initial=0.0)) <= CEILING:
        return sound
    return Limiter(rate).push(sound, last=True)
