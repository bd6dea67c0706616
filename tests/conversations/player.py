"""Plays a script on the stage and complains at the first line that does not hold, with all that happened so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from izwi.events import Command, Event
from izwi.settings import Settings
from tests.conversations.script import EVENTS, BadScript, Statement, number, pairs, span, typed
from tests.dialogue.laws import end
from tests.dialogue.stage import STEP, Script, Stage

LONG_MS = 10_000.0


class Player:
    """``anchor`` is when the statement before was over; the first ``seen`` events lie behind the last one expected."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.anchor = stage.now
        self.seen = 0
        self.log: list[tuple[float, str]] = []
        self.closed = False

    async def play(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            self.log.append((self.stage.now, str(statement)))
            try:
                await getattr(self, f"do_{statement.verb}")(statement, *statement.words)
            except AssertionError as error:
                raise AssertionError(f"{statement.place}: {statement}\n{error}\n\n{self.story()}") from None
        if not self.closed:
            await end(self.stage)

    def story(self) -> str:
        """Everything that was done and everything that happened, by the clock."""
        happened = [(t, f"    {type(e).__name__} {_brief(e)}") for t, e in self.stage.events]
        return "\n".join(f"{t:8.2f}  {line}" for t, line in sorted(self.log + happened, key=lambda item: item[0]))

    # Setting the stage

    async def do_engines(self, statement: Statement, *words: str) -> None:
        for name, word in pairs(statement, words).items():
            if name not in {f.name for f in fields(Script)}:
                raise BadScript(f"{statement.place}: engines have no '{name}'")
            setattr(self.stage.script, name, typed(statement, name, getattr(self.stage.script, name), word))

    async def do_settings(self, statement: Statement, *words: str) -> None:
        """Taken into account before the curtain rises (``settings_of``)."""

    async def do_reply(self, statement: Statement, question: str, answer: str, times: str = "1") -> None:
        whole = " ".join([answer] * int(number(statement, times)))
        if question == "*":
            self.stage.script.default_reply = whole
        else:
            self.stage.script.replies[question] = whole

    # What happens

    async def do_user(self, statement: Statement, words: str, seconds: str) -> None:
        await self.stage.say(words, number(statement, seconds))
        self.anchor = self.stage.now

    async def do_cough(self, statement: Statement, seconds: str) -> None:
        await self.stage.cough(number(statement, seconds))
        self.anchor = self.stage.now

    async def do_click(self, statement: Statement, seconds: str = "0.06") -> None:
        await self.stage.cough(number(statement, seconds))
        self.anchor = self.stage.now

    async def do_noise(self, statement: Statement, seconds: str) -> None:
        await self.stage.noise(number(statement, seconds))
        self.anchor = self.stage.now

    async def do_quiet(self, statement: Statement, seconds: str) -> None:
        await self.stage.quiet(number(statement, seconds))
        self.anchor = self.stage.now

    async def do_echo(self, statement: Statement, seconds: str, over: str = "") -> None:
        await self.stage.echo(number(statement, seconds), over=over)
        self.anchor = self.stage.now

    async def do_greet(self, statement: Statement) -> None:
        self.stage.conversation.greet()
        self.anchor = self.stage.now

    async def do_page(self, statement: Statement, kind: str, *words: str) -> None:
        match kind, words:
            case "acknowledges", ():
                self.stage.page_acknowledges()
            case "silent", ():
                self.stage.page_falls_silent()
            case (("stop" | "onset" | "ping"), ()):
                self.stage.conversation.obey(Command(kind, {}))
            case (("text" | "language" | "voice"), (value,)):
                self.stage.conversation.obey(Command(kind, {kind: value}))
            case "mute", (value,):
                self.stage.conversation.obey(Command(kind, {"on": typed(statement, kind, True, value)}))
            case "playback", (turn, seconds):
                played = {"turn": int(number(statement, turn)), "seconds": number(statement, seconds), "ended": False}
                self.stage.conversation.obey(Command(kind, played))
            case _:
                raise BadScript(f"{statement.place}: the page cannot do that")
        self.anchor = self.stage.now

    async def do_close(self, statement: Statement) -> None:
        await end(self.stage)
        self.closed = True
        self.anchor = self.stage.now

    # What must follow

    async def do_expect(self, statement: Statement, *words: str) -> None:
        wanted, limit = _wanted(statement, words, "within_ms", LONG_MS)
        deadline = self.anchor + limit / 1000
        while (found := self._find(wanted)) is None:
            assert self.stage.now <= deadline, f"did not happen within {limit:.0f} ms"
            await self._wait()
        self.seen = found + 1
        at = self.stage.events[found][0]
        assert at <= deadline + 1e-6, f"happened {1000 * (at - self.anchor):.0f} ms later, not within {limit:.0f} ms"
        self.anchor = max(self.anchor, at)

    async def do_absent(self, statement: Statement, *words: str) -> None:
        wanted, length = _wanted(statement, words, "for_ms", 0.0)
        while (found := self._find(wanted)) is None:
            if self.stage.now >= self.anchor + length / 1000:
                self.anchor = self.stage.now
                return
            await self._wait()
        at, event = self.stage.events[found]
        raise AssertionError(f"but it did happen, at {at:.2f} s: {type(event).__name__} {_brief(event)}")

    async def do_silent(self, statement: Statement, *words: str) -> None:
        """A frame that leaves at this very moment was taken before."""
        length = pairs(statement, words).get("for_ms", "500")
        start, before = self.stage.now, len(self.stage.sound)
        while self.stage.now < start + number(statement, length) / 1000:
            await self._wait()
        left = [t for t, _ in self.stage.sound[before:] if t > start]
        assert not left, f"our voice still sounded at {left[0]:.2f} s"
        self.anchor = self.stage.now

    async def do_count(self, statement: Statement, what: str, wanted: str) -> None:
        ledger = self.stage.conversation.answering.ledger
        counters: dict[str, float] = {
            "asked": len(self.stage.llm.seen),
            "transcribed": self.stage.asr.calls,
            "sound_ms": 20 * len(self.stage.sound),
            "wasted_ms": round(1000 * ledger.wasted),
        }
        if what in EVENTS:
            kind, _, others = EVENTS[what]
            counters[what] = sum(_agrees(event, kind, others) for _, event in self.stage.events)
        if what not in counters:
            raise BadScript(f"{statement.place}: nobody counts '{what}'")
        first, last = span(statement, wanted)
        assert first <= counters[what] <= last, f"it is {counters[what]:g}"

    async def do_memory(self, statement: Statement, what: str, wanted: str) -> None:
        messages = self.stage.conversation.memory.messages
        user, reply = (messages[-2].text, messages[-1].text) if messages else ("", "")
        match what:
            case "user":
                assert _alike(user, wanted), f"it is '{user}'"
            case "reply":
                assert _alike(reply, wanted), f"it is '{reply}'"
            case "words":
                first, last = span(statement, wanted)
                assert first <= len(reply.split()) <= last, f"it has {len(reply.split())} words: '{reply}'"
            case "exchanges":
                assert len(messages) == 2 * number(statement, wanted), f"there are {len(messages) / 2:g}"
            case _:
                raise BadScript(f"{statement.place}: memory has user, reply, words and exchanges, no '{what}'")

    async def do_asked(self, statement: Statement, wanted: str) -> None:
        assert self.stage.llm.seen, "the model was never asked"
        last = self.stage.llm.seen[-1][-1].text
        assert _alike(last, wanted), f"it was asked '{last}'"

    async def _wait(self) -> None:
        await self.stage.quiet(STEP)

    def _find(self, wanted: tuple[str, dict[str, Any]]) -> int | None:
        kind, values = wanted
        events = self.stage.events
        return next((i for i in range(self.seen, len(events)) if _agrees(events[i][1], kind, values)), None)


def settings_of(statements: Sequence[Statement]) -> Settings:
    """The settings a script begins with: Izwi's own, but no greeting unless asked for. Raises ``BadScript``."""
    settings = Settings(greet=False)
    for statement in statements:
        for name, word in pairs(statement, statement.words).items() if statement.verb == "settings" else ():
            if name not in {f.name for f in fields(Settings)}:
                raise BadScript(f"{statement.place}: there is no setting '{name}'")
            settings = replace(settings, **{name: typed(statement, name, getattr(settings, name), word)})
    return settings


def _wanted(
    statement: Statement, words: tuple[str, ...], time: str, otherwise: float
) -> tuple[tuple[str, dict[str, Any]], float]:
    """What the words after ``expect`` or ``absent`` ask for, and the milliseconds they give it."""
    kind, main, others = EVENTS[words[0]]
    rest = words[1:]
    values = dict(others)
    if len(rest) % 2:
        if main is None:
            raise BadScript(f"{statement.place}: '{words[0]}' has no value to compare '{rest[0]}' with")
        values[main], rest = rest[0], rest[1:]
    given: dict[str, Any] = pairs(statement, rest)
    limit = number(statement, given.pop(time)) if time in given else otherwise
    return (kind, values | given), limit


def _agrees(event: Event, kind: str, values: dict[str, Any]) -> bool:
    if event.type != kind:
        return False
    wire = event.wire()
    return all(_alike(wire[name], wanted) for name, wanted in values.items())


def _alike(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, str) and isinstance(value, bool):
        return value == (wanted == "on")
    if isinstance(wanted, str) and isinstance(value, (int, float)):
        return abs(value - float(wanted)) < 1e-6
    if isinstance(wanted, str) and wanted.endswith("…"):
        return str(value).startswith(wanted[:-1])
    return bool(value == wanted)


def _brief(event: Event) -> str:
    wire = event.wire()
    return " ".join(f"{name}={value!r}" for name, value in wire.items() if name not in ("type", "marks"))
