"""Does Izwi listen well? False stops, hesitations cut off, first words lost: many users, in virtual time."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from izwi.audio import LISTENING_RATE, Pcm, Samples
from izwi.bench import sounds
from izwi.bench.figures import Report, share
from izwi.bench.rehearsal import Rehearsal
from izwi.bench.users import (
    HESITATIONS,
    INTERRUPTIONS,
    VOICES,
    Recording,
    hesitation,
    marked,
    questions,
    recording,
    speak,
)
from izwi.bench.virtual_time import in_virtual_time
from izwi.engines import Engines

#: Seconds after a disturbance in which a stop is still its doing.
AFTERMATH = 1.2
#: Lengths of a hesitation inside a sentence, in seconds.
HESITATED = (0.3, 0.4, 0.5, 0.6)
NOTE = (
    "In virtual time: the real listener, turn-taking, recogniser and voice; no network, no browser, no emotion loop. "
    "An engine takes its CPU time. A hesitation counts as cut off when the turn was taken in it, even if nothing was "
    "heard of Izwi before the user went on."
)


@dataclass
class Tally:
    """Cases of each kind, and those that went wrong."""

    cases: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, wrong: bool) -> None:
        self.cases[kind] += 1
        self.wrong[kind] += wrong

    def rows(self, title: str) -> list[tuple[str, str]]:
        whole = (title, share(self.wrong.total(), self.cases.total()))
        return [whole, *((f"  {kind}", share(self.wrong[kind], count)) for kind, count in self.cases.items())]

    def json(self) -> dict[str, Any]:
        kinds = {kind: {"cases": count, "wrong": self.wrong[kind]} for kind, count in self.cases.items()}
        return {"cases": self.cases.total(), "wrong": self.wrong.total(), "kinds": kinds}


def listening(given: argparse.Namespace) -> Report:
    """``given.turns`` sounds of every kind, four times as many hesitations and onsets."""
    from izwi.assembly import assemble
    from izwi.settings import Settings

    engines = assemble(Settings(profile="embedded"))
    stops, wakes = false_stops(engines, given.turns)
    cuts, spoken_into = cut_offs(engines, 4 * given.turns)
    lost, deaf = onsets(engines, given.turns)
    rows = [
        *stops.rows("false stops"),
        *wakes.rows("answered though nobody spoke"),
        *cuts.rows("hesitations cut off"),
        ("  Izwi was heard before they went on", share(spoken_into, cuts.cases.total())),
        ("first word lost, P50 / P95 / most", _milliseconds([ms for times in lost.values() for ms in times])),
        *((f"  {kind}", _milliseconds(times)) for kind, times in lost.items()),
        ("utterances never heard", share(deaf, deaf + sum(map(len, lost.values())))),
    ]
    data = {"false_stops": stops.json(), "false_turns": wakes.json(), "cut_offs": cuts.json(), "lost_ms": lost}
    return Report("Listening", ["izwi"], rows, [NOTE], {**data, "spoken_into": spoken_into, "never_heard": deaf})


def _milliseconds(times: list[float]) -> str:
    if not times:
        return "–"
    return "{:.0f} / {:.0f} / {:.0f} ms".format(*np.percentile(times, (50, 95)), max(times))


# Sounds that are no user


def false_stops(engines: Engines, turns: int) -> tuple[Tally, Tally]:
    """Every sound into a reply, and into silence: did the reply end, was something answered?"""
    stops, wakes = Tally(), Tally()
    for place, (kind, sound) in enumerate([*sounds.disturbances(turns), *sounds.recorded(turns)]):
        into = 0.3 + 0.37 * (place % 7)
        stops.add(kind, in_virtual_time(partial(_disturbed, engines, sound, into)))
        wakes.add(kind, in_virtual_time(partial(_woken, engines, sound)))
    for turn in range(turns):
        room = sounds.Room(0.06 + 0.05 * (turn % 6), -8.0 - 3 * (turn % 7), turn, 0.2 + 0.1 * (turn % 4))
        stops.add("own echo, made", in_virtual_time(partial(_echoed, engines, room)))
    for played, back in sounds.echo_pieces():
        stops.add("own echo, recorded", in_virtual_time(partial(_returned, engines, played, back)))
    return stops, wakes


async def _disturbed(engines: Engines, sound: Pcm, into: float) -> bool:
    stage = Rehearsal(engines)
    await stage.ask()
    await stage.quiet(into)
    return await _stopped(stage, stage.hear(sound))


async def _woken(engines: Engines, sound: Pcm) -> bool:
    stage = Rehearsal(engines)
    await stage.quiet(1.0)
    await stage.hear(sound)
    await stage.quiet(AFTERMATH + 1.0)
    await stage.close()
    return bool(stage.told("transcript", 0.0))


async def _echoed(engines: Engines, room: sounds.Room) -> bool:
    stage = Rehearsal(engines, echo=room)
    await stage.ask()
    return await _stopped(stage, stage.quiet(5.0))


async def _returned(engines: Engines, played: Pcm, back: Pcm) -> bool:
    """What came back of a recording we play ourselves."""
    stage = Rehearsal(engines, "…", recording=played)
    await stage.ask()
    return await _stopped(stage, stage.hear(back))


async def _stopped(stage: Rehearsal, happening: Coroutine[Any, Any, None]) -> bool:
    began = stage.now
    await happening
    await stage.quiet(AFTERMATH)
    await stage.close()
    return any(end["interrupted"] for end in stage.told("audio_end", began))


# Users who hesitate


def cut_offs(engines: Engines, count: int) -> tuple[Tally, int]:
    """Sentences with a pause inside: was the turn taken in it? And how often was Izwi heard before they went on?"""
    tally, spoken_into = Tally(), 0
    for case in range(count):
        language, before, after = HESITATIONS[case % len(HESITATIONS)]
        voice = VOICES[language][case // len(HESITATIONS) % len(VOICES[language])]
        pause = HESITATED[case % len(HESITATED)]
        sentence, second = hesitation(before, after, voice, pause)
        kind = {"sn": "Shona", "en": "English"}[language]
        taken, sounded = in_virtual_time(partial(_hesitating, engines, sentence, second))
        tally.add(kind, taken)
        spoken_into += sounded
    for sentence, second in marked(sounds.SPEECH, HESITATED[-1]):
        taken, sounded = in_virtual_time(partial(_hesitating, engines, sentence, second))
        tally.add("people (English), recorded", taken)
        spoken_into += sounded
    return tally, spoken_into


async def _hesitating(engines: Engines, sentence: Pcm, second: int) -> tuple[bool, bool]:
    stage = Rehearsal(engines)
    await stage.quiet(0.7)
    began = stage.now
    await stage.hear(sentence)
    await stage.quiet(0.5)
    await stage.close()
    resumed = began + second / LISTENING_RATE
    taken = any(told["state"] == "thinking" for told in stage.told("state", began, resumed))
    return taken, any(began <= at < resumed for at, _ in stage.voice)


# Users who begin to speak


def onsets(engines: Engines, turns: int) -> tuple[dict[str, list[float]], int]:
    """Milliseconds of each first word that never reached the recogniser, by when it was said; and how many at all."""
    scenes = {"first of all": 0.3, "after half a minute": 30.0, "right after a reply": -0.2, "into a reply": -1.0}
    lost: dict[str, list[float]] = {kind: [] for kind in scenes}
    deaf = 0
    for kind, wait in scenes.items():
        for turn, question in enumerate(_questions(turns, kind == "into a reply")):
            missed = in_virtual_time(partial(_beginning, engines, question, wait, turn))
            if missed is None:
                deaf += 1
            else:
                lost[kind].append(missed)
    return lost, deaf


def _questions(count: int, breaking_in: bool) -> list[Recording]:
    if not breaking_in:
        return questions(count)
    lines = [INTERRUPTIONS[turn % len(INTERRUPTIONS)] for turn in range(count)]
    return [
        recording(text, language, speak(text, VOICES[language][turn // 4 % 4]))
        for turn, (language, text) in enumerate(lines)
    ]


async def _beginning(engines: Engines, question: Recording, wait: float, turn: int) -> float | None:
    """Milliseconds of the first word that the recogniser was never given; None if it was given nothing of it."""
    into = wait == -1.0
    stage = Rehearsal(engines) if into else Rehearsal(engines, "Hello.")
    if wait < 0:
        await stage.ask()
        if into:
            await stage.quiet(0.4 + 0.1 * (turn % 5))
        else:
            await stage.until("audio_end")
            await stage.quiet(0.02 + 0.06 * (turn % 8))
    else:
        await stage.quiet(wait)
    given = len(stage.ears.heard)
    onset = stage.heard + question.first * LISTENING_RATE // question.audio.rate
    await stage.hear(question.audio.resampled(LISTENING_RATE))
    await stage.quiet(1.4)
    await stage.close()
    microphone = np.concatenate(stage.microphone)
    starts = [place for speech in stage.ears.heard[given:] if (place := _place(speech, microphone)) >= 0]
    return 1000 * max(0, min(starts) - onset) / LISTENING_RATE if starts else None


def _place(speech: Samples, microphone: Samples) -> int:
    """Where ``microphone`` holds ``speech``, −1 if nowhere; the room's noise makes each stretch its own."""
    at = microphone.tobytes().find(speech.tobytes())
    return at // 2 if at >= 0 else -1
