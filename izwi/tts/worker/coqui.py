"""coqui-tts: a VITS of our own training, a fairseq/MMS checkpoint by path, and XTTS where asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from izwi.audio import Floats
from izwi.engines import Cancelled, Style, require_language
from izwi.tts.prosody import EMOTIONS, prosody
from izwi.tts.reshape import PitchShift
from izwi.tts.worker import torchaudio_free


class CoquiVits:
    """A Coqui VITS. It is decoded whole: `izwi.tts.vits` streams the same family."""

    name = "coqui"

    def __init__(self, model: Any, languages: tuple[str, ...], licence: str) -> None:
        self._model, self.languages, self.licence = model, frozenset(languages), licence
        self.rate = int(model.config.audio.sample_rate)
        self._usual = model.noise_scale, model.length_scale

    def speak(self, text: str, language: str, style: Style, cancelled: Cancelled) -> Iterator[Floats]:
        """The phrase in one piece; the emotion sets noise, length and pitch."""
        require_language(self.name, language, self.languages)
        import torch

        wanted, neutral = prosody(style), EMOTIONS["neutral"]
        noise, length = self._usual
        self._model.noise_scale = noise * wanted.noise / neutral.noise
        self._model.length_scale = length * wanted.pitch / wanted.rate  # a raised pitch plays faster
        ids = torch.tensor([self._model.tokenizer.text_to_ids(text)], device=self._model.device)
        if cancelled() or not ids.numel():
            return
        with torch.inference_mode():
            spoken = self._model.inference(ids)["model_outputs"]
        yield PitchShift(self.rate, wanted.pitch).push(spoken[0, 0].float().cpu().numpy(), last=True)


class Xtts:
    """Coqui's XTTS: speaks after a recording, streams by itself. Its weights are not for commercial use (CPML)."""

    name = "coqui"
    licence = "CPML (not for commercial use)"
    rate = 24_000

    def __init__(self, model: Any, reference: str) -> None:
        self._model = model
        self.languages = frozenset(code.split("-")[0] for code in model.config.languages)
        with patch("TTS.tts.models.xtts.load_audio", _recording):
            self._latent, self._speaker = model.get_conditioning_latents(audio_path=[reference])

    def speak(self, text: str, language: str, style: Style, cancelled: Cancelled) -> Iterator[Floats]:
        require_language(self.name, language, self.languages)
        wanted = prosody(style)
        speed, shift = wanted.rate / wanted.pitch, PitchShift(self.rate, wanted.pitch)
        for piece in self._model.inference_stream(text, language, self._latent, self._speaker, speed=speed):
            if cancelled():
                return
            yield shift.push(np.asarray(piece.float().cpu(), np.float32))
        yield shift.push(np.zeros(0, np.float32), last=True)


def load(model: str, languages: tuple[str, ...] = (), reference: str = "") -> CoquiVits | Xtts:
    """Load a folder: fairseq's (``G_100000.pth``, ``vocab.txt``), Coqui's own VITS, or XTTS (``voice.wav`` beside it,
    or a ``reference``).

    ``languages`` are what the checkpoint speaks; needed for VITS, which does not say. Raises ``ValueError``.
    """
    torchaudio_free.install(codec=True)
    folder = Path(model)
    if (folder / "vocab.txt").is_file():
        return CoquiVits(_fairseq(folder), _said(languages), "CC-BY-NC-4.0 (MMS)")
    import json

    kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model")
    if kind == "xtts":
        reference = reference or str(next(iter(folder.glob("voice.wav")), ""))
        if not reference:
            raise ValueError("XTTS speaks after a recording: put voice.wav beside it, or name one with --reference")
        return Xtts(_xtts(folder), reference)
    return CoquiVits(_vits(folder), _said(languages), "of the checkpoint")


def _recording(path: str, rate: int) -> Any:
    """The recording as a tensor ``(1, n)`` at ``rate`` Hz; coqui-tts' own reader needs torchcodec."""
    import soundfile
    import soxr
    import torch

    samples, own = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(soxr.resample(samples.mean(1), own, rate))[None].clip(-1, 1)


def _said(languages: tuple[str, ...]) -> tuple[str, ...]:
    if not languages:
        raise ValueError("a VITS checkpoint does not say what it speaks: name it with --language")
    return languages


def _fairseq(folder: Path) -> Any:
    """By path, for coqui-tts would fetch any *name* with "fairseq" in it from a server that is not the Hub."""
    from TTS.tts.configs.vits_config import VitsConfig
    from TTS.tts.models.vits import Vits

    model = Vits(VitsConfig())
    model.load_fairseq_checkpoint(model.config, _checkpoint(folder), eval=True)
    return model


def _vits(folder: Path) -> Any:
    from TTS.config import load_config
    from TTS.tts.models.vits import Vits

    config = load_config(str(folder / "config.json"))
    model = Vits(config)
    model.load_checkpoint(config, str(_checkpoint(folder)), eval=True)
    return model


def _xtts(folder: Path) -> Any:
    from TTS.config import load_config
    from TTS.tts.models.xtts import Xtts as Model

    config = load_config(str(folder / "config.json"))
    model = Model(config)
    model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True)
    return model


def _checkpoint(folder: Path) -> Path:
    """The newest weights of a training's folder."""
    found = sorted(folder.glob("*.pth"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError(f"{folder} holds no checkpoint (*.pth)")
    return found[-1]
