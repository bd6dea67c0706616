"""Every engine by its name in the registry: how it is made from a model's folder, and its first run.

The one place that knows all engines. Each module is imported only when a model needs it, so the embedded profile never
sees torch or transformers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from izwi.audio import LISTENING_RATE, Pcm, from_floats
from izwi.engines import Engines, Message
from izwi.hub.faults import ModelFault
from izwi.hub.registry import Model
from izwi.settings import Settings
from izwi.watchdog import WATCHES

Loader = Callable[[Model, Path, Settings], Any]

_SAID = {"sn": "mhoro", "en": "hello"}
_ASKED = {"sn": "ndinoda mvura yekunwa", "en": "I want water to drink"}


def _faster_whisper(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.asr.faster_whisper import FasterWhisper

    names = settings.expected_names
    return _respelling(FasterWhisper(folder, model.languages, hotwords=", ".join(names)), model, names)


def _whisper_cpp(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.asr.whisper_cpp import WhisperCpp

    return _respelling(WhisperCpp(folder, model.languages), model, settings.expected_names)


def _respelling(engine: Any, model: Model, names: Sequence[str]) -> Any:
    """``engine``, its texts in Izwi's spelling if its weights are from the Hub; ours know no other."""
    from izwi.asr.spelling import respelled

    engine.respelled = partial(respelled, names=names) if model.repo else None
    return engine


def _llama_cpp(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.llm.llama_cpp import LlamaCpp

    return LlamaCpp(folder, model.languages, longest=settings.reply_tokens)


def _vits(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.tts.choice import reference
    from izwi.tts.vits import VitsVoice

    return VitsVoice(folder, model.name, reference=reference(settings))


def _espeak(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.tts.choice import reference
    from izwi.tts.espeak import EspeakVoice

    return EspeakVoice(reference=reference(settings))


def _opus_mt(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.mt.ctranslate import OpusTranslator

    source, target = model.languages
    return OpusTranslator({(source, target): folder})


def _nllb(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.mt.ctranslate import NllbTranslator

    return NllbTranslator(folder)


def _emotion(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.emotion.recogniser import EmbeddedEmotion

    return EmbeddedEmotion(folder)


def _transformers(model: Model, folder: Path, settings: Settings) -> Any:
    from izwi.emotion.hub import HubEmotion

    return HubEmotion(str(folder), model.name)


#: Engine name in the registry → how it is made from a model's folder.
LOADERS: dict[str, Loader] = {
    "faster-whisper": _faster_whisper,
    "whisper-cpp": _whisper_cpp,
    "llama-cpp": _llama_cpp,
    "vits": _vits,
    "espeak": _espeak,
    "opus-mt": _opus_mt,
    "nllb": _nllb,
    "emotion": _emotion,
    "transformers": _transformers,
}


#: Engines whose threads nothing can stop once they hang: they are watched.
NATIVE = frozenset({"faster-whisper", "whisper-cpp", "llama-cpp", "vits", "opus-mt", "nllb"})


def _murmur() -> Pcm:
    """One second of quiet noise (−40 dBFS): something to hear, nothing to understand."""
    return from_floats(np.random.default_rng(0).normal(0.0, 0.01, LISTENING_RATE), LISTENING_RATE)


async def _warm_asr(engine: Any, languages: Sequence[str]) -> None:
    async for _ in engine.transcribe_stream(_murmur(), languages[0]):
        pass


async def _warm_llm(engine: Any, languages: Sequence[str]) -> None:
    """A few tokens of a reply are enough."""
    async with aclosing(engine.generate_stream([Message("user", _SAID[languages[0]])], languages[0])) as tokens:
        seen = 0
        async for _ in tokens:
            seen += 1
            if seen == 4:
                break


async def _warm_tts(engine: Any, languages: Sequence[str]) -> None:
    pieces = [piece async for piece in engine.synthesize_stream(_SAID[languages[0]], languages[0])]
    if not any(len(piece.samples) for piece in pieces):
        raise ModelFault(f"{engine.name} gives no sound.")


async def _warm_translator(engine: Any, languages: Sequence[str]) -> None:
    await engine.translate(_ASKED[languages[0]], languages[0], languages[1])


async def _warm_emotion(engine: Any, languages: Sequence[str]) -> None:
    await engine.recognise(_murmur())


_WARMERS: dict[str, Callable[[Any, Sequence[str]], Coroutine[Any, Any, None]]] = {
    "asr": _warm_asr,
    "llm": _warm_llm,
    "tts": _warm_tts,
    "mt": _warm_translator,
    "emotion": _warm_emotion,
}


def warm(model: Model, engine: Any) -> None:
    """Run a freshly loaded engine once, so that the first talker meets warm code. Raises what the engine raises."""
    asyncio.run(_WARMERS[model.role](engine, model.languages))


def watched(model: Model, folder: Path, engine: Any, settings: Settings) -> Any:
    """``engine``, behind a watch that replaces it when it hangs, if it works in native code of this process."""
    watch = WATCHES.get(model.role) if model.engine in NATIVE and settings.stall_limit else None
    if watch is None:
        return engine

    def fresh() -> Any:
        made = LOADERS[model.engine](model, folder, settings)
        warm(model, made)
        return made

    return watch(engine, fresh, lambda one: _WARMERS[model.role](one, model.languages), settings.stall_limit)


def warm_emotion(recogniser: Any) -> None:
    """Let a recogniser of feelings hear a murmur. Raises what it raises."""
    asyncio.run(_warm_emotion(recogniser, ()))


def warm_voice(voice: Any) -> None:
    """Let a voice say a word in each of its languages that is ours. Raises what it raises."""
    for language in voice.languages & _SAID.keys():
        asyncio.run(_warm_tts(voice, [language]))


async def warm_engines(engines: Engines) -> dict[str, float]:
    """Use each engine of a running service once; seconds by role. Raises what the engines raise."""
    took: dict[str, float] = {}
    for role in ("asr", "llm", "tts"):
        engine, start = getattr(engines, role), time.perf_counter()
        await _WARMERS[role](engine, sorted(engine.languages & _SAID.keys()))
        took[role] = round(time.perf_counter() - start, 3)
    return took
