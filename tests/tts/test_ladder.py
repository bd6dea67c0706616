"""The ladder's logic in virtual time: who speaks, when the next one starts, and that nobody speaks twice."""

import asyncio
from contextlib import aclosing
from pathlib import Path

import pytest

from izwi.audio import Pcm
from izwi.engines import SPEAKING, EngineFailed, Style, UnsupportedLanguage
from izwi.tts.attempt import Attempt
from izwi.tts.cache import PhraseCache
from izwi.tts.estimates import Estimates
from izwi.tts.ladder import BUDGET, CAP, Ladder
from tests.tts.scripted import TEXT, Scripted, now, rungs, say, who
from tests.tts.virtual import run


def test_the_first_voice_speaks_and_the_second_is_not_even_started() -> None:
    async def main() -> None:
        best, last = Scripted("best", 200), Scripted("last", 400)
        ladder = Ladder(rungs([best, last]))
        for _ in range(5):
            assert await say(ladder) == ([200] * 4, pytest.approx(0.1))
        assert last.calls == 0

    run(main())


def test_dead_first_voice_costs_the_budget_once_and_nothing_once_learned() -> None:
    async def main() -> None:
        dead, last = Scripted("dead", 200, first=1e6), Scripted("last", 400, first=0.02)
        ladder = Ladder(rungs([dead, last]))
        spoken, waited = await say(ladder)
        assert spoken == [400] * 4
        assert waited <= BUDGET + 0.1 < CAP
        for _ in range(20):
            spoken, waited = await say(ladder)
            assert spoken == [400] * 4
            assert waited - last.first <= 0.05
        assert dead.calls == 1
        await ladder.close()

    run(main())


def test_first_voice_that_breaks_at_once_costs_nothing() -> None:
    async def main() -> None:
        ladder = Ladder(rungs([Scripted("broken", 200, first=0.0, breaks=0), Scripted("last", 400, first=0.02)]))
        assert await say(ladder) == ([400] * 4, pytest.approx(0.02))

    run(main())


def test_slow_voice_known_to_be_slow_is_skipped_but_still_better_than_silence() -> None:
    async def main() -> None:
        slow = Scripted("slow", 200, first=4.0)
        broken = Scripted("broken", 400, first=0.01, breaks=0)
        estimates = Estimates()
        estimates.learn("slow", "sn", TEXT, 4.0, 4.5, 1.0)
        ladder = Ladder(rungs([slow, broken]), estimates=estimates)
        spoken, waited = await say(ladder)
        assert spoken == [200] * 4
        assert waited == pytest.approx(4.01, abs=0.06)
        assert broken.calls == 1

    run(main())


def test_next_voice_starts_before_the_budget_is_lost_and_the_first_sound_wins() -> None:
    async def main() -> None:
        estimates = Estimates()
        estimates.learn("hopeful", "sn", TEXT, 1.0, 1.2, 1.0)
        estimates.learn("steady", "sn", TEXT, 0.6, 0.7, 1.0)
        hopeful, steady = Scripted("hopeful", 200, first=3.0), Scripted("steady", 400, first=0.6)
        ladder = Ladder(rungs([hopeful, steady]), estimates=estimates)
        spoken, waited = await say(ladder)
        assert spoken == [400] * 4
        assert waited <= BUDGET + 0.01
        assert hopeful.speaking == 0, "the beaten voice was not stopped"

    run(main())


def test_no_voice_is_waited_for_longer_than_the_cap() -> None:
    async def main() -> None:
        voices = [Scripted(name, 200, first=1e6) for name in "abc"]
        ladder = Ladder(rungs(voices), budget=100.0)
        started = now()
        with pytest.raises(EngineFailed):
            await say(ladder)
        assert now() - started <= 3 * CAP + 0.5
        await ladder.close()
        assert [voice.speaking for voice in voices] == [0, 0, 0]

    run(main())


