"""The last door before the loudspeaker: fenced by generation, bounded, and true about what was heard."""

from __future__ import annotations

import asyncio

import numpy as np

from izwi.audio import Pcm
from izwi.bench.virtual_time import in_virtual_time
from izwi.dialogue.speaker import Heard, Speaker

RATE = 1000


def sound(samples: int, value: int = 1) -> Pcm:
    return Pcm(np.full(samples, value, np.int16), RATE)


def test_what_is_written_is_read_in_order_and_in_pieces() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE)
        assert await speaker.write(0, sound(5, 1))
        assert await speaker.write(0, sound(3, 2))
        pieces = [(await speaker.read(4))[1].tolist() for _ in range(3)]
        assert pieces == [[1, 1, 1, 1], [1], [2, 2, 2]]
        assert (speaker.heard.let_in, speaker.heard.sent, speaker.queued) == (8, 8, 0)

    in_virtual_time(scene)


def test_an_older_generation_is_refused_and_its_queue_thrown_away() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE)
        cleared: list[int] = []
        speaker.cleared = lambda: cleared.append(speaker.generation)
        await speaker.write(0, sound(50))
        assert speaker.raise_generation() == 1
        assert cleared == [1]
        assert speaker.queued == 0
        assert not await speaker.write(0, sound(5))
        await speaker.write(1, sound(2, 7))
        generation, samples = await speaker.read(10)
        assert (generation, samples.tolist()) == (1, [7, 7])

    in_virtual_time(scene)


def test_a_writer_waits_while_the_buffer_is_full() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE, ahead=0.1)
        await speaker.write(0, sound(100))
        writing = asyncio.create_task(speaker.write(0, sound(60)))
        await asyncio.sleep(1)
        assert not writing.done()
        await speaker.read(10)
        assert await writing
        assert speaker.queued == 0.15

    in_virtual_time(scene)


def test_a_waiting_writer_of_an_ended_generation_is_let_go() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE, ahead=0.1)
        await speaker.write(0, sound(100))
        writing = asyncio.create_task(speaker.write(0, sound(60)))
        await asyncio.sleep(0)
        speaker.raise_generation()
        assert not await writing
        assert speaker.queued == 0

    in_virtual_time(scene)


def test_a_reader_waits_for_sound_and_for_the_hold_to_end() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE)
        reading = asyncio.create_task(speaker.read(10))
        await asyncio.sleep(1)
        assert not reading.done()
        speaker.hold(True)
        await speaker.write(0, sound(3))
        await asyncio.sleep(1)
        assert not reading.done()
        speaker.hold(False)
        assert len((await reading)[1]) == 3

    in_virtual_time(scene)


def test_a_new_generation_is_not_held() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE)
        speaker.hold(True)
        speaker.raise_generation()
        await speaker.write(1, sound(3))
        assert len((await speaker.read(10))[1]) == 3

    in_virtual_time(scene)


def test_drained_tells_the_end_from_the_cut() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE)
        await speaker.write(0, sound(10))
        waiting = asyncio.create_task(speaker.drained(0))
        await asyncio.sleep(0)
        assert not waiting.done()
        await speaker.read(10)
        assert await waiting
        await speaker.write(0, sound(10))
        waiting = asyncio.create_task(speaker.drained(0))
        await asyncio.sleep(0)
        speaker.raise_generation()
        assert not await waiting

    in_virtual_time(scene)


def test_the_first_sample_of_each_generation_is_told_and_all_that_leaves() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE)
        started: list[int] = []
        left: list[int] = []
        speaker.started, speaker.left = started.append, lambda pcm: left.append(len(pcm.samples))
        await speaker.write(0, sound(4))
        await speaker.read(2)
        await speaker.read(2)
        speaker.raise_generation()
        await speaker.write(1, sound(3))
        await speaker.read(9)
        assert (started, left) == ([0, 1], [2, 2, 3])

    in_virtual_time(scene)


def test_sound_of_another_rate_is_resampled() -> None:
    async def scene() -> None:
        speaker = Speaker(48_000)
        await speaker.write(0, Pcm(np.zeros(1600, np.int16), 16_000))
        speaker.end_phrase(0, "")
        assert speaker.queued == 0.1

    in_virtual_time(scene)


def test_the_words_heard_are_those_that_fit_into_the_samples() -> None:
    heard = Heard(phrases=[(100, "one two three four"), (300, "five six")])
    assert heard.text(0) == ""
    assert heard.text(50) == "one two"
    assert heard.text(100) == "one two three four"
    assert heard.text(200) == "one two three four five"
    assert heard.text(10_000) == "one two three four five six"


def test_a_phrase_ends_only_in_its_own_generation() -> None:
    async def scene() -> None:
        speaker = Speaker(RATE)
        await speaker.write(0, sound(10))
        speaker.end_phrase(0, "kare")
        speaker.raise_generation()
        speaker.end_phrase(0, "kare zvakare")
        assert speaker.heard.phrases == []

    in_virtual_time(scene)


def test_a_phrase_of_another_rate_comes_out_whole_and_without_clicks() -> None:
    """Resampled piece by piece, each seam would be heard; espeak-ng speaks at 22,050 Hz, the line wants 24,000."""

    async def scene() -> None:
        t = np.arange(2 * 22_050) / 22_050
        phrase = Pcm((8000 * np.sin(2 * np.pi * 300 * t)).astype(np.int16), 22_050)
        speaker = Speaker(24_000)
        for piece in phrase.frames(5512):
            await speaker.write(0, piece)
        speaker.end_phrase(0, "mhoro")
        assert speaker.heard.phrases == [(48_000, "mhoro")]
        heard = []
        while speaker.queued:
            heard.append((await speaker.read(4800))[1])
        sound = np.concatenate(heard).astype(int)
        steepest = 8000 * 2 * np.pi * 300 / 24_000
        assert np.abs(np.diff(sound[100:-100])).max() < 1.05 * steepest
        assert np.abs(sound[1000:-1000]).max() < 8100

    in_virtual_time(scene)
