"""Speech made on the fly in voices the recogniser never heard, and how to have it heard."""

import asyncio
import random

from izwi.audio import Pcm
from izwi.engines import ASR, TranscriptChunk
from models.recipes.micro_whisper import text as texts
from models.recipes.micro_whisper.score import spoken


def hear(asr: ASR, speech: Pcm, language: str | None = None) -> list[TranscriptChunk]:
    """Everything the engine says about the speech, partials and the final chunk."""

    async def collect() -> list[TranscriptChunk]:
        return [chunk async for chunk in asr.transcribe_stream(speech, language)]

    return asyncio.run(collect())


def say(language: str, sentence: str, seed: int = 0) -> Pcm:
    """The sentence in a held-out voice."""
    ((_, _, speech),) = spoken(language, [sentence], seed=seed)
    return speech


def open_shona(count: int) -> list[str]:
    """Three to five words of the shipped word list, in no order anybody would say."""
    lines = (texts.TARGET / "sn.arpa").read_text("utf-8").split("\\2-grams")[0].splitlines()
    words = [line.split("\t")[1] for line in lines if "\t" in line]
    words = [word for word in words if texts.SHONA_WORD.fullmatch(word) and len(word) > 2]
    rng = random.Random(7)
    return [" ".join(rng.choices(words, k=rng.choice((3, 4, 5)))) for _ in range(count)]
