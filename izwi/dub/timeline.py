"""The typed timeline every stage of the dub works on: segments with their words, feeling, translation and sound."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from izwi.audio import Pcm
from izwi.engines import Emotion

__all__ = ["Cues", "Segment", "Timeline", "Word", "replace"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the original and when it is said, in seconds from the start of the clip."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Cues:
    """How a segment is said: median ``pitch`` in Hz, its ``pitch_range`` in semitones, ``loudness`` in LUFS, ``rate``
    in syllables a second, and the ``pause`` before it in seconds."""

    pitch: float
    pitch_range: float
    loudness: float
    rate: float
    pause: float


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of speech. Times are seconds from the start of the clip.

    ``number`` counts from 1 and is what edits name. ``kept`` segments stay in the original voice, and ``note`` says
    why; a note also tells how a long translation was made to fit. ``speed`` is how much faster than its own rate the
    voice speaks, ``stretch`` the part of it done after the voice; ``spoken_end`` is when the dub of it falls silent.
    ``audio`` is the address of its sound in the cache.
    """

    number: int
    start: float
    end: float
    language: str = ""
    text: str = ""
    confidence: float = 0.0
    unsure: bool = False
    words: tuple[Word, ...] = ()
    emotion: Emotion = "neutral"
    sure: bool = False
    cues: Cues | None = None
    translation: str = ""
    kept: bool = False
    note: str = ""
    speed: float = 1.0
    stretch: float = 1.0
    spoken_end: float = 0.0
    audio: str = ""

    @property
    def seconds(self) -> float:
        return self.end - self.start

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Segment:
        """From what `Timeline.json` wrote."""
        given = {part.name: data[part.name] for part in fields(cls) if part.name in data}
        given["words"] = tuple(Word(**word) for word in data.get("words", ()))
        given["cues"] = Cues(**data["cues"]) if data.get("cues") else None
        return cls(**given)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole dub. ``rate`` in Hz is that of the clip and of ``sound``, which is not part of the JSON."""

    name: str
    seconds: float
    rate: int
    target: str
    segments: tuple[Segment, ...]
    notices: tuple[str, ...] = ()
    sound: Pcm | None = field(default=None, compare=False)

    @property
    def dubbed(self) -> tuple[Segment, ...]:
        """The segments that speak in the new voice."""
        return tuple(segment for segment in self.segments if not segment.kept)

    def json(self) -> str:
        """Everything but the sound, as JSON text."""
        data = asdict(replace(self, sound=None))
        del data["sound"]
        return json.dumps(data, ensure_ascii=False, indent=1)

    @classmethod
    def of(cls, text: str) -> Timeline:
        """From what `json` wrote."""
        data = json.loads(text)
        segments = tuple(Segment.of(segment) for segment in data.pop("segments"))
        return cls(**{**data, "segments": segments, "notices": tuple(data["notices"])})
