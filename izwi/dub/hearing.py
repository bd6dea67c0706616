"""What is said in a segment, when each word, and in which feeling."""

from __future__ import annotations

import asyncio

from izwi.asr.alignment import evenly
from izwi.audio import LISTENING_RATE, Pcm
from izwi.dub.timeline import Cues, Segment, Word, replace
from izwi.emotion.features import features
from izwi.emotion.prosody import prosody
from izwi.engines import ASR, EmotionRecogniser
from izwi.tts.post import loudness

#: Seconds of the surroundings a recogniser hears with a segment.
MARGIN = 0.1


def excerpt(sound: Pcm, start: float, end: float, margin: float = 0.0) -> Pcm:
    """The sound from ``start`` to ``end`` seconds and ``margin`` on either side, as far as there is any."""
    first, last = round((start - margin) * sound.rate), round((end + margin) * sound.rate)
    return Pcm(sound.samples[max(0, first) : max(0, last)], sound.rate)


async def transcribed(segment: Segment, heard: Pcm, asr: ASR) -> Segment:
    """``segment`` with its text and language; ``heard`` is the whole clip at 16 kHz."""
    speech = excerpt(heard, segment.start, segment.end, MARGIN)
    async for chunk in asr.transcribe_stream(speech):
        if chunk.final:
            text = " ".join(chunk.text.split())
            return replace(
                segment, text=text, language=chunk.language, confidence=round(chunk.confidence, 3), unsure=chunk.unsure
            )
    return segment


async def timed(segment: Segment, heard: Pcm, asr: ASR) -> Segment:
    """``segment`` with the times of the words of its text."""
    speech = excerpt(heard, segment.start, segment.end, MARGIN)
    before = segment.start - max(0.0, segment.start - MARGIN)
    words = segment.text.split()
    align = getattr(asr, "align", None)
    found = await align(speech, segment.text, segment.language) if align and words else []
    offset = segment.start - before
    if len(found) != len(words):
        found, offset = evenly(words, segment.seconds), segment.start
    clock = [(word.text, round(word.start + offset, 3), round(word.end + offset, 3)) for word in found]
    return replace(segment, words=tuple(Word(*word) for word in clock))


async def felt(segment: Segment, heard: Pcm, emotion: EmotionRecogniser | None, pause: float) -> Segment:
    """``segment`` with its feeling and cues; ``pause`` is the silence before it, in seconds."""
    speech = excerpt(heard, segment.start, segment.end)
    tag = await emotion.recognise(speech) if emotion else None
    figures = await asyncio.to_thread(lambda: prosody(features(speech.floats)))
    cues = Cues(
        pitch=round(float(figures.f0), 1),
        pitch_range=round(float(figures.f0_range), 1),
        loudness=round(float(loudness(speech.floats, LISTENING_RATE)), 2),
        rate=round(float(figures.rate), 2),
        pause=pause,
    )
    if tag is None:
        return replace(segment, cues=cues)
    return replace(segment, cues=cues, emotion=tag.emotion if tag.sure else "neutral", sure=tag.sure)
