"""What each voice costs on this machine, learned by phrase length and kept across restarts."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from izwi.whole import write_whole

log = logging.getLogger(__name__)

#: Upper bounds of the classes of phrase length, in characters; the last class has none.
LENGTHS = (20, 60, 120)
WEIGHT = 0.25
#: Clean phrases in a row after which a voice may stream; before, it is heard out whole before anybody hears it.
TRUST = 5
#: A file longer than this is not ours.
LARGEST = 1_000_000


def length_class(text: str) -> int:
    """0 for a short phrase … ``len(LENGTHS)`` for a long one."""
    return sum(len(text) > bound for bound in LENGTHS)


@dataclass
class Estimate:
    """Seconds to the first sound and its mean deviation, seconds to the whole phrase, seconds of speech."""

    first: float = 0.0
    deviation: float = 0.0
    whole: float = 0.0
    speech: float = 0.0
    seen: int = 0

    @property
    def rate(self) -> float:
        """Real-time factor: seconds of work per second of speech."""
        return self.whole / self.speech if self.speech else 0.0

    def learn(self, first: float, whole: float, speech: float) -> None:
        """Fold in one phrase (all in seconds)."""
        weight = WEIGHT if self.seen else 1.0
        self.deviation += weight * (abs(first - self.first) - self.deviation) if self.seen else 0.0
        self.first += weight * (first - self.first)
        self.whole += weight * (whole - self.whole)
        self.speech += weight * (speech - self.speech)
        self.seen += 1

    def waited(self, seconds: float) -> None:
        """Nothing came in so many seconds, so it takes longer than that."""
        self.first = max(self.first, seconds)
        self.whole = max(self.whole, self.first)
        self.seen += 1


@dataclass
class VoiceRecord:
    """All that is known of one voice in one language."""

    by_length: dict[int, Estimate] = field(default_factory=dict)
    #: Clean phrases in a row.
    clean: int = 0
    #: The sample rate it has been giving, in Hz (0: not known).
    hertz: int = 0
    #: Seconds of speech per character (0: not known).
    pace: float = 0.0

    def estimate(self, text: str) -> Estimate | None:
        """Of the phrase's own length class, else of the nearest one known; None for a voice never tried."""
        if not self.by_length:
            return None
        wanted = length_class(text)
        return self.by_length[min(self.by_length, key=lambda known: (abs(known - wanted), known))]

    def own(self, text: str) -> Estimate:
        return self.by_length.setdefault(length_class(text), Estimate())


class Estimates:
    """The records of all voices, read from ``path``; `save` writes them back, whole or not at all."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._records: dict[str, VoiceRecord] = {}
        #: What `Breaker.kept` said of each voice.
        self.breakers: dict[str, tuple[float, ...]] = {}
        if path is not None:
            self._records, self.breakers = _read(path)

    def of(self, voice: str, language: str) -> VoiceRecord:
        return self._records.setdefault(f"{voice} {language}", VoiceRecord())

    def learn(self, voice: str, language: str, text: str, first: float, whole: float, speech: float) -> None:
        """A clean phrase: seconds to its first sound, of work for all of it, and of speech."""
        record = self.of(voice, language)
        record.own(text).learn(first, whole, speech)
        pace = speech / max(1, len(text))
        record.pace = pace if not record.pace else record.pace + WEIGHT * (pace - record.pace)
        record.clean += 1

    def waited(self, voice: str, language: str, text: str, seconds: float) -> None:
        """No sound in so many seconds."""
        self.of(voice, language).own(text).waited(seconds)

    def distrust(self, voice: str, language: str) -> None:
        """The voice gave something that is no speech, or half of it."""
        self.of(voice, language).clean = 0

    def save(self) -> None:
        """Write everything; a disk that fails costs only the memory of it."""
        if self._path is None:
            return
        records = {name: asdict(record) for name, record in self._records.items()}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, json.dumps({"voices": records, "breakers": self.breakers}).encode())
        except OSError as error:
            log.warning("what the voices cost cannot be kept: %s", error.strerror)


def _read(path: Path) -> tuple[dict[str, VoiceRecord], dict[str, tuple[float, ...]]]:
    """The records of a file and its breakers; none when it is missing or not ours."""
    try:
        if path.stat().st_size > LARGEST:
            return {}, {}
        kept = json.loads(path.read_text())
        breakers = {name: tuple(map(float, state)) for name, state in kept["breakers"].items() if len(state) == 3}
        return {name: _record(values) for name, values in kept["voices"].items()}, breakers
    except FileNotFoundError:
        return {}, {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        log.warning("what the voices cost was not readable and is learned anew")
        return {}, {}


def _record(values: dict[str, Any]) -> VoiceRecord:
    by_length = {int(bound): Estimate(**estimate) for bound, estimate in values["by_length"].items()}
    return VoiceRecord(by_length, int(values["clean"]), int(values["hertz"]), float(values["pace"]))
