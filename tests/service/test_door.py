"""The door in virtual time: who came first goes in first, the wait is told honestly, and no place is ever lost."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from izwi.service.door import LEASE, LONGEST, PATIENCE, Door, Standing, about, waiting_sentence


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_who_came_first_goes_in_first(clock: Clock) -> None:
    door = Door(1, clock)
    assert door.ask("a").inside
    assert (door.ask("b").position, door.ask("c").position) == (1, 2)
    door.leave("a")
    assert not door.ask("c").inside, "c does not overtake b"
    assert not door.ask("d").inside
    assert door.ask("b").inside
    assert door.ask("c").position == 1


def test_a_name_holds_one_place_however_often_it_asks(clock: Clock) -> None:
    door = Door(2, clock)
    for _ in range(5):
        assert door.ask("a").inside
    assert door.taken == 1
    door.leave("a")
    door.leave("a")
    assert door.taken == 0


def test_who_stops_asking_loses_the_turn(clock: Clock) -> None:
    door = Door(1, clock)
    door.ask("a")
    door.ask("gone")
    clock.now += PATIENCE / 2
    assert door.ask("b").position == 2
    clock.now += PATIENCE / 2 + 1
    assert door.ask("b").position == 1


def test_a_place_that_nobody_renews_is_free_again(clock: Clock) -> None:
    door = Door(1, clock)
    door.ask("a")
    for _ in range(10):
        clock.now += LEASE / 2
        door.renew("a")
        assert not door.enter("b")
    clock.now += LEASE + 1
    assert door.enter("b")
    door.renew("a")  # it lived after all: nobody is put out
    assert door.taken == 2


def test_the_queue_has_an_end_and_a_closed_door_turns_all_away(clock: Clock) -> None:
    door = Door(1, clock)
    door.ask("a")
    for number in range(LONGEST):
        assert door.ask(str(number)).position == number + 1
    assert door.ask("one more").turned_away
    door.closed = True
    assert door.ask("0").turned_away
    assert door.ask("a").inside, "those inside stay"


def test_under_strain_newcomers_wait_but_never_before_an_empty_room(clock: Clock) -> None:
    door = Door(4, clock, strained=True)
    assert door.ask("a").inside
    assert door.ask("b").position == 1
    door.strained = False
    assert door.ask("b").inside


def test_a_try_that_may_not_wait_leaves_no_trace(clock: Clock) -> None:
    door = Door(1, clock)
    assert door.enter("a")
    assert not door.enter("b")
    assert door.waiting == 0


@given(
    st.integers(1, 4),
    st.lists(
        st.tuples(
            st.sampled_from(["ask", "ask", "ask", "enter", "leave", "renew", "wait", "strain", "close", "limit"]),
            st.integers(0, 7),
        ),
        max_size=200,
    ),
)
@settings(max_examples=300, deadline=None)
def test_places_never_leak_whatever_happens(limit: int, story: list[tuple[str, int]]) -> None:
    clock = Clock()
    door = Door(limit, clock)
    inside: set[str] = set()
    for what, number in story:
        name = str(number)
        match what:
            case "ask" | "enter":
                before = door.taken
                let_in = door.ask(name).inside if what == "ask" else door.enter(name)
                if let_in and name not in inside:
                    assert before < door.limit
                    inside.add(name)
            case "leave":
                door.leave(name)
                inside.discard(name)
            case "renew":
                if name in inside:
                    door.renew(name)
            case "wait":
                clock.now += 3.0
                for each in inside:
                    door.renew(each)
            case "strain":
                door.strained = number % 2 == 0
            case "close":
                door.closed = number % 2 == 0
            case "limit":
                door.limit = 1 + number % 4
        assert door.taken == len(inside)
        assert not set(door._waiting) & set(door._inside)
    for name in inside:
        door.leave(name)
    clock.now += PATIENCE + 1
    door.closed = door.strained = False
    assert door.enter("the next day")
    assert (door.taken, door.waiting) == (1, 0)


def waits(limit: int, length: Callable[[random.Random], float], every: float) -> list[tuple[float, float]]:
    """What newcomers were told when they began to queue, and how long it took, over many talks."""
    draw, clock = random.Random(3), Clock()
    door = Door(limit, clock)
    ends: dict[str, float] = {}
    told: dict[str, tuple[float, float]] = {}
    waited: list[tuple[float, float]] = []
    queue: list[str] = []
    arrival, count = 0.0, 0
    while count < 200:
        clock.now += 8.0
        for name in [name for name, end in ends.items() if end <= clock.now]:
            door.leave(name)
            del ends[name]
        for name in ends:
            door.renew(name)
        while arrival <= clock.now:
            queue.append(f"t{count}")
            count += 1
            arrival += draw.expovariate(1 / every)
        for name in list(queue):
            standing = door.ask(name)
            if standing.inside:
                queue.remove(name)
                ends[name] = clock.now + length(draw)
                if name in told:
                    at, seconds = told.pop(name)
                    waited.append((seconds, clock.now - at))
            elif standing.turned_away:
                queue.remove(name)
            elif name not in told:
                told[name] = (clock.now, standing.seconds)
    return waited


def any_length(mean: float) -> Callable[[random.Random], float]:
    return lambda draw: draw.expovariate(1 / mean)


def much_alike(mean: float) -> Callable[[random.Random], float]:
    return lambda draw: draw.uniform(0.8 * mean, 1.2 * mean)


def chats_and_talks(mean: float) -> Callable[[random.Random], float]:
    """Most look in only, some stay."""
    return lambda draw: draw.uniform(0.05, 0.15) * mean if draw.random() < 0.7 else draw.uniform(2, 4) * mean


@pytest.mark.parametrize("lengths", [any_length, much_alike, chats_and_talks])
@pytest.mark.parametrize(("limit", "mean", "every"), [(1, 60.0, 75.0), (4, 90.0, 22.0)])
def test_the_wait_that_is_told_is_on_average_the_wait_there_is(
    lengths: Callable[[float], Callable[[random.Random], float]], limit: int, mean: float, every: float
) -> None:
    waited = waits(limit, lengths(mean), every)
    assert len(waited) > 100
    said, was = (sum(column) / len(waited) for column in zip(*waited, strict=True))
    print(f"told {said:.0f} s, waited {was:.0f} s ({len(waited)} newcomers)")
    assert said == pytest.approx(was, rel=0.25)


def told(clock: Clock, door: Door) -> float:
    return door.ask("newcomer").seconds


def test_the_wait_is_learned_from_places_held_before_and_now(clock: Clock) -> None:
    """Four talks of 40 s that begin together: the first newcomer hears of a usual talk, the next ones of these."""
    door = Door(4, clock)
    for name in "abcd":
        door.ask(name)
    clock.now += 15.0
    strangers = told(clock, door)
    assert 15.0 < strangers < 60.0, "four places: the first is free long before a usual talk is over"
    clock.now += 25.0
    for name in "abcd":
        door.leave(name)
    for name in ("newcomer", "f", "g", "h"):
        assert door.ask(name).inside
    clock.now += 30.0
    assert door.ask("i").seconds == pytest.approx(10.0, abs=5.0), "talks of 40 s, 30 s old"
    for _ in range(20):
        clock.now += 30.0
        for name in ("newcomer", "f", "g", "h"):
            door.renew(name)
    assert door.ask("i").seconds > 60.0, "these are longer than any there was: nobody knows, so it is not soon"


def test_the_queue_in_words() -> None:
    assert waiting_sentence(Standing(False, 1, 41.0)).endswith("You are next; it may take about 40 seconds.")
    assert "You are second; it may take about 80 seconds" in waiting_sentence(Standing(False, 2, 79.0))
    words: Callable[[float], str] = about
    assert [words(s) for s in (1, 44, 89, 119, 610)] == [
        "10 seconds",
        "40 seconds",
        "90 seconds",
        "2 minutes",
        "10 minutes",
    ]
