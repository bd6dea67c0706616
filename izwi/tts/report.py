"""What the voices are worth on this machine, said plainly: for the page and the command line."""

from __future__ import annotations

from dataclasses import dataclass

from izwi.tts.attempt import Rung
from izwi.tts.estimates import Estimate, Estimates

#: The length of phrase whose cost is told: some thirty letters.
TYPICAL = "a phrase of some thirty letters"
#: A voice this much slower than real time is told by that, and not by its first sound.
SLOW = 1.5


@dataclass(frozen=True)
class Speed:
    """Seconds to the ``first`` sound of a typical phrase, and the real-time factor ``rate``; both 0 if unknown."""

    first: float = 0.0
    rate: float = 0.0


@dataclass(frozen=True)
class VoiceReport:
    """A voice's worth here. ``note`` is a plain phrase; ``affordable`` is False where it says that the voice is off."""

    name: str
    languages: tuple[str, ...]
    licence: str
    speeds: dict[str, Speed]
    breaker: str
    note: str
    affordable: bool


def report(rung: Rung, estimates: Estimates, budget: float) -> VoiceReport:
    """What is known of a rung, by language; it is off where its first sound does not come within ``budget`` seconds."""
    languages = tuple(sorted(rung.voice.languages))
    known = {language: estimates.of(rung.name, language).estimate(TYPICAL) for language in languages}
    speeds = {language: Speed(e.first, e.rate) if e else Speed() for language, e in known.items()}
    late = {language: e for language, e in known.items() if e and e.first > budget}
    note, affordable = "not measured yet", True
    if rung.breaker.resting:
        note = f"resting for {rung.breaker.resting:.0f} s after failures"
    elif late and len(late) == len([e for e in known.values() if e]):
        note, affordable = f"{_slow(min(late.values(), key=lambda e: e.first))}: off", False
    elif late:
        note = "; ".join(f"{_slow(e)}: off in {language}" for language, e in late.items())
    elif any(known.values()):
        note = "on"
    return VoiceReport(rung.name, languages, rung.voice.licence, speeds, rung.breaker.state, note, affordable)


def _slow(estimate: Estimate) -> str:
    if estimate.rate > SLOW:
        return f"{estimate.rate:.0f}× slower than real time here"
    return f"first sound after {estimate.first:.1f} s here"
