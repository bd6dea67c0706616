"""Whisper on whisper.cpp (pywhispercpp): one ggml file, no other files beside it."""

from __future__ import annotations

import struct
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from izwi.asr.windows import is_silent, windows
from izwi.audio import LISTENING_RATE, Floats, Pcm
from izwi.engines import Cancelled, Cost, TranscriptChunk, never, require_language
from izwi.offload import stream

POSITIONS = 50  # encoder positions a second
FULL = 1500  # positions of weights trained on 30 s windows; they want silence after the speech
TRAILING = 125
UNSURE = 0.4


class WhisperCpp:
    """A ggml Whisper. The encoder runs over the audio there is (``audio_ctx``), not over a whole window."""

    name = "whisper-cpp"

    def __init__(self, folder: Path, languages: Sequence[str] = ("sn", "en"), threads: int = 1) -> None:
        """``folder`` holds one ``ggml*.bin``. Raises ``FileNotFoundError`` if there is none."""
        from pywhispercpp.model import Model

        path = next(iter(sorted(folder.glob("ggml*.bin"))), None)
        if path is None:
            raise FileNotFoundError(f"no ggml*.bin in {folder}")
        self._positions = _positions(path)
        self._model: Any = Model(
            str(path),
            n_threads=threads,
            # flash attention reads past a short context, into what is left of the utterance before
            context_params={"flash_attn": False, "use_gpu": False},
            redirect_whispercpp_logs_to=None,
            print_progress=False,
            print_realtime=False,
        )
        self.languages = frozenset(languages)
        self.cost = Cost()
        self._worker = ThreadPoolExecutor(1, "whisper-cpp")

    async def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        """See ``ASR``. Each window is one partial chunk, the last chunk is final."""
        if language is not None:
            require_language(self.name, language, self.languages)
        speech = speech.resampled(LISTENING_RATE)
        async for chunk in stream(lambda gone: self._transcribe(speech, language, cancelled, gone), self._worker):
            yield chunk

    def _transcribe(
        self, speech: Pcm, language: str | None, cancelled: Cancelled, abandoned: Cancelled
    ) -> Iterator[TranscriptChunk]:
        started, first = time.perf_counter(), 0.0
        said: list[str] = []
        confidence = 1.0
        for samples in windows(speech, self._positions / POSITIONS - 0.2):
            if cancelled() or abandoned():
                return
            if is_silent(samples):
                continue
            language = language or self._language(samples)
            text, sure = self._hear(samples, language)
            first = first or time.perf_counter() - started
            if text:
                said.append(text)
                confidence = min(confidence, sure)
                yield TranscriptChunk(" ".join(said), language, False, confidence, confidence < UNSURE)
        if first:
            self.cost.learn(first, (time.perf_counter() - started) / speech.seconds)
        if not cancelled():
            code = language or min(self.languages)
            yield TranscriptChunk(" ".join(said), code, True, confidence, confidence < UNSURE)

    def _hear(self, samples: Floats, language: str) -> tuple[str, float]:
        segments = self._model.transcribe(
            samples,
            language=language,
            audio_ctx=self._context(samples),
            single_segment=True,
            no_timestamps=True,
            no_context=True,
            suppress_blank=False,
            temperature=0.0,
            temperature_inc=0.0,
            extract_probability=True,
        )
        text = " ".join(segment.text.strip() for segment in segments if segment.text.strip())
        return text, min((float(segment.probability) for segment in segments), default=1.0)

    def _context(self, samples: Floats) -> int:
        trailing = TRAILING if self._positions == FULL else 0
        return min(len(samples) * POSITIONS // LISTENING_RATE + trailing, self._positions)

    def _language(self, samples: Floats) -> str:
        """The likeliest of this engine's languages."""
        _, ranked = self._model.auto_detect_language(samples)
        return max(self.languages, key=lambda code: ranked.get(code, 0.0))


def _positions(path: Path) -> int:
    """Encoder positions (``n_audio_ctx``) from the header of a ggml Whisper file."""
    with open(path, "rb") as file:
        magic, _, positions = struct.unpack("<3i", file.read(12))
    if magic != 0x67676D6C:
        raise ValueError(f"{path.name} is not a ggml file")
    return int(positions)
