"""The table of good manners, as a table; and that the policy has learned it."""

from itertools import pairwise, product

import numpy as np
import pytest

from izwi.emotion import manners
from izwi.emotion.manners import Situation
from izwi.emotion.policy import Mood, Policy
from izwi.emotion.recogniser import EMOTIONS
from izwi.engines import EmotionTag


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy()


def tag(emotion: str, chance: float = 0.9) -> EmotionTag:
    rest = (1 - chance) / 6
    return EmotionTag(emotion, True, {e: chance if e == emotion else rest for e in EMOTIONS})  # type: ignore[arg-type]


UNSURE = EmotionTag("neutral", False, dict.fromkeys(EMOTIONS, 0.15))


def heard(word: str) -> EmotionTag:
    return UNSURE if word == manners.UNSURE else tag(word)


def mood(word: str) -> np.ndarray:
    return np.zeros(6) if word == manners.NONE else np.eye(6)[EMOTIONS.index(word)] * 0.7


def situation(words: tuple[str, str, str]) -> Situation:
    turn, often, night = words
    return Situation(1 if turn == "first" else 5, 3 if often == "often" else 0, 23 if night == "night" else 15)


def test_every_case_has_an_answer_and_every_row_a_case():
    answered = {case: manners.answer(*case) for case in manners.cases()}
    assert len(answered) == 7 * 7 * 2 * 2 * 2
    assert set(answered.values()) <= set(EMOTIONS)

    def first_row(case):
        flat = (case[0], case[1], *case[2])
        matches = (all(w in ("*", h) for w, h in zip(r[:5], flat, strict=True)) for r in manners.rows())
        return next(i for i, hit in enumerate(matches) if hit)

    assert {first_row(case) for case in manners.cases()} == set(range(len(manners.rows())))


def test_a_case_beyond_the_table_is_an_error(monkeypatch):
    monkeypatch.setattr(manners, "rows", lambda: (("happy", "*", "*", "*", "*", "happy"),))
    with pytest.raises(LookupError, match="no answer"):
        manners.answer("sad", "none", ("first", "few", "day"))


@pytest.mark.parametrize("case", [c for c in manners.cases() if c[0] in ("angry", "fearful", "sad")])
def test_anger_fear_and_sadness_meet_calm(case):
    assert manners.answer(*case) == "calm"


def test_no_case_is_answered_in_anger_fear_or_gloom():
    assert {manners.answer(*case) for case in manners.cases()} == {"neutral", "calm", "happy"}


def test_joy_is_shared_by_day():
    assert manners.answer("happy", "none", ("first", "few", "day")) == "happy"
    assert manners.answer("happy", "none", ("first", "few", "night")) == "calm"


@pytest.mark.parametrize(("hour", "word"), [(21, "day"), (22, "night"), (0, "night"), (5, "night"), (6, "day")])
def test_night_is_from_22_to_6(hour, word):
    assert Situation(hour=hour).words()[2] == word


def test_the_policy_does_as_the_table_says(policy):
    wrong = [
        case
        for case in manners.cases()
        if EMOTIONS[int(policy.wish(heard(case[0]), mood(case[1]), situation(case[2])).argmax())]
        != manners.answer(*case)
    ]
    assert wrong == []


def test_the_policy_never_wishes_to_mirror_anger(policy):
    rng = np.random.default_rng(0)
    for _ in range(2000):
        shares = rng.dirichlet(np.full(7, 0.4))[:6]
        best = EMOTIONS[int(shares.argmax())]
        said = EmotionTag(best, bool(rng.random() < 0.7), dict(zip(EMOTIONS, map(float, shares), strict=True)))
        where = Situation(int(rng.integers(1, 40)), int(rng.integers(0, 9)), int(rng.integers(0, 24)))
        wish = policy.wish(said, rng.dirichlet(np.ones(7))[:6], where)
        assert wish.sum() == pytest.approx(1)
        assert EMOTIONS[int(wish.argmax())] in ("neutral", "calm", "happy")


def test_a_session_follows_what_it_hears(policy):
    session = Mood(policy)
    answers = [session.respond(tag(e), Situation(turn)) for turn, e in enumerate(("happy", "angry", "angry", "sad"), 1)]
    assert [a.emotion for a in answers] == ["happy", "calm", "calm", "calm"]
    assert "happy" in answers[0].guidance
    assert "calm" in answers[1].guidance
    assert answers[3].patience > answers[0].patience == 1.0


def test_one_doubtful_turn_does_not_change_the_voice(policy):
    session = Mood(policy)
    told = [session.respond(t, Situation(i)).emotion for i, t in enumerate((tag("happy"), UNSURE, tag("happy")), 1)]
    assert told[0] == told[2] == "happy"
    unsure = [session.respond(UNSURE, Situation(i)) for i in range(4, 8)]
    assert unsure[-1].emotion == "neutral"
    assert all(a.guidance == "" and a.patience == 1.0 for a in unsure)


def test_the_voice_does_not_flicker(policy):
    """Alternating weak tags change the answer less often than the table alone would."""
    session = Mood(policy)
    heard_ones = [tag("happy", 0.5), UNSURE] * 10
    answers = [session.respond(t, Situation(i + 2)).emotion for i, t in enumerate(heard_ones)]
    table = [manners.answer("happy" if t.sure else "unsure", "none", ("later", "few", "day")) for t in heard_ones]
    changes = [sum(a != b for a, b in pairwise(x)) for x in (answers, table)]
    assert changes[1] == 19
    assert changes[0] <= 1


@pytest.mark.parametrize("grave", ["angry", "fearful", "sad"])
def test_brightness_ends_at_once_when_things_are_grave(policy, grave):
    session = Mood(policy)
    assert session.respond(tag("happy"), Situation(1)).emotion == "happy"
    assert session.respond(tag(grave, 0.5), Situation(2)).emotion == "calm"


def test_sessions_do_not_share_a_mood(policy):
    sad, fresh = Mood(policy), Mood(policy)
    for turn in range(1, 4):
        sad.respond(tag("sad"), Situation(turn))
    assert sad.respond(tag("neutral"), Situation(4)).emotion == "calm"
    assert fresh.respond(tag("neutral"), Situation(4)).emotion == "neutral"


def test_every_case_is_named():
    assert manners.HEARD[-1] == "unsure"
    assert len(list(product(manners.HEARD, manners.BEFORE))) == 49
