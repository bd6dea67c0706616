"""The rival: FastRTC's own ``ReplyOnPause`` with its own settings, around the same engines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import numpy as np
from fastapi import FastAPI
from fastrtc import ReplyOnPause, Stream
from fastrtc.pause_detection.silero import SileroVADModel

from izwi.audio import LISTENING_RATE, Pcm, Samples
from izwi.engines import Engines, Message
from izwi.languages import pack
from izwi.turns.vad import session


class StockVad(SileroVADModel):
    """FastRTC's pause detector, with the model of the silero-vad wheel in place of the one it downloads."""

    def __init__(self) -> None:
        self.session = session()

    def get_initial_state(self, batch_size: int = 1) -> Any:
        return np.zeros((2, batch_size, 128), np.float32), np.zeros((batch_size, 64), np.float32)

    def __call__(self, x: Any, state: Any, sr: int) -> Any:
        recurrent, context = state
        window = np.atleast_2d(x).astype(np.float32)
        feed = {"input": np.concatenate([context, window], 1), "state": recurrent, "sr": np.array(sr, np.int64)}
        out, recurrent = self.session.run(None, feed)
        return float(out[0, 0]), (recurrent, window[:, -64:])

    def vad(self, audio: Any, options: Any) -> Any:
        from fastrtc import SileroVadOptions

        return super().vad(audio, options or SileroVadOptions(window_size_samples=512))


def create_app(engines: Engines, talkers: int) -> FastAPI:
    """An app whose ``/webrtc/offer`` answers as a FastRTC tutorial would: recognise, reply, speak, in that order."""

    def reply(audio: tuple[int, Samples]) -> Iterator[tuple[int, Samples]]:
        rate, samples = audio
        speech = Pcm(np.asarray(samples).reshape(-1), rate).resampled(LISTENING_RATE)
        with asyncio.Runner() as runner:
            text, language = runner.run(_transcribe(engines, speech))
            if not text:
                return
            answer = runner.run(_answer(engines, text, language))
            for piece in runner.run(_speak(engines, answer, language)):
                yield piece.rate, piece.samples.reshape(1, -1)

    handler = ReplyOnPause(reply, model=StockVad())
    stream = Stream(handler, modality="audio", mode="send-receive", concurrency_limit=talkers)
    app = FastAPI()
    stream.mount(app)
    return app


async def _transcribe(engines: Engines, speech: Pcm) -> tuple[str, str]:
    text, language = "", "sn"
    async for chunk in engines.asr.transcribe_stream(speech):
        text, language = chunk.text, chunk.language
    return text.strip(), language


async def _answer(engines: Engines, text: str, language: str) -> str:
    return "".join([token.text async for token in engines.llm.generate_stream([Message("user", text)], language)])


async def _speak(engines: Engines, text: str, language: str) -> list[Pcm]:
    return [piece async for piece in engines.tts.synthesize_stream(pack(language).normalise(text), language)]
