"""Our own voice, come back through a room, is told from the user's."""

from __future__ import annotations

import numpy as np
import pytest

from izwi.audio import LISTENING_RATE, Samples
from izwi.turns.echo import EchoEar
from izwi.turns.vad import WINDOW


def babble(seconds: float, seed: int) -> Samples:
    """Speech-like noise: syllables of random loudness and length, each with three resonances of its own."""
    rng = np.random.default_rng(seed)
    pieces = []
    while sum(map(len, pieces)) < seconds * LISTENING_RATE:
        length = int(rng.integers(800, 3200))
        spectrum = np.fft.rfft(rng.standard_normal(length))
        hertz = np.fft.rfftfreq(length, 1 / LISTENING_RATE)
        peaks = np.exp(-(((hertz[:, None] - rng.uniform(200, 5500, 3)) / 250) ** 2)).sum(1) + 0.01
        pieces.append(np.fft.irfft(spectrum * peaks, length) * rng.uniform(500, 12_000))
    return np.concatenate(pieces)[: round(seconds * LISTENING_RATE)].astype(np.int16)


def overheard(sent: Samples, heard: Samples) -> bool:
    """Feed both to the ear in step and ask about the last 16 windows heard."""
    ear, length = EchoEar(), 16 * WINDOW
    for start in range(0, len(heard), WINDOW):
        ear.at(start)
        ear.sent(sent[start : start + WINDOW])
    ear.at(len(heard))
    return ear.own(heard[-length:])


@pytest.mark.parametrize("delay", [0.05, 0.2, 0.6])
def test_an_echo_late_faint_and_coloured_by_the_room_is_our_own(delay: float) -> None:
    room = np.random.default_rng(9).standard_normal(800) * np.exp(-np.arange(800) / 150)
    for seed in range(8):
        sent = babble(4, seed)
        late = np.concatenate([np.zeros(round(delay * LISTENING_RATE)), sent])[: len(sent)]
        assert overheard(sent, (0.05 * np.convolve(late, room)[: len(sent)]).astype(np.int16))


def test_another_voice_is_not_our_own() -> None:
    for seed in range(30):
        assert not overheard(babble(4, seed), babble(4, seed + 100))


def test_the_user_talking_over_our_echo_is_the_user() -> None:
    for seed in range(10):
        sent, user = babble(4, seed), babble(4, seed + 100)
        assert not overheard(sent, (0.1 * sent + user).astype(np.int16))


def test_when_nothing_was_sent_nothing_is_our_own() -> None:
    ear = EchoEar()
    ear.at(4 * LISTENING_RATE)
    assert not ear.own(babble(1, 3))


def test_while_there_is_little_to_go_by_it_cannot_be_told() -> None:
    """Two voices that set in after a silence are alike at first, whoever's they are; a little later they are not."""
    verdicts: list[set[bool | None]] = [set(), set()]
    for seed in range(20):
        ear, user = EchoEar(), babble(1, seed + 100)
        quiet = np.zeros(12 * WINDOW, np.int16)
        ear.at(len(quiet))
        ear.sent(babble(1, seed))
        for place, windows in enumerate((4, 14)):
            ear.at(len(quiet) + windows * WINDOW)
            verdicts[place].add(ear.own(np.concatenate([quiet, user[: windows * WINDOW]])))
    assert None in verdicts[0]
    assert verdicts[1] == {False}
