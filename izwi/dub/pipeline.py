"""The whole dub: decode, find speech, transcribe, feel, translate, speak, fit, colour, splice.

Every stage goes from segment to segment; before each the machine is offered to whoever is talking with Izwi, a wish to
stop is heard, and what was made before is taken from the store.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import count

from izwi.audio import LISTENING_RATE, Pcm
from izwi.dub import edits as editing
from izwi.dub.hearing import felt, timed, transcribed
from izwi.dub.progress import Progress, Stage, Step
from izwi.dub.source import Clip
from izwi.dub.spans import BLOCK, Span, speech
from izwi.dub.store import Made, Store, address, digest
from izwi.dub.timeline import Segment, Timeline, replace
from izwi.dub.translating import UNTRANSLATED, Interpreter
from izwi.dub.voices import Voices
from izwi.engines import Cancelled, EngineFailed, Engines, never
from izwi.faults import BadInput
from izwi.languages import languages, pack

GiveWay = Callable[[], Awaitable[None]]
Work = Callable[[], Awaitable[Segment]]


class Stopped(RuntimeError):
    """Somebody asked the dub to end; what is made so far is kept and a later run goes on from there."""


async def at_once() -> None:
    """The ``give_way`` of a machine with nobody else on it."""


@dataclass
class Means:
    """What a dub is made with: the engines, the store of what was made, and how to tell, stop and wait."""

    engines: Engines
    store: Store
    progress: Callable[[Step], None] = lambda _: None
    cancelled: Cancelled = never
    give_way: GiveWay = at_once
    match: bool = True  # False leaves the voice in its own colour, to hear and measure what the match does


async def dubbed(clip: Clip, means: Means, to: str = "", changes: editing.Edits | None = None) -> Timeline:
    """``clip`` spoken in the language ``to`` ("": the other one than is spoken), with its sound.

    Raises ``BadInput`` (no speech, an edit of nothing, no such language) and ``Stopped``.
    """
    if to and to not in languages():
        raise BadInput(f"unknown language '{to}'; Izwi has {', '.join(languages())}")
    return await _Dub(clip, means, changes or {}).run(to)


class _Dub:
    def __init__(self, clip: Clip, means: Means, edits: editing.Edits) -> None:
        self.name, self.clip, self.means, self.edits = clip.name, clip, means, edits
        self.store, self.engines = means.store, means.engines
        self.content = digest(clip.sound)
        self.progress = Progress(means.progress)

    @cached_property
    def heard(self) -> Pcm:
        """The clip as everything that listens wants it."""
        return self.clip.sound.resampled(LISTENING_RATE)

    async def run(self, to: str) -> Timeline:
        spans = await self.spans()
        if not spans:
            raise BadInput(f"nobody speaks in {self.name}, so there is nothing to dub")
        segments = [Segment(number, *span) for number, span in enumerate(spans, 1)]
        ends = [0.0, *(end for _, end in spans)]
        self.pauses = {segment.number: round(segment.start - ends[segment.number - 1], 3) for segment in segments}
        editing.check(self.edits, segments)
        segments = await self.each("hear", segments, self.transcribe)
        if not any(segment.text for segment in segments):
            raise BadInput(f"no words were understood in {self.name}: is it music, or another language?")
        target = to or other_language(segments)
        self.interpreter = Interpreter(self.engines, target)
        segments = await self.each("feel", segments, self.feel)
        segments = await self.each("translate", segments, self.translate)
        voices = Voices(self.clip.sound, spans, self.content, self.interpreter, self.engines.tts, self.store)
        segments = await self.each("speak", segments, voices.speak)
        if self.means.match:
            await voices.tune(segments)
        segments = await self.each("splice", segments, voices.blend)
        sound = await asyncio.to_thread(voices.spliced, segments)
        self.progress.finished()
        seconds, rate = round(self.clip.sound.seconds, 3), self.clip.sound.rate
        return Timeline(self.name, seconds, rate, target, tuple(segments), self.notices(segments, target), sound)

    async def each(
        self, stage: Stage, segments: Sequence[Segment], work: Callable[[Segment], Awaitable[Segment]]
    ) -> list[Segment]:
        """``work`` on every segment, one after another, giving way before each."""
        done: list[Segment] = []
        for segment in segments:
            await self.pause()
            self.progress.at(stage, len(done), len(segments))
            done.append(await work(segment))
        return done

    async def pause(self) -> None:
        """Give way to others, and end here if that is wished."""
        await self.means.give_way()
        if self.means.cancelled():
            raise Stopped("The dub was stopped; what is ready is kept.")

    async def step(
        self, stage: str, segment: Segment, learned: Sequence[str], parts: Sequence[object], work: Work
    ) -> Segment:
        """``segment`` with the fields ``learned`` from ``work``, or from the store when ``parts`` were met before."""

        async def make() -> Made:
            done = asdict(await work())
            return Made({name: done[name] for name in learned})

        made = await self.store.get(stage, address(stage, *parts), make)
        return Segment.of({**asdict(segment), **made.data})

    async def spans(self) -> list[Span]:
        """Where somebody speaks."""

        blocks, number = -(-len(self.heard.samples) // BLOCK), count()

        async def block() -> None:
            await self.pause()
            self.progress.at("listen", next(number), blocks)

        async def find() -> Made:
            return Made({"spans": await speech(self.heard.floats, block)})

        found = await self.store.get("listen", address("listen", self.content), find)
        return [(round(start, 3), round(end, 3)) for start, end in found.data["spans"]]

    async def transcribe(self, segment: Segment) -> Segment:
        """Text and language, then when each word is said."""
        asr = self.engines.asr
        place = [self.content, segment.start, segment.end, asr.name]
        learned = ("text", "language", "confidence", "unsure")
        segment = await self.step("hear", segment, learned, place, lambda: transcribed(segment, self.heard, asr))
        segment = editing.heard(segment, self.edits.get(segment.number))
        parts = [*place, segment.text, segment.language]
        return await self.step("words", segment, ("words",), parts, lambda: timed(segment, self.heard, asr))

    async def feel(self, segment: Segment) -> Segment:
        """Emotion and cues."""
        emotion = self.engines.emotion
        pause = self.pauses[segment.number]
        parts = [self.content, segment.start, segment.end, emotion.name if emotion else ""]
        learned = ("emotion", "sure", "cues")
        return await self.step("feel", segment, learned, parts, lambda: felt(segment, self.heard, emotion, pause))

    async def translate(self, segment: Segment) -> Segment:
        """Translation, or why there is none; then what was edited."""
        edit = self.edits.get(segment.number)
        parts = [
            segment.text,
            segment.language,
            segment.unsure,
            self.interpreter.target,
            self.interpreter.name(segment.language),
        ]
        learned = ("translation", "kept", "note")
        try:
            done = await self.step("translate", segment, learned, parts, lambda: self.interpreter.translated(segment))
        except EngineFailed as error:  # not kept in the store: next time it may work
            done = replace(segment, kept=True, note=f"{error} The original voice stays.")
        return editing.translated(done, edit)

    def notices(self, segments: Sequence[Segment], target: str) -> tuple[str, ...]:
        """What a person should know about the whole."""
        said = []
        if self.clip.damaged:
            said.append("Parts of the file are damaged; what could be read is here.")
        kept = [segment for segment in segments if segment.kept]
        spoken = {segment.language for segment in segments if segment.text}
        if spoken == {target} and len(kept) == len(segments):
            said.append(f"All that is said is {pack(target).name} already, so nothing is dubbed.")
        elif kept:
            numbers = ", ".join(str(segment.number) for segment in kept)
            what = f"Line {numbers} is" if len(kept) == 1 else f"Lines {numbers} are"
            what = "Every line is" if len(kept) == len(segments) else what
            said.append(f"{what} left in the original voice; the notes say why.")
        if any(segment.note == UNTRANSLATED and self.interpreter.by_the_book(segment.language) for segment in kept):
            said.append("Izwi's own phrase book translates here; it knows everyday sentences only.")
        if len(spoken) > 1:
            names = " and ".join(pack(code).name for code in sorted(spoken))
            said.append(f"Both {names} are spoken; what is {pack(target).name} already stays as it is.")
        return tuple(said)


def other_language(segments: Sequence[Segment]) -> str:
    """The language to dub into when nobody says: the other one than most of the speech is in."""
    seconds: Counter[str] = Counter()
    for segment in segments:
        if segment.text:
            seconds[segment.language] += round(1000 * segment.seconds)
    spoken = seconds.most_common(1)[0][0] if seconds else languages()[0]
    return next(code for code in languages() if code != spoken)
