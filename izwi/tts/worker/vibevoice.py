"""VibeVoice by transformers' own classes: English and Chinese, 24 kHz, a voice cloned from a recording; wants a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from izwi.audio import Floats
from izwi.engines import Cancelled, Style, require_language
from izwi.tts.worker import torchaudio_free
from izwi.tts.worker.tap import Tap

#: Steps of the diffusion head, and its guidance: what the model's authors use for speed.
STEPS, GUIDANCE = 5, 1.3
#: Pieces (133 ms) of one phrase at most: 60 s.
LONGEST = 450


class VibeVoice:
    """A loaded VibeVoice. It has no emotion to ask for: it follows its text and the recording it speaks after."""

    name = "vibevoice"
    licence = "MIT"
    languages = frozenset({"en", "zh"})

    def __init__(self, model: Any, processor: Any, reference: str = "") -> None:
        self._model, self._processor, self._reference = model, processor, reference
        self.rate = int(processor.feature_extractor.sampling_rate)

    def speak(self, text: str, language: str, style: Style, cancelled: Cancelled) -> Iterator[Floats]:
        """Pieces as the diffusion head makes them; a cancel takes effect within one of its steps."""
        require_language(self.name, language, self.languages)
        content: list[dict[str, str]] = [{"type": "text", "text": text}]
        if self._reference:
            content.append({"type": "audio", "path": self._reference})
        said = [{"role": "0", "content": content}]
        inputs = self._processor.apply_chat_template(said, tokenize=True, return_dict=True, return_tensors="pt")
        yield from Tap(lambda tap: self._generate(inputs.to(self._model.device), tap), cancelled)

    def _generate(self, inputs: Any, tap: Tap) -> None:
        import torch

        decode = self._model._decode_audio_latent

        def tapped(*args: Any, **options: Any) -> Any:
            decoded = decode(*args, **options)
            tap.give(decoded.audio.detach().float().cpu().numpy().reshape(-1))
            return decoded

        hook = self._model.model.diffusion_head.register_forward_pre_hook(tap.check)
        self._model._decode_audio_latent = tapped
        try:
            with torch.inference_mode():
                self._model.generate(
                    **inputs, num_diffusion_steps=STEPS, guidance_scale=GUIDANCE, max_new_tokens=LONGEST
                )
        finally:
            hook.remove()
            del self._model._decode_audio_latent


def load(model: str, languages: tuple[str, ...] = (), reference: str = "") -> VibeVoice:
    """Load a checkpoint; ``reference`` is a recording of the voice to speak with."""
    torchaudio_free.install()
    import torch
    from transformers import AutoModelForTextToWaveform, AutoProcessor

    cuda = torch.cuda.is_available()
    loaded = AutoModelForTextToWaveform.from_pretrained(model, dtype=torch.bfloat16 if cuda else torch.float32)
    return VibeVoice(loaded.to("cuda:0" if cuda else "cpu").eval(), AutoProcessor.from_pretrained(model), reference)
