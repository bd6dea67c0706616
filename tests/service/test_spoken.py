"""The embedded engines over a real WebSocket: a spoken question is answered, a voice over the answer cuts it off."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from izwi.assembly import assemble
from izwi.audio import LISTENING_RATE, Pcm, join, read, silence
from izwi.client import Client
from tests.service.orchestra import scripted, serving

pytestmark = pytest.mark.engine


def spoken(text: str, file: Path) -> Pcm:
    """espeak-ng saying ``text``, 16 kHz."""
    subprocess.run(["espeak-ng", "-v", "en-gb", "-s", "150", "-w", str(file), text], check=True)
    return read(file).resampled(LISTENING_RATE)


async def microphone(izwi: Client, sounds: asyncio.Queue[Pcm]) -> None:
    """A microphone that is never off: silence, or what is put into the queue."""
    while True:
        await izwi.say(sounds.get_nowait() if not sounds.empty() else silence(0.1, LISTENING_RATE))


async def test_a_spoken_question_is_answered_and_a_voice_breaks_in(tmp_path: Path) -> None:
    service = scripted(tmp_path, warm=False, profile="embedded", emotion=False)
    service.engines.set_result(await asyncio.to_thread(assemble, service.settings))
    question = spoken("How are you today?", tmp_path / "question.wav")
    over = spoken("Wait, please wait a moment, I have another question.", tmp_path / "over.wav")
    async with serving(service) as orchestra, orchestra.client(language="en") as izwi:
        sounds: asyncio.Queue[Pcm] = asyncio.Queue()
        speaking = asyncio.create_task(microphone(izwi, sounds))
        sounds.put_nowait(question)
        asked = await izwi.until("transcript")
        assert "you" in asked["text"].split()
        ended = await izwi.until("audio_end")
        assert not ended["interrupted"]
        assert izwi.spoken(ended["turn"]).seconds == pytest.approx(ended["seconds"], abs=0.001)
        assert izwi.spoken(ended["turn"]).dbfs > -40

        await izwi.text("tell me about the weather and about yourself")
        await izwi.until("audio_start")
        sounds.put_nowait(join([over, silence(0.5, LISTENING_RATE)]))
        ending = asyncio.create_task(izwi.until("audio_end"))
        cut = await izwi.until("audio_interrupt")
        ended = await ending
        assert (ended["turn"], ended["interrupted"]) == (cut["turn"], True)
        assert all(piece.generation < cut["generation"] for piece in izwi.heard)
        again = await izwi.until("transcript")
        assert again["turn"] == cut["turn"] + 1
        print("network:", [event for event in izwi.log if event["type"] == "network"][-1])
        speaking.cancel()
