"""What holds after every conversation, whatever happened in it."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from izwi.dialogue.state import MOVES
from tests.dialogue.stage import Stage


async def end(stage: Stage) -> None:
    """Close the stage; then nothing of it may run any more, and nothing may have gone wrong unseen."""
    cut_short = stage.state == "speaking"
    await stage.close()
    for _ in range(3):
        await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - {asyncio.current_task()} if not task.done()]
    assert not left, f"tasks left after the end: {left}"
    assert not stage.broken, f"unseen failures: {stage.broken}"
    no_ghost(stage)
    voices_end(stage, cut_short)
    moves_are_legal(stage)
    ducks_are_answered(stage)
    accounts_are_true(stage)


def no_ghost(stage: Stage) -> None:
    """No sample of an answer leaves once it has been cut off."""
    assert not stage.stale, f"stale audio (time, generation): {stage.stale[:5]}"


def voices_end(stage: Stage, cut_short: bool = False) -> None:
    """Every voice that starts, ends once before the next starts; only the end of the session may cut the last short."""
    marks = [(e.type, e.wire()["turn"]) for _, e in stage.events if e.type in ("audio_start", "audio_end")]
    if cut_short:
        assert marks.pop()[0] == "audio_start", "it was speaking, but its last voice had ended"
    starts, ends = marks[::2], marks[1::2]
    assert [kind for kind, _ in starts] == ["audio_start"] * len(starts), marks
    assert [kind for kind, _ in ends] == ["audio_end"] * len(starts), marks
    assert [turn for _, turn in starts] == [turn for _, turn in ends], marks


def moves_are_legal(stage: Stage) -> None:
    states = ["idle", *stage.states()]
    for old, new in pairwise(states):
        assert new in MOVES[old], f"{old} became {new}"  # type: ignore[index]


def ducks_are_answered(stage: Stage) -> None:
    """A lowered voice is restored, or interrupted, before it is lowered again."""
    low = False
    for at, event in stage.events:
        wire = event.wire()
        if event.type == "duck":
            assert low != (wire["db"] < 0), f"lowered or restored twice at {at:.2f} s"
            low = wire["db"] < 0
        elif event.type == "audio_end" and wire["interrupted"]:
            low = False
        elif event.type == "audio_start":
            assert not low, f"a voice began while lowered at {at:.2f} s"


def accounts_are_true(stage: Stage) -> None:
    """Waste is part of the total, and nothing grows without end."""
    conversation = stage.conversation
    ledger = conversation.answering.ledger
    assert -1e-9 <= ledger.wasted <= ledger.total + 1e-9
    assert len(conversation.memory.messages) <= 24
    assert conversation.listener.length <= conversation.listener.hearing.longest
    assert stage.speaker.queued == 0
    assert not conversation.answering._tasks
