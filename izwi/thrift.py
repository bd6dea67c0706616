"""What is done without while there is more to do than the machine can: one level, read where each thing is done.

The governor (``izwi.ops.governor``) moves the level; nothing here decides anything. The order is that of the least
missed: what stands first is given up first and comes back last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from izwi.engines import Engines
    from izwi.settings import Settings

#: What is given up, in this order.
STEPS = (
    "denoise",
    "partials",
    "emotion",
    "beam",
    "reply_length",
    "smaller_models",
    "cached_voice",
    "refuse",
)
#: What a client is told when a step is given up.
SENTENCES = {
    "nothing": "There is time again: everything is as it was.",
    "denoise": "Many people are talking to Izwi just now: noise is not cleaned away.",
    "partials": "Many people are talking to Izwi just now: your words appear once you have finished.",
    "emotion": "Many people are talking to Izwi just now: it does not listen for how you feel.",
    "beam": "Many people are talking to Izwi just now: it listens a little less carefully.",
    "reply_length": "Many people are talking to Izwi just now: answers are shorter.",
    "smaller_models": "Many people are talking to Izwi just now: smaller models are answering.",
    "cached_voice": "Many people are talking to Izwi just now: a simpler voice may speak.",
    "refuse": "Izwi has more to do than it can: nobody new is let in for now.",
}
#: Tokens after which a shortened reply ends with its sentence, and the most it may have.
SHORT, SHORTEST_CUT = 24, 48


@dataclass
class Thrift:
    """``level`` of the ``STEPS`` are done without; those of ``off`` are at all times, by the settings."""

    level: int = 0
    off: frozenset[str] = frozenset()

    def without(self, step: str) -> bool:
        """Whether ``step`` is given up just now."""
        return STEPS.index(step) < self.level


def knobs(engines: Engines) -> dict[str, str]:
    """What each step does with these engines, in a sentence; where there is nothing to switch, that is what it says."""
    table = {
        "denoise": "the noise of the room stays in the microphone's sound",
        "partials": "the words are not shown while they are being said",
        "emotion": "no feeling is listened for; the voice stays as it was",
        "beam": "the recogniser keeps fewer hypotheses",
        "reply_length": f"a reply ends with its sentence after {SHORT} tokens, at the latest after {SHORTEST_CUT}",
        "smaller_models": "the small embedded models listen and answer",
        "cached_voice": "phrases spoken before come from the cache, others in the cheapest voice",
        "refuse": "nobody new is let in, nor queued, while somebody is inside",
    }
    if engines.emotion is None:
        table["emotion"] = "nothing: there is no emotion recogniser here"
    if not narrowing(engines.asr):
        table["beam"] = "nothing: the recogniser searches greedily already"
    if engines.smaller is None:
        table["smaller_models"] = "nothing: these are the smallest models"
    if engines.plain_voice is None:
        table["cached_voice"] = "nothing: this is the cheapest voice"
    return table | dict.fromkeys(engines.thrift.off, "nothing: it is switched off")


def switched_off(settings: Settings) -> frozenset[str]:
    """The steps that these settings do without at all times."""
    return frozenset(step for step in ("denoise", "partials") if not getattr(settings, step))


def void(engines: Engines) -> frozenset[int]:
    """The levels that would change nothing with these engines."""
    return frozenset(STEPS.index(step) + 1 for step, what in knobs(engines).items() if what.startswith("nothing"))


def newest(engines: Engines) -> str:
    """The last step given up that makes a difference with these engines; "nothing" when there is none."""
    level = max((level for level in range(1, engines.thrift.level + 1) if level not in void(engines)), default=0)
    return STEPS[level - 1] if level else "nothing"


def shed(engines: Engines, level: int) -> None:
    """Turn every knob of these engines to ``level``."""
    engines.thrift.level = level
    for recogniser in narrowing(engines.asr):
        recogniser.narrow = engines.thrift.without("beam")


def narrowing(engine: Any) -> list[Any]:
    """The recognisers behind ``engine`` that can search more narrowly (they have ``narrow``)."""
    routed = getattr(engine, "routes", None)
    engines = list(dict.fromkeys(routed.values())) if routed else [engine]
    return [each for each in engines if hasattr(each, "narrow")]
