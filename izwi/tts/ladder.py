"""The ladder of voices: the best that can keep the deadline speaks, and nobody waits for the dead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from izwi.audio import Pcm, join
from izwi.engines import SPEAKING, Cancelled, Cost, EngineFailed, Style, never, require_language
from izwi.faults import BadInput
from izwi.tts import cache
from izwi.tts.attempt import Ended, NotReady, Phrase, Rung
from izwi.tts.estimates import TRUST, Estimates
from izwi.tts.fence import Fence
from izwi.tts.finish import in_pieces
from izwi.tts.prosody import prosody
from izwi.tts.race import Entry, Outcome, Race
from izwi.tts.report import VoiceReport, report
from izwi.tts.soundness import Unsound

log = logging.getLogger(__name__)

#: Seconds granted to a phrase's first sound, and the most any one voice is waited for.
BUDGET, CAP = 1.5, 5.0
#: A voice slower than this (work per second of speech) would stutter: it is heard out before it is heard.
STUTTERS = 0.9
#: A voice slower than this has no time to lose once it is heard.
HASTY = 0.5
#: Phrases between two savings of what has been learned.
SAVE_EVERY = 20
#: Characters of a phrase before its length is judged (short ones vary too much).
JUDGED = 20
SENTENCE_ENDS = ".?!…"
#: Sessions whose unfinished sentence is remembered.
SESSIONS = 1000
#: Seconds before a voice that was tried in vain while idle is tried again; doubled each time, up to the longest.
PROBE_REST, LONGEST_PROBE_REST = 60.0, 3600.0


class Ladder:
    """Voices in order of preference, behaving as one `TTS`. The last should be one that cannot fail (espeak).

    ``order`` lists voices by name for a language ("sn") or a language and emotion ("en/sad"), where the order of
    ``rungs`` is not wanted; voices it leaves out do not speak it. ``budget`` and ``cap`` are in seconds;
    phrases that took ``worth`` seconds of work are kept in ``phrases``, if the rung has a revision. Raises
    ``BadInput`` for an order that names nobody, ``UnsupportedLanguage`` for a language no rung has, ``EngineFailed``
    when all of them failed.
    """

    name = "ladder"
    licence = "of the voice that speaks"

    def __init__(
        self,
        rungs: Sequence[Rung],
        order: Mapping[str, Sequence[str]] | None = None,
        budget: float = BUDGET,
        cap: float = CAP,
        estimates: Estimates | None = None,
        phrases: cache.PhraseCache | None = None,
        worth: float = 0.1,
    ) -> None:
        self.rungs = {rung.name: rung for rung in rungs}
        self._order = {key: list(names) for key, names in (order or {}).items()}
        for name in {name for names in self._order.values() for name in names} - set(self.rungs):
            raise BadInput(f"the order of voices (IZWI_TTS_ORDER) names {name!r}, which is not installed")
        self.languages = frozenset().union(*(rung.voice.languages for rung in rungs))
        self.cost = Cost()
        self.fence = Fence()
        self.estimates = estimates or Estimates()
        self._budget, self._cap, self._phrases, self._worth = budget, cap, phrases, worth
        #: Whether every phrase is heard out before it is handed on: for what nobody waits for (a dub), where no phrase
        #: may begin in one voice and end in another.
        self.whole = False
        self._leaving: set[asyncio.Task[None]] = set()
        self._spoken = self._active = 0
        #: The last phrase each skipped voice might have spoken, for `probe`; when it may, and how long it rests then.
        self._skipped: dict[str, Phrase] = {}
        self._probes: dict[str, tuple[float, float]] = {}
        #: Who spoke last in each session, when the sentence goes on: (turn, name of the voice).
        self._unfinished: dict[str, tuple[int, str]] = {}
        for rung in rungs:
            rung.breaker.restore(self.estimates.breakers.get(rung.name))

    async def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never, first: str = ""
    ) -> AsyncGenerator[Pcm]:
        """Speak one phrase, once; by one voice, unless it breaks in the middle and another has to go on.

        ``first`` names the voice that is preferred to all, if it has the language.
        """
        require_language(self.name, language, self.languages)
        if not any(character.isalnum() for character in text):
            return
        phrase = Phrase(text, language, style, cancelled)
        entries = self._entries(phrase, first)
        if (kept := self._kept(phrase, entries)) is not None:
            self._remember(SPEAKING.get(), entries[0].rung, phrase)
            for piece in in_pieces(kept):
                if cancelled():
                    return
                yield piece
            return
        async with aclosing(self._race(phrase, entries, lambda outcome: self._learn(phrase, outcome))) as speech:
            async for piece in speech:
                yield piece

    async def _race(
        self, phrase: Phrase, entries: Sequence[Entry], learn: Callable[[Outcome], None]
    ) -> AsyncGenerator[Pcm]:
        race = Race(phrase, entries, self.fence, SPEAKING.get(), self._budget, self._cap, learn)
        self._active += 1
        try:
            async with aclosing(race.run()) as speech:
                async for piece in speech:
                    yield piece
        finally:
            self._active -= 1
            self._see_off(race.tasks)

    def _entries(self, phrase: Phrase, first: str = "") -> list[Entry]:
        """Those that can keep the budget in their order, then, as a last resort, the others by what they promise."""
        affordable, others, stays = [], [], self._stays()
        for rung in sorted(self._rungs(phrase, first), key=lambda rung: rung.name != stays):
            entry = replace(self._entry(rung, phrase), stays=rung.name == stays)
            late = entry.ready is not None and entry.ready > self._budget and not entry.stays
            if late or rung.breaker.resting:
                others.append(entry)
                self._skipped[rung.name] = replace(phrase, cancelled=never)
            else:
                affordable.append(entry)
        others.sort(key=lambda entry: (entry.rung.breaker.resting > 0, entry.ready or 0.0))
        return affordable + others

    def _rungs(self, phrase: Phrase, first: str) -> list[Rung]:
        """The voices that have the language, in the order set for it and the emotion."""
        keys = (f"{phrase.language}/{phrase.style.emotion}", phrase.language)
        names = next((self._order[key] for key in keys if key in self._order), list(self.rungs))
        found = [self.rungs[name] for name in names if phrase.language in self.rungs[name].voice.languages]
        if not found:  # the order names none that has the language: it is spoken by who has it, never in another one
            found = [rung for rung in self.rungs.values() if phrase.language in rung.voice.languages]
        if first and phrase.language in self.rungs[first].voice.languages:
            found = [self.rungs[first], *(rung for rung in found if rung.name != first)]
        return found

    def _stays(self) -> str:
        """The voice whose sentence goes on: it does not change inside one, unless it fails. Empty between sentences."""
        session, turn = SPEAKING.get()
        began = self._unfinished.get(session) if session else None
        return began[1] if began is not None and began[0] == turn else ""

    def _entry(self, rung: Rung, phrase: Phrase) -> Entry:
        record = self.estimates.of(rung.name, phrase.language)
        estimate = record.estimate(phrase.text)
        unproven = not rung.trusted and record.clean < TRUST
        hold = self.whole or unproven or (estimate is not None and estimate.rate > STUTTERS)
        judged = len(phrase.text) >= JUDGED and record.clean >= TRUST
        expected = record.pace * len(phrase.text) / prosody(phrase.style).rate if judged else 0.0
        whole = None if estimate is None else estimate.whole
        ready = None if estimate is None else whole if hold else estimate.first
        hasty = estimate is not None and estimate.rate > HASTY
        return Entry(rung, ready, hold, whole, record.hertz, expected, hasty=hasty)

    def _kept(self, phrase: Phrase, entries: Sequence[Entry]) -> Pcm | None:
        """The phrase as the first choice spoke it before."""
        if self._phrases is None or not entries or not entries[0].rung.revision:
            return None
        return self._phrases.get(_address(entries[0].rung, phrase))

    def kept(self, text: str, language: str, style: Style = Style(), first: str = "") -> Pcm | None:
        """The phrase, if the first choice of the language spoke it before; costs one look at the disk."""
        phrase = Phrase(text, language, style, never)
        return self._kept(phrase, self._entries(phrase, first))

    def _learn(self, phrase: Phrase, outcome: Outcome) -> None:
        """One attempt is over: what it cost, whether it is to be trusted, whether it needs a rest."""
        rung, ended = outcome.entry.rung, outcome.ended
        before = rung.breaker.state
        if ended is None:
            longer = 1.5 if outcome.missed else 1.0  # had it been nearly there, it would have come
            self.estimates.waited(rung.name, phrase.language, phrase.text, longer * outcome.waited)
            if outcome.missed:
                rung.breaker.fail()
                log.warning("the voice %s gave no sound in %.2f s", rung.name, outcome.waited)
        elif ended.error is None:
            self._learn_from(phrase, rung, ended)
        elif isinstance(ended.error, NotReady):
            log.info("%s", ended.error)
        else:
            rung.breaker.fail()
            self.estimates.distrust(rung.name, phrase.language)
            reason = str(ended.error) if isinstance(ended.error, EngineFailed | Unsound) else type(ended.error).__name__
            log.warning("the voice %s failed: %s", rung.name, reason)
        self._spoken += 1
        if rung.breaker.state != before:
            self.estimates.breakers[rung.name] = rung.breaker.kept()
        if self._spoken % SAVE_EVERY == 0 or rung.breaker.state != before:
            self.estimates.save()

    def _learn_from(self, phrase: Phrase, rung: Rung, ended: Ended) -> None:
        """A phrase spoken whole and sound."""
        rung.breaker.succeed()
        whole = join(list(ended.pieces))
        self.estimates.learn(rung.name, phrase.language, phrase.text, ended.first, ended.work, whole.seconds)
        self.estimates.of(rung.name, phrase.language).hertz = whole.rate
        self.cost.learn(ended.first, ended.work / whole.seconds)
        self._remember((ended.ticket.session, ended.ticket.turn), rung, phrase)
        if self._phrases is not None and rung.revision and ended.work >= self._worth:
            self._phrases.put(_address(rung, phrase), whole)

    def _remember(self, whose: tuple[str, int], rung: Rung, phrase: Phrase) -> None:
        """Keep the voice for the rest of the sentence, where the phrase does not end one."""
        session, turn = whose
        if phrase.text.rstrip()[-1:] in SENTENCE_ENDS:
            self._unfinished.pop(session, None)
        else:
            self._unfinished[session] = turn, rung.name
            while len(self._unfinished) > SESSIONS:
                self._unfinished.pop(next(iter(self._unfinished)))

    def _see_off(self, tasks: set[asyncio.Task[None]]) -> None:
        """Hold on to tasks that still have to notice that they were dropped."""
        for task in tasks:
            if not task.done():
                self._leaving.add(task)
                task.add_done_callback(self._leaving.discard)

    @property
    def leaving(self) -> int:
        """Attempts that were dropped and have not ended yet."""
        return len(self._leaving)

    async def probe(self) -> str | None:
        """While nobody speaks: let one skipped voice try its phrase unheard. Its name; None when there was none.

        A voice whose breaker rests is left alone; one that is only too slow may have become faster, but is asked ever
        more seldom.
        """
        now = asyncio.get_running_loop().time()
        name = next((name for name in self._skipped if self._may_try(name, now)), None)
        if name is None or self._active:
            return None
        phrase, rung = self._skipped.pop(name), self.rungs[name]
        entry = replace(self._entry(rung, phrase), ready=None, hold=True)
        heard_by_nobody = replace(phrase, cancelled=lambda: self._active > 1)
        outcomes: list[Outcome] = []
        try:
            async for _ in self._race(heard_by_nobody, [entry], outcomes.append):
                pass
        except EngineFailed:
            log.info("the voice %s was tried while idle and failed", name)
        for outcome in outcomes:
            if outcome.ended is not None and outcome.ended.error is None:
                # what it does now counts, not what it once did
                self.estimates.of(name, phrase.language).by_length.clear()
            self._learn(phrase, outcome)
        ready = self._entry(rung, phrase).ready
        if rung.breaker.resting or ready is None or ready > self._budget:
            rest = min(LONGEST_PROBE_REST, 2 * self._probes.get(name, (0.0, PROBE_REST / 2))[1])
            self._probes[name] = now + rest, rest
        else:
            self._probes.pop(name, None)
        return name

    def _may_try(self, name: str, now: float) -> bool:
        return not self.rungs[name].breaker.resting and now >= self._probes.get(name, (0.0, 0.0))[0]

    def report(self) -> list[VoiceReport]:
        """What each voice is worth here, for the page and the command line."""
        return [report(rung, self.estimates, self._budget) for rung in self.rungs.values()]

    async def close(self) -> None:
        """Wait for dropped attempts to end, and keep what was learned."""
        if self._leaving:
            await asyncio.wait(set(self._leaving), timeout=self._cap)
        self.estimates.breakers |= {name: rung.breaker.kept() for name, rung in self.rungs.items()}
        self.estimates.save()


class Preferring:
    """A ladder whose voice ``first`` is asked before all others: a voice chosen by name, with the rest behind it."""

    def __init__(self, ladder: Ladder, first: str) -> None:
        self.name, self.ladder = first, ladder
        self.licence, self.languages, self.cost = ladder.rungs[first].voice.licence, ladder.languages, ladder.cost

    def synthesize_stream(
        self, text: str, language: str, style: Style = Style(), cancelled: Cancelled = never
    ) -> AsyncGenerator[Pcm]:
        """As `Ladder`'s."""
        return self.ladder.synthesize_stream(text, language, style, cancelled, self.name)

    def kept(self, text: str, language: str, style: Style = Style()) -> Pcm | None:
        """As `Ladder`'s."""
        return self.ladder.kept(text, language, style, self.name)


def _address(rung: Rung, phrase: Phrase) -> str:
    return cache.key(phrase.text, phrase.language, phrase.style, rung.name, rung.revision)