def test_a_deaf_voice_is_never_heard_after_it_lost() -> None:
    """It ignores both the cancel flag and the cancelled task, and answers in the middle of the winner's speech."""

    async def main() -> None:
        deaf = Scripted("deaf", 200, first=BUDGET + 0.05, gap=0.0, deaf=True)
        ladder = Ladder(rungs([deaf, Scripted("last", 400, first=0.02, gap=0.05)]))
        spoken, _ = await say(ladder)
        assert spoken == [400] * 4
        await ladder.close()
        assert ladder.leaving == 0

    run(main())


def test_the_fence_alone_holds_when_nothing_is_ever_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The losers' tasks run on and push their speech to the door: every sample of it is turned away."""

    async def main() -> None:
        monkeypatch.setattr(Attempt, "drop", lambda self: None)
        late = Scripted("late", 200, first=BUDGET + 0.05, gap=0.0, pieces=3)
        ladder = Ladder(rungs([late, Scripted("last", 400, first=0.02, gap=0.2)]))
        spoken, _ = await say(ladder)
        assert spoken == [400] * 4
        assert ladder.fence.refused == 3 * 4000
        await ladder.close()

    run(main())


@pytest.mark.parametrize("where", [1, 2, 4])
def test_untrusted_voice_that_gives_half_is_not_heard_at_all(where: int) -> None:
    async def main() -> None:
        half = Scripted("half", 200, breaks=where)
        ladder = Ladder([*rungs([half], trusted=False), *rungs([Scripted("last", 400)])])
        assert (await say(ladder))[0] == [400] * 4

    run(main())


def test_trusted_voice_that_hangs_in_the_middle_is_followed_by_the_next() -> None:
    async def main() -> None:
        hung = Scripted("hung", 200, hangs=2)
        ladder = Ladder(rungs([hung, Scripted("last", 400)]))
        started = now()
        assert (await say(ladder))[0] == [200] * 2 + [400] * 2, "goes on where the other was heard to"
        assert now() - started < 4.0
        await ladder.close()
        assert hung.speaking == 0

    run(main())


def test_language_is_never_swapped_for_another() -> None:
    async def main() -> None:
        english = Scripted("english", 200, languages=frozenset({"en"}))
        shona = Scripted("shona", 400, breaks=0, languages=frozenset({"sn"}))
        ladder = Ladder(rungs([english, shona]), order={"sn": ["english", "shona"]})
        with pytest.raises(EngineFailed):
            await say(ladder)
        assert english.calls == 0
        with pytest.raises(UnsupportedLanguage):
            await say(ladder, language="fr")

    run(main())


def test_order_by_language_and_emotion() -> None:
    async def main() -> None:
        a, b, c = (Scripted(name, pitch) for name, pitch in (("a", 200), ("b", 400), ("c", 600)))
        ladder = Ladder(rungs([a, b, c]), order={"sn": ["b", "a"], "sn/sad": ["c"]})
        assert (await say(ladder))[0][0] == 400
        assert (await say(ladder, style=Style(emotion="sad")))[0][0] == 600
        assert (await say(ladder, language="en"))[0][0] == 200
        with pytest.raises(ValueError, match="nobody"):
            Ladder(rungs([a]), order={"sn": ["nobody"]})

    run(main())


def test_voice_does_not_change_inside_a_sentence() -> None:
    async def main() -> None:
        best, last = Scripted("best", 200, breaks=0), Scripted("last", 400)
        ladder = Ladder(rungs([best, last]))
        SPEAKING.set(("session", 1))
        assert (await say(ladder, "Mangwanani,"))[0][0] == 400
        best.breaks = None
        assert (await say(ladder, "marara here shamwari yangu?"))[0][0] == 400, "the sentence goes on in its voice"
        assert (await say(ladder, "Ndarara zvakanaka."))[0][0] == 200

    run(main())


