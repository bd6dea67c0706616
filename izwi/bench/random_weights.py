"""Models at the true shapes of the Space's, with random weights: they cost the same. Made once, then kept."""

from __future__ import annotations

import ctypes
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

#: Qwen3-0.6B: layers, hidden, heads, key-value heads, head size, feed-forward, vocabulary.
LLAMA = (28, 1024, 16, 8, 128, 3072, 151_936)
#: Whisper base: hidden, heads, layers, feed-forward, vocabulary.
WHISPER = (512, 8, 6, 2048, 51_865)
#: Average seconds of speech a character takes.
SECONDS_A_CHARACTER = 0.07


def kept(folder: Path, make: Callable[[Path], None]) -> Path:
    """``folder``, made by ``make`` unless it is there; a broken try leaves nothing."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            make(Path(scratch))
            shutil.copytree(scratch, folder)
    return folder


def whisper(folder: Path) -> None:
    """Whisper base in CTranslate2's int8."""
    import ctranslate2
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    hidden, heads, layers, feed, vocabulary = WHISPER
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=vocabulary,
        d_model=hidden,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=feed,
        decoder_ffn_dim=feed,
    )
    model = WhisperForConditionalGeneration(config)
    model.generation_config.alignment_heads = [[layers - 1, 0]]
    model.generation_config.lang_to_id = {"<|en|>": 50259, "<|sn|>": 50324}
    model.generation_config.suppress_tokens = model.generation_config.begin_suppress_tokens = []
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        (Path(scratch) / "tokenizer.json").write_text(json.dumps(_numbered_tokens(vocabulary)), encoding="utf-8")
        settings = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "t0"}
        (Path(scratch) / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
        converter = ctranslate2.converters.TransformersConverter(scratch)
        converter.convert(str(folder / "model"), quantization="int8")


def _numbered_tokens(count: int) -> dict[str, object]:
    """A tokenizer whose tokens are mere numbers."""
    return {"version": "1.0", "added_tokens": [], "model": {
        "type": "WordLevel", "vocab": {f"t{i}": i for i in range(count)}, "unk_token": "t0"}}  # fmt: skip


def llama(folder: Path) -> None:
    """Qwen3-0.6B in Q4_K_M."""
    import gguf
    import llama_cpp

    layers, hidden, heads, kv_heads, head, feed, vocabulary = LLAMA
    raw = folder / "f16.gguf"
    writer = gguf.GGUFWriter(str(raw), "qwen3")
    writer.add_context_length(4096)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(feed)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_vocab_size(vocabulary)
    writer.add_file_type(1)
    _add_tokens(writer, vocabulary)
    pool = (np.random.default_rng(0).standard_normal(1 << 22) * 0.02).astype(np.float16)
    for name, shape in _tensors(layers, hidden, heads * head, kv_heads * head, head, feed, vocabulary):
        flat = np.ones(shape, np.float32) if len(shape) == 1 else np.resize(pool, int(np.prod(shape))).reshape(shape)
        writer.add_tensor(name, flat)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    wanted = llama_cpp.llama_model_quantize_default_params()
    wanted.nthread, wanted.ftype = 2, llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M
    done = llama_cpp.llama_model_quantize(str(raw).encode(), str(folder / "model.gguf").encode(), ctypes.byref(wanted))
    raw.unlink()
    if done:
        raise RuntimeError(f"llama.cpp could not quantise the random model (code {done})")


def _add_tokens(writer: object, count: int) -> None:
    import gguf

    assert isinstance(writer, gguf.GGUFWriter)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"t{i}" for i in range(count)])
    writer.add_token_types([1] * count)
    writer.add_token_merges(["t 0"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)


def _tensors(
    layers: int, hidden: int, wide: int, narrow: int, head: int, feed: int, vocabulary: int
) -> list[tuple[str, tuple[int, ...]]]:
    """Names and shapes of Qwen3's tensors (embeddings tied)."""
    of_layer: list[tuple[str, tuple[int, ...]]] = [
        ("attn_norm", (hidden,)),
        ("ffn_norm", (hidden,)),
        ("attn_q_norm", (head,)),
        ("attn_k_norm", (head,)),
        ("attn_q", (wide, hidden)),
        ("attn_k", (narrow, hidden)),
        ("attn_v", (narrow, hidden)),
        ("attn_output", (hidden, wide)),
        ("ffn_gate", (feed, hidden)),
        ("ffn_up", (feed, hidden)),
        ("ffn_down", (hidden, feed)),
    ]
    whole: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (vocabulary, hidden)),
        ("output_norm.weight", (hidden,)),
    ]
    return whole + [(f"blk.{i}.{name}.weight", shape) for i in range(layers) for name, shape in of_layer]


def vits(folder: Path) -> None:
    """MMS-TTS (36 M) on ONNX, its pace set so that a phrase lasts as long as a spoken one."""
    import torch
    from transformers import VitsConfig, VitsModel

    from izwi.engines import Style
    from izwi.tts.prosody import prosody
    from izwi.tts.vits import VitsVoice, tokens
    from izwi.tts.vits_export import export

    torch.manual_seed(0)
    letters = {letter: place for place, letter in enumerate("waeiouhkmnrdtszvgbcpfyjlx'- ")}
    with tempfile.TemporaryDirectory() as scratch:
        VitsModel(VitsConfig(vocab_size=len(letters) + 1)).eval().save_pretrained(scratch)
        (Path(scratch) / "vocab.json").write_text(json.dumps({**letters, "<unk>": len(letters)}), encoding="utf-8")
        settings = {"add_blank": True, "pad_token": "w", "unk_token": "<unk>", "language": "sna", "is_uroman": False}
        (Path(scratch) / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
        export(Path(scratch), folder / "model", ("sn", "en"), "random weights")
    text = "mhoro shamwari yangu makadii zvenyu nhasi"  # a typical phrase
    voice, card = VitsVoice(folder / "model"), json.loads((folder / "model" / "voice.json").read_text(encoding="utf-8"))
    frames = voice.latents(tokens(text, card["vocabulary"], card["blank"]), prosody(Style())).shape[2]
    voice.close()
    card["speaking_rate"] *= frames * card["hop"] / card["rate"] / (SECONDS_A_CHARACTER * len(text))
    (folder / "model" / "voice.json").write_text(json.dumps(card), encoding="utf-8")
