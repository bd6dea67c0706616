"""Translators on CTranslate2: OPUS-MT (one model a direction), and NLLB-200 (one for all, not for commercial use).

A model's folder holds what `ctranslate2.converters` wrote, and the SentencePiece models beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from izwi.engines import Cancelled, UnsupportedLanguage, never
from izwi.mt.glossary import translated

if TYPE_CHECKING:
    import ctranslate2
    import sentencepiece

OPUS_LICENCE = "Apache-2.0"
NLLB_LICENCE = "CC-BY-NC-4.0"
NLLB_CODES = {"sn": "sna_Latn", "en": "eng_Latn"}

_LONGEST = 256  # tokens a phrase may become


@dataclass(frozen=True)
class Direction:
    """One loaded model with the two vocabularies it speaks through."""

    model: ctranslate2.Translator
    source: sentencepiece.SentencePieceProcessor
    target: sentencepiece.SentencePieceProcessor

    @classmethod
    def load(cls, folder: Path, threads: int) -> Direction:
        """From a converted model's folder with source.spm and target.spm (or one sentencepiece.bpe.model)."""
        import ctranslate2
        import sentencepiece

        shared = folder / "sentencepiece.bpe.model"
        source, target = (shared, shared) if shared.exists() else (folder / "source.spm", folder / "target.spm")
        model = ctranslate2.Translator(str(folder), device="cpu", compute_type="int8", intra_threads=threads)
        load = sentencepiece.SentencePieceProcessor
        return cls(model, load(model_file=str(source)), load(model_file=str(target)))


class OpusTranslator:
    """OPUS-MT: a Marian model for each direction; numbers, names and set phrases kept by the glossary."""

    name = "opus-mt"
    licence = OPUS_LICENCE

    def __init__(self, folders: Mapping[tuple[str, str], Path], threads: int = 1) -> None:
        """`folders` maps (source, target) to the converted model's folder."""
        self._directions = {pair: Direction.load(folder, threads) for pair, folder in folders.items()}
        self.pairs = frozenset(self._directions)

    async def translate(self, text: str, source: str, target: str, cancelled: Cancelled = never) -> str:
        """One phrase of `source` in `target`; what was ready when `cancelled`. Raises UnsupportedLanguage."""
        if (source, target) not in self.pairs:
            known = frozenset(f"{a}→{b}" for a, b in self.pairs)
            raise UnsupportedLanguage(self.name, f"{source}→{target}", known)

        async def model(phrase: str) -> str:
            return await asyncio.to_thread(self._run, phrase, source, target, cancelled)

        return await translated(text, source, target, model)

    def _run(self, phrase: str, source: str, target: str, cancelled: Cancelled) -> str:
        if cancelled():
            return ""
        direction = self._directions[source, target]
        tokens = [*self._mark(source), *direction.source.encode(phrase, out_type=str), "</s>"]
        return decode(direction, tokens, cancelled, self._mark(target))

    @staticmethod
    def _mark(language: str) -> list[str]:
        """The token before a text that says which language it is in; a model of one direction needs none."""
        return []


class NllbTranslator(OpusTranslator):
    """NLLB-200: one model for both directions. Its licence forbids commercial use; show it where it is chosen."""

    name = "nllb-200"
    licence = NLLB_LICENCE

    def __init__(self, folder: Path, threads: int = 1) -> None:
        direction = Direction.load(folder, threads)
        self._directions = {(a, b): direction for a in NLLB_CODES for b in NLLB_CODES if a != b}
        self.pairs = frozenset(self._directions)

    @staticmethod
    def _mark(language: str) -> list[str]:
        return [NLLB_CODES[language]]


def decode(direction: Direction, tokens: list[str], cancelled: Cancelled, prefix: list[str]) -> str:
    """The greedy translation of `tokens`, which begins with `prefix`; stops between tokens when `cancelled`."""
    options: dict[str, Any] = {"target_prefix": [prefix]} if prefix else {}
    result = direction.model.translate_batch(
        [tokens],
        beam_size=1,
        max_decoding_length=_LONGEST,
        callback=lambda _step: cancelled(),
        **options,
    )
    found = result[0].hypotheses[0][len(prefix) :]
    decoded: str = direction.target.decode(found)
    return decoded.strip()
