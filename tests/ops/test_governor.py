"""The governor in virtual time: up step by step under strain, down more slowly, never swinging, never past its ends."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from izwi.offload import Job
from izwi.ops.governor import EASE, FALL, LATE, OLD, RISE, Governor, Pressure
from izwi.ops.pressure import CpuPressure, oldest

LOOK = 0.5
HARD, SOFT, BETWEEN = Pressure(lag=2 * LATE), Pressure(), Pressure(lag=0.8 * LATE)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def feel(governor: Governor, clock: Clock, pressure: Pressure, seconds: float) -> list[int]:
    levels = []
    for _ in range(round(seconds / LOOK)):
        clock.now += LOOK
        levels.append(governor.feel(pressure))
    return levels


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_short_strain_changes_nothing(clock: Clock) -> None:
    governor = Governor(8, clock)
    for _ in range(20):
        assert set(feel(governor, clock, HARD, RISE - LOOK)) == {0}
        feel(governor, clock, SOFT, LOOK)


def test_a_lasting_strain_sheds_step_by_step_to_the_end(clock: Clock) -> None:
    governor = Governor(8, clock)
    levels = feel(governor, clock, HARD, 60)
    assert levels == sorted(levels)
    assert set(levels) == set(range(9))
    assert levels.index(8) * LOOK == pytest.approx(8 * RISE, abs=1)


def test_it_recovers_more_slowly_than_it_sheds_and_fully(clock: Clock) -> None:
    governor = Governor(8, clock)
    feel(governor, clock, HARD, 60)
    levels = feel(governor, clock, SOFT, 120)
    assert levels == sorted(levels, reverse=True)
    assert levels.index(0) * LOOK == pytest.approx(8 * FALL, abs=1)
    assert FALL > RISE


def test_between_strain_and_ease_it_stays(clock: Clock) -> None:
    governor = Governor(8, clock)
    feel(governor, clock, HARD, 3 * RISE + LOOK)
    assert set(feel(governor, clock, BETWEEN, 300)) == {3}


def test_a_load_around_the_threshold_does_not_swing(clock: Clock) -> None:
    governor, draw = Governor(8, clock), random.Random(5)
    levels = []
    for _ in range(2000):
        levels += feel(governor, clock, Pressure(lag=LATE * draw.uniform(0.5, 1.2)), LOOK)
    changes = sum(a != b for a, b in itertools.pairwise(levels))
    assert changes <= 10, "1,000 s of noise"


def test_the_load_that_a_step_relieves_settles_between(clock: Clock) -> None:
    """Each step takes a fifth of the load away, its return brings it back: the level settles and stays."""
    governor = Governor(8, clock)
    levels = []
    for _ in range(400):
        levels += feel(governor, clock, Pressure(age=1.6 * OLD * 0.8**governor.level), LOOK)
    assert set(levels[100:]) == {3}


@pytest.mark.parametrize(
    "pressure", [Pressure(lag=LATE), Pressure(age=OLD), Pressure(lag=LATE / 2, cpu=1.0), Pressure(age=OLD / 2, cpu=1.0)]
)
def test_what_users_feel_is_reason_enough_and_half_of_it_when_the_cpu_is_fought_over(
    clock: Clock, pressure: Pressure
) -> None:
    governor = Governor(8, clock)
    assert feel(governor, clock, pressure, RISE + LOOK)[-1] == 1


def test_a_neighbour_who_takes_the_cpu_is_no_reason_while_our_users_feel_nothing(clock: Clock) -> None:
    assert set(feel(Governor(8, clock), clock, Pressure(lag=0.02, cpu=1.0), 300)) == {0}


def test_levels_that_would_change_nothing_are_passed_over(clock: Clock) -> None:
    governor = Governor(8, clock)
    governor.void = frozenset({1, 4, 8})
    levels = feel(governor, clock, HARD, 60)
    assert set(levels) == {0, 2, 3, 5, 6, 7}
    assert set(feel(governor, clock, SOFT, 120)) == {7, 6, 5, 3, 2, 0}


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 30), st.floats(0, 1), st.floats(0.1, 5)), max_size=200),
    st.frozensets(st.integers(1, 8)),
)
@settings(max_examples=200, deadline=None)
def test_one_step_at_a_time_within_bounds_whatever_happens(
    looks: list[tuple[float, float, float, float]], void: frozenset[int]
) -> None:
    clock = Clock()
    governor = Governor(8, clock)
    governor.void = void
    sensible = [level for level in range(9) if level not in void]
    changed = 0.0
    for lag, age, cpu, apart in looks:
        clock.now += apart
        before = governor.level
        after = governor.feel(Pressure(lag, age, cpu))
        assert after in sensible
        if after != before:
            assert abs(sensible.index(after) - sensible.index(before)) == 1
            assert clock.now - changed >= (RISE if after > before else FALL) - 1e-9
            assert after < before or 2 * max(lag / LATE, age / OLD) >= 1
            changed = clock.now


# What it looks at


def test_the_kernels_account_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cpu.pressure"
    file.write_text("some avg10=12.50 avg60=1.00 avg300=0.10 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n")
    assert CpuPressure([tmp_path / "absent", file]).read() == 0.125


def test_without_the_kernels_account_our_own_use_counts(tmp_path: Path) -> None:
    cpu = CpuPressure([tmp_path / "absent"])
    end = time.thread_time() + 0.05
    while time.thread_time() < end:
        pass
    assert 0.0 < cpu.read() <= 1.0


def test_only_work_without_a_result_grows_old() -> None:
    jobs = [Job("a", 10.0), Job("b", 4.0, answered=True), Job("c", 8.0)]
    assert oldest(jobs, 12.0) == 4.0
    assert oldest([], 12.0) == 0.0
    assert EASE < 1.0