def test_voice_that_is_late_inside_its_sentence_is_waited_for_within_the_budget() -> None:
    """Between sentences the next voice would have won long before."""

    async def main() -> None:
        best, last = Scripted("best", 200), Scripted("last", 400, first=0.02)
        ladder = Ladder(rungs([best, last]))
        SPEAKING.set(("session", 1))
        assert (await say(ladder, "Mangwanani,"))[0][0] == 200
        best.first = 0.8
        assert (await say(ladder, "shamwari yangu,"))[0][0] == 200
        assert last.calls == 0
        best.first = 1e6
        spoken, waited = await say(ladder, "marara here?")
        assert spoken[0] == 400, "but it may have died"
        assert waited <= BUDGET + 0.01
        best.first = 0.8
        assert (await say(ladder, "Ndarara zvakanaka,"))[0][0] == 400
        await ladder.close()

    run(main())


def test_sentence_begun_from_the_cache_goes_on_in_its_voice(tmp_path: Path) -> None:
    async def main() -> None:
        best, last = Scripted("best", 200, first=0.2), Scripted("last", 400, first=0.02)
        ladder = Ladder(rungs([best, last]), phrases=PhraseCache(tmp_path))
        SPEAKING.set(("session", 1))
        await say(ladder, "Mangwanani,")
        SPEAKING.set(("session", 2))
        assert (await say(ladder, "Mangwanani,"))[1] == 0.0
        best.first = 1.0
        assert (await say(ladder, "shamwari yangu?"))[0][0] == 200
        assert last.calls == 0

    run(main())


def test_cancel_ends_the_phrase_soon_whatever_the_voices_do() -> None:
    async def main() -> None:
        stop = False
        hung = Scripted("hung", 200, first=1e6)
        ladder = Ladder(rungs([hung]), budget=4.0)

        async def speak() -> list[Pcm]:
            return [p async for p in ladder.synthesize_stream(TEXT, "sn", cancelled=lambda: stop)]

        task = asyncio.create_task(speak())
        await asyncio.sleep(1.0)
        stop, asked = True, now()
        assert await task == []
        assert now() - asked <= 0.06
        await ladder.close()
        assert hung.speaking == 0
        assert ladder.rungs["hung"].breaker.state == "closed", "a cancel is no failure of the voice"

    run(main())


def test_reader_that_leaves_drops_everybody() -> None:
    async def main() -> None:
        voices = [Scripted("a", 200, pieces=1000), Scripted("b", 400)]
        ladder = Ladder(rungs(voices))
        async with aclosing(ladder.synthesize_stream(TEXT, "sn")) as speech:
            await anext(speech)
        await ladder.close()
        assert voices[0].speaking == 0

    run(main())


def test_slow_reader_is_waited_for_and_not_taken_for_a_hung_voice() -> None:
    async def main() -> None:
        ladder = Ladder(rungs([Scripted("a", 200, pieces=40, gap=0.2), Scripted("b", 400)]))
        heard = []
        async for piece in ladder.synthesize_stream(TEXT, "sn"):
            heard.append(piece)
            await asyncio.sleep(5.0)
        assert who(heard) == [200] * 40

    run(main())


def test_nothing_to_say_starts_nobody() -> None:
    async def main() -> None:
        voice = Scripted("a", 200)
        assert await say(Ladder(rungs([voice])), "…") == ([], 0.0)
        assert voice.calls == 0

    run(main())


def test_phrases_are_kept_and_said_again_without_any_voice(tmp_path: Path) -> None:
    async def main() -> None:
        voice = Scripted("a", 200)
        ladder = Ladder(rungs([voice]), phrases=PhraseCache(tmp_path))
        fresh, _ = await say(ladder)
        kept, waited = await say(ladder)
        assert kept == fresh
        assert waited == 0.0
        assert voice.calls == 1
        await say(ladder, style=Style(rate=1.2))
        assert voice.calls == 2

    run(main())
