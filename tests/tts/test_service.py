"""The worker's service over a real socket: streaming, refusing, stopping, breaking; and the voice behind it."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing

import httpx
import numpy as np
import pytest
import uvicorn

from izwi.audio import Floats, Pcm, join
from izwi.engines import Cancelled, EngineFailed, Style, UnsupportedLanguage
from izwi.tts.remote import RemoteVoice
from izwi.tts.wavstream import WavStream
from izwi.tts.worker.service import application

pytestmark = pytest.mark.engine
RATE = 24_000


class Tone:
    """Twenty pieces of a tone, 5 ms apart; the text may ask for trouble."""

    name, licence, rate = "tone", "none", RATE
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.spoken: list[tuple[str, Style]] = []
        self.given = 0
        self.stopped = threading.Event()

    def speak(self, text: str, language: str, style: Style, cancelled: Cancelled) -> Iterator[Floats]:
        self.spoken.append((text, style))
        self.given = 0
        self.stopped.clear()
        piece = (0.3 * np.sin(2 * np.pi * 300 * np.arange(2400) / RATE)).astype(np.float32)
        if text == "broken":
            raise RuntimeError("scripted")
        for number in range(2000 if text == "endless" else 20):
            if cancelled():
                self.stopped.set()
                return
            if text == "nan" or (text == "nan later" and number == 10):
                piece = np.full(2400, np.nan, np.float32)
            self.given += 1
            yield piece
            time.sleep(0.005)


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, Tone]]:
    tone = Tone()
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application(tone), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    )
    running = asyncio.create_task(server.serve(sockets=[listening]))
    yield f"http://127.0.0.1:{listening.getsockname()[1]}", tone
    server.should_exit = True
    await running


async def test_speech_streams_as_wav_and_as_pcm(served: tuple[str, Tone]) -> None:
    base, tone = served
    async with httpx.AsyncClient() as client:
        wav, first_at = WavStream(), None
        pieces = []
        async with client.stream("POST", f"{base}/v1/audio/speech", json={"input": "hello", "speed": 1.2}) as answer:
            assert answer.headers["content-type"] == "audio/wav"
            async for data in answer.aiter_bytes():
                first_at = tone.given if first_at is None else first_at
                if (piece := wav.feed(data)) is not None:
                    pieces.append(piece)
        assert join(pieces).seconds == pytest.approx(2.0)
        assert first_at is not None
        assert first_at < 15, "nothing came before the end"
        pcm = await client.post(f"{base}/v1/audio/speech", json={"input": "hello", "response_format": "pcm"})
        assert len(pcm.content) == 2 * 2 * RATE
        assert tone.spoken[0][1].rate == 1.2


async def test_health_and_refusals(served: tuple[str, Tone]) -> None:
    base, _ = served
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{base}/healthz")).json()["languages"] == ["en"]
        statuses = {
            "unsupported_language": {"input": "mhoro", "language": "sn"},
            "engine_failed": {"input": "broken"},
        }
        for code, body in statuses.items():
            answer = await client.post(f"{base}/v1/audio/speech", json=body)
            assert answer.json()["error"]["code"] == code
        for body in ({"input": ""}, {"input": "a" * 5000}, {"input": "a", "speed": 99}, {}):
            assert (await client.post(f"{base}/v1/audio/speech", json=body)).status_code == 422
        assert (await client.delete(f"{base}/v1/tasks/none")).status_code == 404


async def test_deleted_task_stops(served: tuple[str, Tone]) -> None:
    base, tone = served
    async with httpx.AsyncClient() as client:
        body = {"input": "endless", "task": "one"}
        async with client.stream("POST", f"{base}/v1/audio/speech", json=body) as answer:
            data = answer.aiter_bytes()
            await anext(data)
            assert (await client.delete(f"{base}/v1/tasks/one")).status_code == 204
            async for _ in data:
                pass
        assert tone.stopped.wait(5)


async def test_voice_through_the_service(served: tuple[str, Tone]) -> None:
    base, tone = served
    voice = RemoteVoice(base, frozenset({"en", "sn"}))
    spoken = join([piece async for piece in voice.synthesize_stream("hello", "en", Style("happy", rate=1.1))])
    assert spoken.rate == RATE
    assert abs(spoken.seconds - 2.0) < 0.1
    assert tone.spoken[-1][1].emotion == "happy"
    with pytest.raises(UnsupportedLanguage):
        await anext(voice.synthesize_stream("bonjour", "fr"))
    with pytest.raises(UnsupportedLanguage):
        await anext(voice.synthesize_stream("mhoro", "sn"))
    for trouble in ("broken", "nan", "nan later"):
        with pytest.raises(EngineFailed):
            assert [piece async for piece in voice.synthesize_stream(trouble, "en")]
    assert [piece async for piece in voice.synthesize_stream("hello", "en")], "it speaks again after every trouble"
    await voice.close()


async def test_voice_that_is_left_or_cancelled_stops_the_worker(served: tuple[str, Tone]) -> None:
    base, tone = served
    voice = RemoteVoice(base, frozenset({"en"}))
    async with aclosing(voice.synthesize_stream("endless", "en")) as speech:
        await anext(speech)
    assert await asyncio.to_thread(tone.stopped.wait, 5)
    heard: list[Pcm] = []
    async for piece in voice.synthesize_stream("endless", "en", cancelled=lambda: bool(heard)):
        heard.append(piece)  # noqa: PERF401 - the stream asks for what has been heard
    assert await asyncio.to_thread(tone.stopped.wait, 5)
    await voice.close()


async def test_nobody_there() -> None:
    voice = RemoteVoice("http://127.0.0.1:9", frozenset({"en"}))
    with pytest.raises(EngineFailed, match="cannot be reached"):
        await anext(voice.synthesize_stream("hello", "en"))
    await voice.close()
