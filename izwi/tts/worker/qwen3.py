"""Qwen3-TTS (qwen-tts 0.1.1): ten languages, no Shona; emotion by instruction with the 1.7B. In its own environment.

The library returns whole waveforms and cannot be stopped. A hook on the talker sees the codes of each 80 ms frame as
they are made; groups of frames are decoded here with some frames of context to their left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from izwi.audio import Floats
from izwi.engines import Cancelled, Style, require_language
from izwi.tts.prosody import prosody
from izwi.tts.worker import torchaudio_free
from izwi.tts.worker.tap import Tap

#: Our language codes in the model's words.
LANGUAGES = {
    "en": "English",
    "zh": "Chinese",
    "de": "German",
    "fr": "French",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "pt": "Portuguese",
    "ru": "Russian",
    "es": "Spanish",
}
#: Frames (80 ms) decoded for the first sound and then at a time, and those kept as context.
FIRST, GROUP, CONTEXT = 2, 6, 25
#: Frames of one phrase at most (80 s).
LONGEST = 1000


class Qwen3:
    """A loaded Qwen3-TTS CustomVoice model."""

    name = "qwen3"
    licence = "Apache-2.0"

    def __init__(self, model: Any, speaker: str = "") -> None:
        self._model = model
        known = {name.lower() for name in model.get_supported_languages() or ()}
        self.languages = frozenset(code for code, name in LANGUAGES.items() if name.lower() in known)
        self._speaker = speaker or sorted(model.get_supported_speakers())[0]
        self.rate = int(model.model.speech_tokenizer.get_output_sample_rate())
        self._instructable = getattr(model.model, "tts_model_size", "") != "0b6"  # the 0.6B discards instructions

    def speak(self, text: str, language: str, style: Style, cancelled: Cancelled) -> Iterator[Floats]:
        """Frames as they are made; the emotion is asked for in words, where the model reads them."""
        require_language(self.name, language, self.languages)
        wish = prosody(style).wish if self._instructable else None

        def run(tap: Tap) -> None:
            self._generate(text, LANGUAGES[language], wish, tap)

        made: list[Any] = []
        sent, wanted = 0, FIRST
        for codes in Tap(run, cancelled):
            made.append(codes)
            if len(made) - sent >= wanted:
                yield self._decode(made, sent)
                sent, wanted = len(made), GROUP
        if len(made) > sent and not cancelled():
            yield self._decode(made, sent)

    def _generate(self, text: str, language: str, wish: str | None, tap: Tap) -> None:
        inner = self._model.model
        talker, end = inner.talker, inner.config.talker_config.codec_eos_token_id

        def on_frame(_module: Any, _inputs: Any, output: Any) -> None:
            codes = output.hidden_states[1]
            if codes is not None and int(codes[0, 0]) != end:
                tap.give(codes[0].detach())

        hooks = [
            talker.register_forward_hook(on_frame),
            talker.register_forward_pre_hook(tap.check),
            talker.code_predictor.register_forward_pre_hook(tap.check),
        ]
        tokenizer = inner.speech_tokenizer
        decode = tokenizer.decode
        tokenizer.decode = lambda codes: ([_nothing()], self.rate)  # else it would decode everything once more
        try:
            self._model.generate_custom_voice(
                text=text, speaker=self._speaker, language=language, instruct=wish, max_new_tokens=LONGEST
            )
        finally:
            tokenizer.decode = decode
            for hook in hooks:
                hook.remove()

    def _decode(self, made: list[Any], sent: int) -> Floats:
        """The samples of the frames from ``sent`` on."""
        import torch

        decoder = self._model.model.speech_tokenizer.model.decoder
        context = min(CONTEXT, sent)
        codes = torch.stack(made[sent - context :]).T.unsqueeze(0).clamp(min=0)
        with torch.inference_mode():
            samples = decoder(codes)[0, 0, context * int(decoder.total_upsample) :]
        decoded: Floats = samples.float().cpu().numpy()
        return decoded


def _nothing() -> Floats:
    import numpy as np

    return np.zeros(0, np.float32)


def load(model: str, languages: tuple[str, ...] = (), reference: str = "") -> Qwen3:
    """Load a checkpoint; on a GPU where there is one. ``reference`` is the name of one of its speakers."""
    torchaudio_free.install()
    import torch
    from qwen_tts import Qwen3TTSModel  # type: ignore[import-not-found, unused-ignore]

    cuda = torch.cuda.is_available()
    device, kind = ("cuda:0", torch.bfloat16) if cuda else ("cpu", torch.float32)
    return Qwen3(Qwen3TTSModel.from_pretrained(model, device_map=device, dtype=kind), reference)
