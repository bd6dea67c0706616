"""What the ladder learns, in virtual time: estimates, trust, breaker, probes, and any mixture of faults."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from izwi.audio import Pcm, join
from izwi.tts.attempt import NotReady
from izwi.tts.breaker import FAILURES, FIRST_REST
from izwi.tts.cache import PhraseCache
from izwi.tts.estimates import TRUST, Estimates
from izwi.tts.ladder import CAP, LONGEST_PROBE_REST, PROBE_REST, Ladder, Preferring
from izwi.tts.soundness import flatness
from tests.tts.scripted import TEXT, Scripted, rungs, say
from tests.tts.virtual import run

STATES = ["well", "slow", "dead", "broken", "half"]


def test_estimate_recovers_when_the_race_is_lost_by_little() -> None:
    """A voice a little slower than it promised is beaten a few times at most, then waited for again."""

    async def main() -> None:
        estimates = Estimates()
        estimates.learn("best", "sn", TEXT, 0.1, 0.2, 1.0)
        ladder = Ladder(
            rungs([Scripted("best", 200, first=0.3), Scripted("last", 400, first=0.01)]), estimates=estimates
        )
        heard = [(await say(ladder))[0][0] for _ in range(8)]
        assert heard[-3:] == [200, 200, 200]

    run(main())


def test_voice_earns_the_right_to_stream_and_loses_it_by_one_failure() -> None:
    async def main() -> None:
        voice = Scripted("new", 200, first=0.1, gap=0.1)
        ladder = Ladder([*rungs([voice], trusted=False), *rungs([Scripted("last", 400)])])
        waits = [(await say(ladder))[1] for _ in range(TRUST + 2)]
        assert waits[0] == pytest.approx(0.5), "a new voice is heard out first"
        assert waits[-1] == pytest.approx(0.1)
        voice.breaks = 2
        spoken, _ = await say(ladder)
        assert spoken == [200] * 2 + [400] * 2, "broke in the middle: the next voice goes on from there"
        voice.breaks = None
        assert (await say(ladder))[1] == pytest.approx(0.5)

    run(main())


@pytest.mark.parametrize("sound", [0.0, 0.5])
def test_voice_that_earned_trust_is_not_heard_to_make_noise(sound: float) -> None:
    """In pieces too short to tell; from its first sound on, or in the middle of the phrase."""

    class Noisy(Scripted):
        async def synthesize_stream(self, *args: Any, **options: Any) -> Any:
            draw, given = np.random.default_rng(0), 0.0
            async for piece in super().synthesize_stream(*args, **options):
                for part in piece.frames(800):
                    noise = draw.integers(-9000, 9000, len(part.samples)).astype(np.int16)
                    yield Pcm(noise, part.rate) if self.calls > TRUST and given >= sound else part
                    given += part.seconds

    async def main() -> None:
        ladder = Ladder([*rungs([Noisy("noisy", 200)], trusted=False), *rungs([Scripted("last", 400)])])
        for _ in range(TRUST):
            assert set((await say(ladder))[0]) <= {200, 180, 220}
        heard = [piece async for piece in ladder.synthesize_stream(TEXT, "sn")]
        whole = join(heard)
        assert whole.seconds == pytest.approx(1.0, abs=0.03)
        for piece in whole.frames(4000):
            assert len(piece.samples) < 3200 or flatness(piece.floats) < 0.5, "noise was heard"
        assert ladder.rungs["noisy"].breaker.state == "closed"

    run(main())


def test_three_failures_open_the_breaker_and_the_rest_grows() -> None:
    async def main() -> None:
        broken, last = Scripted("broken", 200, breaks=0, first=0.0), Scripted("last", 400)
        ladder = Ladder(rungs([broken, last]))
        for _ in range(10):
            await say(ladder)
        assert broken.calls < FAILURES + 2
        first_calls = broken.calls
        assert ladder.rungs["broken"].breaker.state == "open"
        await asyncio.sleep(FIRST_REST)
        for _ in range(10):
            await say(ladder)
        assert broken.calls == first_calls + 1, "after the rest exactly one try"
        assert FIRST_REST < ladder.rungs["broken"].breaker.resting <= 2 * FIRST_REST
        broken.breaks = None
        await asyncio.sleep(2 * FIRST_REST)
        assert (await say(ladder))[0] == [200] * 4
        assert ladder.rungs["broken"].breaker.state == "closed"

    run(main())


def test_skipped_voice_is_probed_while_idle_and_comes_back() -> None:
    async def main() -> None:
        recovering, last = Scripted("recovering", 200, first=1e6), Scripted("last", 400)
        ladder = Ladder(rungs([recovering, last]))
        await say(ladder)
        await say(ladder)
        recovering.first = 0.1
        assert (await say(ladder))[0] == [400] * 4
        assert await ladder.probe() == "recovering"
        assert (await say(ladder))[0] == [200] * 4
        assert await ladder.probe() is None
        await ladder.close()

    run(main())


def test_voice_that_stays_too_slow_is_probed_ever_more_seldom() -> None:
    async def main() -> None:
        slow, last = Scripted("slow", 200, first=4.0), Scripted("last", 400)
        ladder = Ladder(rungs([slow, last]))
        tried = []
        for _ in range(1000):
            await say(ladder)
            if await ladder.probe():
                tried.append(asyncio.get_running_loop().time())
            await asyncio.sleep(10)
        gaps = [later - earlier for earlier, later in pairwise(tried)]
        assert gaps[0] >= PROBE_REST
        assert all(later > 1.5 * earlier for earlier, later in pairwise(gaps) if earlier < 0.5 * LONGEST_PROBE_REST)
        assert 5 <= len(tried) <= 10
        await ladder.close()

    run(main())


def test_voice_that_loads_its_model_is_no_failure() -> None:
    class Loading(Scripted):
        async def synthesize_stream(self, *args: Any, **options: Any) -> Any:
            if self.calls < 10:
                self.calls += 1
                raise NotReady("still loading")
            async for piece in super().synthesize_stream(*args, **options):
                yield piece

    async def main() -> None:
        ladder = Ladder(rungs([Loading("heavy", 200), Scripted("last", 400, first=0.02)]))
        for _ in range(10):
            assert await say(ladder) == ([400] * 4, pytest.approx(0.02))
        assert ladder.rungs["heavy"].breaker.state == "closed"
        assert (await say(ladder))[0] == [200] * 4

    run(main())


def test_breaker_rests_on_after_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        broken, last = Scripted("broken", 200, breaks=0), Scripted("last", 400)
        ladder = Ladder(rungs([broken, last]), estimates=Estimates(tmp_path / "voices.json"))
        for _ in range(FAILURES):
            await say(ladder)
        again = Ladder(rungs([broken, last]), estimates=Estimates(tmp_path / "voices.json"))
        assert {report.name: report.breaker for report in again.report()} == {"broken": "open", "last": "closed"}
        calls = broken.calls
        await say(again)
        assert broken.calls == calls
        assert 0 < again.rungs["broken"].breaker.resting <= FIRST_REST

    run(main())


def test_voice_chosen_by_name_comes_first_and_has_the_others_behind_it(tmp_path: Path) -> None:
    async def main() -> None:
        a, b, english = Scripted("a", 200), Scripted("b", 400), Scripted("e", 600, languages=frozenset({"en"}))
        ladder = Ladder(rungs([a, b, english]))
        chosen = Preferring(ladder, "b")
        assert (await say(ladder))[0] == [200] * 4
        assert (await say(chosen))[0] == [400] * 4
        b.breaks = 0
        assert (await say(chosen))[0] == [200] * 4
        assert (await say(Preferring(ladder, "e")))[0] == [200] * 4, "it has no Shona"

        keeping = Ladder(rungs([a, Scripted("b", 400)]), phrases=PhraseCache(tmp_path))
        chosen = Preferring(keeping, "b")
        await say(chosen)
        assert chosen.kept(TEXT, "sn") is not None
        assert keeping.kept(TEXT, "sn") is None, "the first choice has not said it"

    run(main())


def test_probe_gives_way_to_a_phrase() -> None:
    async def main() -> None:
        slow, last = Scripted("slow", 200, first=1e6), Scripted("last", 400)
        ladder = Ladder(rungs([slow, last]))
        await say(ladder)
        await say(ladder)
        probing = asyncio.create_task(ladder.probe())
        await asyncio.sleep(0.1)
        assert slow.speaking == 1
        spoken, waited = await say(ladder)
        assert spoken == [400] * 4
        assert waited < 0.2
        await probing
        await ladder.close()
        assert slow.speaking == 0

    run(main())


def test_what_was_learned_survives_a_restart_and_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "voices.json"

    async def main() -> None:
        dead, last = Scripted("dead", 200, first=1e6), Scripted("last", 400, first=0.02)
        ladder = Ladder(rungs([dead, last]), estimates=Estimates(path))
        await say(ladder)
        await ladder.close()
        again = Ladder(rungs([dead, last]), estimates=Estimates(path))
        assert (await say(again))[1] <= last.first + 0.05
        assert dead.calls == 1

    run(main())
    for damage in (
        "",
        "{",
        "[1]",
        '{"voices": {"a sn": 3}, "breakers": {}}',
        '{"voices": {}, "breakers": {"a": "no"}}',
    ):
        path.write_text(damage)
        assert Estimates(path).of("a", "sn").estimate(TEXT) is None


def test_estimates_on_a_disk_that_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    estimates = Estimates(tmp_path / "file" / "voices.json")
    estimates.learn("a", "sn", TEXT, 0.1, 0.2, 1.0)
    estimates.save()


def test_report_says_honestly_what_the_machine_affords() -> None:
    async def main() -> None:
        estimates = Estimates()
        estimates.learn("heavy", "sn", TEXT, 6.0, 60.0, 3.0)
        estimates.learn("light", "sn", TEXT, 0.1, 0.3, 3.0)
        ladder = Ladder(rungs([Scripted("heavy", 1), Scripted("light", 2), Scripted("new", 3)]), estimates=estimates)
        notes = {report.name: report.note for report in ladder.report()}
        assert notes == {"heavy": "20× slower than real time here: off", "light": "on", "new": "not measured yet"}

    run(main())


def _mixed(script: list[tuple[str, float]]) -> None:
    """One ladder, each phrase with the first two voices in some state: always spoken once, whole, by one voice."""

    async def main() -> None:
        a, b, last = Scripted("a", 200), Scripted("b", 400), Scripted("last", 600, first=0.02)
        ladder = Ladder([*rungs([a, b], trusted=False), *rungs([last])])
        for (fault, when), (other, then) in zip(script, script[1:] + script[:1], strict=True):
            for voice, state, seconds in ((a, fault, when), (b, other, then)):
                _set(voice, state, seconds)
            spoken, waited = await say(ladder)
            broke = "half" in (fault, other)
            assert len(spoken) == 4
            assert len(set(spoken)) == 1 or (broke and spoken[0] == spoken[1] and spoken[2] == spoken[3])
            assert waited <= CAP + 0.1
            await asyncio.sleep(when)
        await ladder.close()
        assert ladder.leaving == 0
        assert (a.speaking, b.speaking, last.speaking) == (0, 0, 0)
        assert a.most <= 2

    run(main())


def _set(voice: Scripted, state: str, seconds: float) -> None:
    faults: dict[str, dict[str, Any]] = {
        "well": {},
        "slow": {"first": 10 * seconds},
        "dead": {"first": 1e6},
        "broken": {"breaks": 0},
        "half": {"breaks": 2},
    }
    fresh: dict[str, Any] = {"first": 0.1, "breaks": None} | faults[state]
    for name, value in fresh.items():
        setattr(voice, name, value)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STATES), st.floats(0, 2)), min_size=1, max_size=12))
def test_any_mixture_of_faults(script: list[tuple[str, float]]) -> None:
    _mixed(script)
