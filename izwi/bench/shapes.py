"""The product's own engines at the true shapes of the Space's models, with random weights: the work is real.

What random weights cannot give is forced. The words heard are those of the embedded recogniser (its time comes on top),
the reply is a fixed one, and both take as many decoder steps as their text has tokens in the real model.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from izwi.asr.ctc import Floats
from izwi.asr.faster_whisper import FasterWhisper
from izwi.asr.windowed import Heard
from izwi.bench import random_weights
from izwi.engines import Cancelled, Engines
from izwi.faults import BadInput
from izwi.hub.registry import Model, Role
from izwi.llm.llama_cpp import LlamaCpp
from izwi.llm.runner import Runner
from izwi.loaders import warm
from izwi.settings import ROOT, Settings
from izwi.tts.vits import VitsVoice

REPLY = (
    "It is a pleasure to talk with you. Tell me a little more about it, and then I can say what I would do. "
    "Most people begin with something small, and see how it goes."
)
#: Where MMS's shape is kept; the number changes when its export does.
VITS = "vits-2"
#: Characters a token of Whisper has in Shona or English, on average.
CHARACTERS_A_TOKEN = 3.0
#: What counts as a token for the language model: a control mark, up to four letters, any other character.
_PIECES = re.compile(r"<\|\w+\|>|\s?\w{1,4}|\W")


def engines_of(shapes: str, settings: Settings) -> Engines:
    """Build (once) and load the models of ``shapes``, and run each once. Raises ``BadInput``."""
    folder, size = settings.cache / "shapes", random_weights.SHAPES[shapes]
    try:
        whisper = random_weights.kept(folder / f"whisper-{size}", partial(random_weights.whisper, size))
        llama = random_weights.kept(folder / "llama", random_weights.llama)
        vits = random_weights.kept(folder / VITS, random_weights.vits)
    except ModuleNotFoundError as error:
        raise BadInput(f"--shapes {shapes} makes models with {error.name}; run make setup-dev") from None
    ears, mind = ShapeAsr(whisper / "model"), ShapeLlm(llama / "model.gguf", ("sn", "en"))
    voice = VitsVoice(vits / "model", "MMS shape")
    parts: dict[Role, Any] = {"asr": ears, "llm": mind, "tts": voice}
    for role, engine in parts.items():
        warm(Model(f"{shapes} {role}", role, "random", ("sn", "en"), "none", 0), engine)
    return Engines(ears, mind, voice, profile=f"{shapes}, random weights")


class ShapeAsr(FasterWhisper):
    """Detects the language, encodes and decodes as the real one does; the words are the embedded recogniser's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._words = FasterWhisper(ROOT / "models" / "embedded" / "whisper")

    def _hear(self, samples: Floats, language: str | None) -> Heard:
        words = self._words._hear(samples, language)
        encoded = self._encode(self._model.feature_extractor(samples, padding=160))
        spoken = language or next(iter(self._languages(encoded)))
        self.force(encoded, self._prompt(spoken), 1 + round(len(words.text) / CHARACTERS_A_TOKEN))
        return words

    def force(self, encoded: object, prompt: list[int], count: int) -> int:
        """Decode ``count`` tokens (3 at least), whatever they are; returns how many it were."""
        end = self._token("<|endoftext|>")
        most = 2 * max(3, count)  # CTranslate2 stops at half the length
        result = self._model.model.generate(
            encoded, [prompt], beam_size=1, max_length=most, suppress_tokens=[end],
            return_scores=True, return_no_speech_prob=True,
        )  # fmt: skip
        return len(result[0].sequences_ids[0])


class _Scripted(Runner):
    """Evaluates and samples as always; a token stands for a few letters, and the text that comes is ``REPLY``."""

    def tokenize(self, text: str) -> list[int]:
        return [zlib.crc32(piece.encode()) % (self._vocabulary - 2) for piece in _PIECES.findall(text)]

    def generate(self, tokens: Sequence[int], temperature: float, most: int, cancelled: Cancelled) -> Iterator[str]:
        self.prefill(tokens, cancelled)
        pieces = _PIECES.findall(REPLY)
        for piece, _ in zip(pieces, self._sampled(list(tokens), temperature, len(pieces), cancelled), strict=True):
            yield piece


class ShapeLlm(LlamaCpp):
    """The real one around a runner that knows its lines."""

    runner = _Scripted
