"""Whisper on whisper.cpp (pywhispercpp): one ggml file, no other files beside it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from izwi.asr.windowed import UNSURE, Heard, Windowed
from izwi.audio import LISTENING_RATE, Floats

POSITIONS = 50  # encoder positions a second
FULL = 1500  # positions of weights trained on 30 s windows; they want silence after the speech
TRAILING = 125


class WhisperCpp(Windowed):
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
        super().__init__(frozenset(languages), self._positions / POSITIONS)

    def _hear(self, samples: Floats, language: str | None) -> Heard:
        code = language or self._language(samples)
        segments = self._model.transcribe(
            samples,
            language=code,
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
        sure = min((float(segment.probability) for segment in segments), default=1.0)
        return Heard(text, code, sure, sure < UNSURE)

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
