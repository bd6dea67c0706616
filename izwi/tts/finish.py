"""The last yard of every voice: raw pieces in, finished pieces out, and what they cost learned on the way."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from izwi.audio import Pcm, from_floats
from izwi.engines import Cancelled, Cost, EngineFailed
from izwi.tts.post import Chain, Level

#: Finished speech is handed on in pieces of this length (seconds), so that a stop cuts finely.
PIECE = 0.25


def in_pieces(speech: Pcm) -> Iterator[Pcm]:
    """Speech that is at hand, as a voice would give it."""
    yield from speech.frames(round(PIECE * speech.rate))


async def finish(
    name: str,
    raw: AsyncGenerator[Pcm],
    level: Level,
    cost: Cost,
    energy: float,
    cancelled: Cancelled,
    first: float = 0.4,
) -> AsyncGenerator[Pcm]:
    """Trim, level and limit ``raw``, the pieces of one phrase at one rate, and close it; ends once ``cancelled``.

    ``cost`` learns the seconds to the first finished piece and the seconds of work per second of raw audio; the time
    the reader takes between pieces is not counted. Raises ``EngineFailed``: rate changed, or no sound.
    """
    chain: Chain | None = None
    rate, produced, worked, to_first = 0, 0, 0.0, 0.0
    started = time.perf_counter()
    async with aclosing(raw):
        async for piece in raw:
            if cancelled():
                return
            if chain is None:
                chain, rate = Chain(piece.rate, level, energy, first), piece.rate
            if piece.rate != rate:
                raise EngineFailed(f"The voice {name} changed its sample rate in the middle of a phrase.")
            produced += len(piece.samples)
            done = from_floats(chain.push(piece.floats), rate)
            worked += time.perf_counter() - started
            for part in in_pieces(done):
                to_first = to_first or worked
                yield part
                if cancelled():
                    return
            started = time.perf_counter()
    if chain is None:
        if cancelled():
            return
        raise EngineFailed(f"The voice {name} gave no sound.")
    rest = from_floats(chain.flush(), rate)
    worked += time.perf_counter() - started
    for part in in_pieces(rest):
        to_first = to_first or worked
        yield part
        if cancelled():
            return
    if not to_first:
        raise EngineFailed(f"The voice {name} gave nothing but silence.")
    cost.learn(to_first, worked / (produced / rate))
