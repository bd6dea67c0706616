"""The same weights as a ggml file for whisper.cpp.

whisper.cpp finds Whisper's special tokens by their published numbers, so the small vocabulary moves to those places in
a table of 51,865 rows; rows nobody uses get the embedding of a timestamp that training never asked for.
"""

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor
from tokenizers import Tokenizer
from transformers import WhisperForConditionalGeneration

Array = npt.NDArray[np.float32]

ROWS = 51_865
TEXT_ROWS = 50_257
PLACES = {  # Whisper's multilingual vocabulary: openai/whisper, tokenizer.py
    "<|endoftext|>": 50_257,
    "<|startoftranscript|>": 50_258,
    "<|en|>": 50_259,
    "<|sn|>": 50_324,
    "<|translate|>": 50_358,
    "<|transcribe|>": 50_359,
    "<|startoflm|>": 50_360,
    "<|startofprev|>": 50_361,
    "<|nospeech|>": 50_362,
    "<|notimestamps|>": 50_363,
}
UNWANTED = -4  # turns the positive logit of a timestamp (label smoothing) around: 50,000 rows weigh nothing
F32, F16, Q8_0 = 0, 1, 8
FILE_TYPE = 2007  # quantisation version 2, mostly Q8_0


def write(model: WhisperForConditionalGeneration, tokenizer: Tokenizer, path: Path) -> None:
    """Write ``model`` as Q8_0 ggml."""
    settings = model.config
    filters = FeatureExtractor().mel_filters.astype(np.float32)
    with open(path, "wb") as file:
        header = (0x67676D6C, ROWS, settings.max_source_positions, settings.d_model, settings.encoder_attention_heads)
        rest = (settings.encoder_layers, settings.max_target_positions, settings.d_model)
        last = (settings.decoder_attention_heads, settings.decoder_layers, settings.num_mel_bins, FILE_TYPE)
        file.write(struct.pack("<12i", *header, *rest, *last))
        file.write(struct.pack("<2i", *filters.shape) + filters.tobytes())
        _vocabulary(file, tokenizer)
        for name, values in _tensors(model, tokenizer):
            _tensor(file, name, values)


def _bytes(piece: str) -> bytes:
    """A byte-level BPE piece as bytes (GPT-2's printable stand-ins undone)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    stand_ins = {chr(b): b for b in printable}
    stand_ins |= {chr(256 + n): b for n, b in enumerate(b for b in range(256) if b not in printable)}
    return bytes(stand_ins[letter] for letter in piece)


def _vocabulary(file: BinaryIO, tokenizer: Tokenizer) -> None:
    end = tokenizer.token_to_id("<|endoftext|>")
    pieces = [_bytes(tokenizer.id_to_token(i)) for i in range(end)]
    pieces += [b" "] * (TEXT_ROWS - end)
    file.write(struct.pack("<i", len(pieces)))
    for piece in pieces:
        file.write(struct.pack("<i", len(piece)) + piece)


def _embedding(table: Array, tokenizer: Tokenizer) -> Array:
    end = tokenizer.token_to_id("<|endoftext|>")
    rows = np.repeat(UNWANTED * table[-1:], ROWS, axis=0)
    rows[:end] = table[:end]
    for token, place in PLACES.items():
        rows[place] = table[tokenizer.token_to_id(token)]
    return rows


_RENAMED = (
    ("model.", ""),
    ("layers.", "blocks."),
    ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("final_layer_norm", "mlp_ln"),
    ("self_attn", "attn"),
    ("encoder_attn", "cross_attn"),
    ("q_proj", "query"),
    ("k_proj", "key"),
    ("v_proj", "value"),
    ("out_proj", "out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
    ("embed_positions.weight", "positional_embedding"),
    ("embed_tokens", "token_embedding"),
    ("encoder.layer_norm", "encoder.ln_post"),
    ("decoder.layer_norm", "decoder.ln"),
)


def _tensors(model: WhisperForConditionalGeneration, tokenizer: Tokenizer) -> list[tuple[str, Array]]:
    tensors = []
    for name, value in model.state_dict().items():
        if name == "proj_out.weight":
            continue
        for old, new in _RENAMED:
            name = name.replace(old, new)
        values = value.float().numpy()
        if name == "decoder.token_embedding.weight":
            values = _embedding(values, tokenizer)
        if name.startswith("encoder.conv") and name.endswith("bias"):
            values = values[:, None]
        tensors.append((name, values))
    return tensors


def _tensor(file: BinaryIO, name: str, values: Array) -> None:
    quantised = values.ndim == 2 and name.endswith("weight")
    kind = Q8_0 if quantised else F16 if values.ndim == 3 else F32
    encoded = name.encode()
    file.write(struct.pack("<3i", values.ndim, len(encoded), kind))
    file.write(struct.pack(f"<{values.ndim}i", *values.shape[::-1]) + encoded)
    file.write(_q8_0(values) if quantised else values.astype(np.float16 if kind == F16 else np.float32).tobytes())


def _q8_0(values: Array) -> bytes:
    """Blocks of 32: a float16 scale and 32 signed bytes."""
    blocks = values.reshape(-1, 32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
    numbers = np.round(blocks / np.maximum(scale, 1e-12)).astype(np.int8)
    return np.concatenate([scale.astype("<f2").view(np.int8), numbers], axis=1).tobytes()
