"""Which voices a worker can load, and where; nothing heavy is imported before one is asked for."""

from __future__ import annotations

from importlib import import_module

from izwi.tts.worker.speaker import Speaker

#: Name of a voice → the module whose ``load(model, languages, reference)`` gives its `Speaker`.
LOADERS = {
    "qwen3": "izwi.tts.worker.qwen3",
    "vibevoice": "izwi.tts.worker.vibevoice",
    "coqui": "izwi.tts.worker.coqui",
    "pocket": "izwi.tts.worker.pocket",
}


def load(voice: str, model: str, languages: tuple[str, ...] = (), reference: str = "") -> Speaker:
    """Load a voice from a folder. Raises ``KeyError`` for a voice we do not know, and what its library raises."""
    speaker: Speaker = import_module(LOADERS[voice]).load(model, languages, reference)
    return speaker
