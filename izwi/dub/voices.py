"""From translations to sound in the clip's own room: spoken in time and feeling, coloured, levelled, spliced."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from izwi.audio import Floats, Pcm, from_floats
from izwi.dub.fitting import fitted
from izwi.dub.hearing import excerpt
from izwi.dub.room import HEARD, Background, colour, speech_levels
from izwi.dub.spans import Span
from izwi.dub.splicing import blended, spliced, without
from izwi.dub.store import Made, Store, address
from izwi.dub.timeline import Segment, replace
from izwi.dub.translating import Interpreter
from izwi.emotion.style import style_for
from izwi.engines import TTS, EngineFailed
from izwi.tts.post import loudness

#: Seconds of a pause that a long translation leaves free before the next segment.
BREATH = 0.12


class Voices:
    """The second half of a dub, for one clip; ``content`` is the clip's digest."""

    def __init__(
        self, clip: Pcm, spans: Sequence[Span], content: str, interpreter: Interpreter, voice: TTS, store: Store
    ) -> None:
        self._clip, self._content = clip, content
        self._interpreter, self._voice, self._store = interpreter, voice, store
        rungs = getattr(getattr(voice, "ladder", voice), "rungs", ())
        self._voice_is = [voice.name, *rungs]  # a ladder with another voice on it is another voice
        self._background = Background(clip, spans)
        self._next = dict(enumerate([*(start for start, _ in spans[1:]), clip.seconds], 1))
        self._spoken: dict[int, tuple[str, Pcm]] = {}
        self._blended: dict[int, Floats] = {}
        self._taps: Floats = np.ones(1, np.float32)
        self._colour = ""

    async def speak(self, segment: Segment) -> Segment:
        """The translation in the segment's feeling and time; kept, with a note, when that cannot be had."""
        if segment.kept:
            return segment
        target, voice = self._interpreter.target, self._voice
        style = style_for(segment.emotion, target)
        room = max(0.0, self._next[segment.number] - segment.end - BREATH)
        slot, room = round(segment.seconds, 3), round(room, 3)

        async def shorter() -> str:
            return await self._interpreter.shorter(segment)

        async def make() -> Made:
            return await fitted(segment.translation, target, style, voice, slot, room, shorter)

        said = [segment.translation, segment.text, target]  # the text, for its short form in the phrase book
        name = address("speak", said, asdict(style), self._voice_is, slot, room)
        try:
            made = await self._store.get("speak", name, make)
        except EngineFailed as error:
            return replace(segment, kept=True, note=f"{error} The original voice stays.")
        if made.sound is None:
            return replace(segment, kept=True, note=f"{made.data['note']}, so the original voice stays")
        self._spoken[segment.number] = name, made.sound
        return replace(
            segment,
            translation=made.data["text"],
            note="; ".join(filter(None, (segment.note, made.data["note"]))),
            speed=made.data["speed"],
            stretch=made.data["stretch"],
            spoken_end=round(segment.start + made.sound.seconds, 3),
        )

    async def tune(self, segments: Sequence[Segment]) -> None:
        """Learn the filter that brings the voice into the room; once for a clip and a voice, so that edits keep it."""
        dubbed = [segment for segment in segments if segment.number in self._spoken]
        if not dubbed:
            return

        async def make() -> Made:
            taps = await asyncio.to_thread(self._learned, dubbed)
            return Made({"taps": [round(float(tap), 7) for tap in taps]})

        parts = (self._content, self._interpreter.target, self._voice_is)
        made = await self._store.get("tune", address("tune", *parts), make)
        self._taps = np.array(made.data["taps"], np.float32)
        self._colour = hashlib.sha256(self._taps.tobytes()).hexdigest()

    def _learned(self, dubbed: Sequence[Segment]) -> Floats:
        rate = self._clip.rate
        spread = dubbed[:: max(1, round(sum(segment.seconds for segment in dubbed) / HEARD))]
        original = np.concatenate([excerpt(self._clip, s.start, s.end).floats for s in spread])
        voice = np.concatenate([self._dry(segment.number) for segment in spread])
        return colour(voice, speech_levels(original, self._background.heard(), rate), rate)

    def _dry(self, number: int) -> Floats:
        return self._spoken[number][1].resampled(self._clip.rate).floats

    async def blend(self, segment: Segment) -> Segment:
        """The voice in the colour of the room, as loud as the original was."""
        if segment.number not in self._spoken:
            return segment
        rate = self._clip.rate
        level = await self._level(segment)
        name = address("blend", self._spoken[segment.number][0], self._colour, rate, level)

        async def make() -> Made:
            voice = self._dry(segment.number)
            return Made({}, from_floats(await asyncio.to_thread(blended, voice, self._taps, rate, level), rate))

        made = await self._store.get("blend", name, make)
        assert made.sound is not None
        self._blended[segment.number] = made.sound.floats
        return replace(segment, audio=name)

    async def _level(self, segment: Segment) -> float:
        """The loudness the voice needs so that voice and background are as loud as the original was."""

        async def make() -> Made:
            original = loudness(excerpt(self._clip, segment.start, segment.end).floats, self._clip.rate)
            room = loudness(self._background.woven(segment.start, segment.end), self._clip.rate)
            return Made({"level": round(without(original, room), 2)})

        made = await self._store.get("level", address("level", self._content, segment.start, segment.end), make)
        return float(made.data["level"])

    def spliced(self, segments: Sequence[Segment]) -> Pcm:
        """The whole clip with the new voice in it."""
        voices = [self._blended.get(segment.number) for segment in segments]
        return spliced(self._clip, segments, voices, self._background)
