"""Engines at the true shapes of ``spaces-cpu``: random weights do the real work, fixed words stand for theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from izwi.audio import Pcm
from izwi.bench import random_weights
from izwi.engines import Cancelled, Cost, Engines, Message, TokenChunk, TranscriptChunk, never
from izwi.offload import stream
from izwi.settings import Settings
from izwi.tts.vits import VitsVoice

BOTH = frozenset({"sn", "en"})
#: What the recogniser is taken to have heard, and the reply: plain sentences, as long as real ones.
HEARD = "what is the time please"
REPLY = "It is a quarter past ten in the morning. Is there anything else that I can do for you today?"
#: Decoder tokens a second of speech, prompt tokens kept warm, tokens of a new question, tokens a word.
HEARD_TOKENS, WARM, NEW, WORD_TOKENS = 6, 300, 20, 1.4
#: Frames of padding that weights trained on 30 s want after the speech.
TRAILING = 250


def engines_of(shapes: str, settings: Settings) -> Engines:
    """Build (once) and load the models of ``shapes``."""
    folder = settings.cache / "shapes" / shapes
    voice = VitsVoice(random_weights.kept(folder / "vits", random_weights.vits) / "model", "mms shape")
    ears = ShapeAsr(random_weights.kept(folder / "whisper", random_weights.whisper) / "model")
    mind = ShapeLlm(random_weights.kept(folder / "llama", random_weights.llama) / "model.gguf")
    return Engines(ears, mind, voice, profile=f"{shapes} shapes, random weights")


class ShapeAsr:
    """Whisper base, short context: encodes the speech and its padding, decodes as many tokens as it would have."""

    def __init__(self, folder: Path) -> None:
        import ctranslate2
        from faster_whisper.feature_extractor import FeatureExtractor

        self.name, self.languages, self.cost = "whisper-base shape", BOTH, Cost()
        self._model: Any = ctranslate2.models.Whisper(str(folder), compute_type="int8", intra_threads=1)
        self._features: Any = FeatureExtractor()
        self._view = ctranslate2.StorageView
        self._threads = ThreadPoolExecutor(1, "shape-asr")

    async def transcribe_stream(
        self, speech: Pcm, language: str | None = None, cancelled: Cancelled = never
    ) -> AsyncIterator[TranscriptChunk]:
        def work(gone: Cancelled) -> Iterator[TranscriptChunk]:
            if gone() or cancelled():
                return
            mel = self._features(speech.floats)[:, : min(3000, int(100 * speech.seconds) + TRAILING) // 2 * 2]
            encoded = self._model.encode(self._view.from_array(np.ascontiguousarray(mel[None]).astype(np.float32)))
            count = max(4, round(HEARD_TOKENS * speech.seconds))
            self._model.generate(encoded, [[50258, 50259, 50359, 50363]], beam_size=1, max_length=4 + 2 * count)
            yield TranscriptChunk(HEARD, language or "en", final=True)

        async for chunk in stream(work, self._threads):
            yield chunk


class ShapeLlm:
    """Qwen3-0.6B in Q4_K_M: a warm prefix, a short question, and a reply of ordinary length."""

    def __init__(self, file: Path) -> None:
        from llama_cpp import Llama

        self.name, self.languages, self.cost = "0.6B shape", BOTH, Cost()
        self._model: Any = Llama(str(file), n_ctx=1024, n_batch=64, n_threads=1, n_threads_batch=2, verbose=False)
        self._threads = ThreadPoolExecutor(1, "shape-llm")
        self._model.eval(list(range(2, 2 + WARM)))
        self._prefilled = False

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        def work(gone: Cancelled) -> Iterator[TokenChunk]:
            self._question()
            self._prefilled = False
            for place, word in enumerate(REPLY.split()):
                for _ in range(round(WORD_TOKENS * (place + 1)) - round(WORD_TOKENS * place)):
                    if gone() or cancelled():
                        return
                    self._model.eval([100 + place])
                yield TokenChunk(word + " ")

        async for token in stream(work, self._threads):
            yield token

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        def work(gone: Cancelled) -> Iterator[None]:
            if not (gone() or cancelled() or self._prefilled):
                self._question()
                self._prefilled = True
            yield None

        async for _ in stream(work, self._threads):
            pass

    def _question(self) -> None:
        """Evaluate the new part of the prompt; if a prefill foresaw it, only its last tokens are new."""
        keep, new = (WARM + NEW - 4, 4) if self._prefilled else (WARM, NEW)
        self._model.n_tokens = keep
        self._model._ctx.kv_cache_seq_rm(-1, keep, -1)
        self._model.eval(list(range(500, 500 + new)))
