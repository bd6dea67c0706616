"""The network: Hugging Face's Whisper class at a tiny size, its features, and a CTC head on the encoder's output."""

from typing import Any

import torch
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor, nn
from torch.nn import functional
from transformers import WhisperConfig, WhisperForConditionalGeneration

from models.recipes.micro_whisper.text import LETTERS

WINDOW = 10  # seconds
FRAMES = 100  # mel frames a second; the encoder halves them
BLANK = 0


def config(vocabulary: int, ids: dict[str, int]) -> WhisperConfig:
    """2–8 M parameters: most of them listen (encoder), few write (decoder)."""
    end = ids["<|endoftext|>"]
    return WhisperConfig(
        vocab_size=vocabulary,
        d_model=192,
        encoder_layers=6,
        decoder_layers=2,
        encoder_attention_heads=3,
        decoder_attention_heads=3,
        encoder_ffn_dim=768,
        decoder_ffn_dim=768,
        num_mel_bins=80,
        max_source_positions=WINDOW * FRAMES // 2,
        max_target_positions=112,
        dropout=0.0,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        attn_implementation="eager",  # several times faster than torch's fused kernel in bf16 on a CPU
        decoder_start_token_id=ids["<|startoftranscript|>"],
    )


class MicroWhisper(nn.Module):
    """Encoder, decoder and CTC head, called with whole batches of one length."""

    def __init__(self, settings: WhisperConfig) -> None:
        super().__init__()
        self.whisper = WhisperForConditionalGeneration(settings)
        self.ctc = nn.Linear(settings.d_model, len(LETTERS) + 1)

    def encode(self, mel: Tensor) -> Tensor:
        """(batch, 80, frames) log-mel, frames even and at most 10 s, to (batch, frames / 2, width)."""
        encoder: Any = self.whisper.model.encoder
        hidden = functional.gelu(encoder.conv1(mel))
        hidden = functional.gelu(encoder.conv2(hidden)).transpose(1, 2)
        hidden = hidden + encoder.embed_positions.weight[: hidden.shape[1]]
        for layer in encoder.layers:
            out = layer(hidden, None)
            hidden = out[0] if isinstance(out, tuple) else out
        return encoder.layer_norm(hidden)

    def decode(self, encoded: Tensor, tokens: Tensor) -> Tensor:
        """Next-token logits (batch, length, vocabulary) after each of ``tokens`` (batch, length)."""
        decoder: Any = self.whisper.model.decoder
        out = decoder(input_ids=tokens, encoder_hidden_states=encoded, use_cache=False)
        return self.whisper.proj_out(out.last_hidden_state)


FILTERS = torch.tensor(FeatureExtractor().mel_filters, dtype=torch.float32)
HANN = torch.hann_window(400)


def log_mel(batch: Tensor) -> Tensor:
    """Whisper's features of (batch, samples) at 16 kHz: (batch, 80, frames), the same figures as faster-whisper's."""
    spectrum = torch.stft(batch, 400, 160, window=HANN, return_complex=True)[..., :-1]
    mel = torch.log10(torch.clamp(FILTERS @ spectrum.abs() ** 2, min=1e-10))
    mel = torch.maximum(mel, mel.amax((1, 2), keepdim=True) - 8)
    return (mel + 4) / 4
