"""Models at the true shapes of the Space's, with random weights: they cost the same. Made once, then kept."""

from __future__ import annotations

import ctypes
import json
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

#: What ``--shapes`` takes → the size of Whisper. Mind and voice are Qwen3-0.6B in Q4_K_M and MMS-TTS each time.
SHAPES = {"spaces-cpu": "base", "spaces-cpu-tiny": "tiny", "spaces-cpu-small": "small"}
#: Whisper's sizes: hidden, heads, layers, feed-forward.
WHISPERS = {"tiny": (384, 6, 4, 1536), "base": (512, 8, 6, 2048), "small": (768, 12, 12, 3072)}
#: Multilingual Whisper's text tokens; the special ones follow.
WHISPER_TEXTS = 50_257
#: Qwen3-0.6B: layers, hidden, heads, key-value heads, head size, feed-forward, vocabulary.
LLAMA = (28, 1024, 16, 8, 128, 3072, 151_936)
CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
#: A phrase and how many seconds of speech a character of it takes.
PHRASE, SECONDS_A_CHARACTER = "mhoro shamwari yangu makadii zvenyu nhasi", 0.07


def kept(folder: Path, make: Callable[[Path], None]) -> Path:
    """``folder``, made by ``make`` unless it is there; a broken try leaves nothing."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            make(made)
            made.rename(folder)
    return folder


def whisper(size: str, folder: Path) -> None:
    """A multilingual Whisper of that size in CTranslate2's int8, with Whisper's own layout of special tokens."""
    import ctranslate2
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    hidden, heads, layers, feed = WHISPERS[size]
    languages = [f"<|{code}|>" for code in list(LANGUAGES)[:99]]
    specials = ["<|endoftext|>", "<|startoftranscript|>", *languages, "<|translate|>", "<|transcribe|>"]
    specials += ["<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    specials += [f"<|{step * 0.02:.2f}|>" for step in range(1501)]
    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=WHISPER_TEXTS + len(specials), d_model=hidden, encoder_layers=layers, decoder_layers=layers,
        encoder_attention_heads=heads, decoder_attention_heads=heads, encoder_ffn_dim=feed, decoder_ffn_dim=feed,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    ids = {token: WHISPER_TEXTS + place for place, token in enumerate(specials)}
    settings = model.generation_config
    settings.lang_to_id = {language: ids[language] for language in languages}
    settings.no_timestamps_token_id, settings.is_multilingual = ids["<|notimestamps|>"], True
    settings._from_model_config = False  # or what follows is not saved
    settings.alignment_heads, settings.suppress_tokens, settings.begin_suppress_tokens = [[layers - 1, 0]], [], []
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        _whisper_tokenizer(specials).save(str(Path(scratch) / "tokenizer.json"))
        described = {"tokenizer_class": "WhisperTokenizer", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
        (Path(scratch) / "tokenizer_config.json").write_text(json.dumps(described), encoding="utf-8")
        converter = ctranslate2.converters.TransformersConverter(scratch, copy_files=["tokenizer.json"])
        converter.convert(str(folder / "model"), quantization="int8")


def _whisper_tokenizer(specials: list[str]) -> Any:
    """Letters, and tokens without a meaning up to Whisper's number of them; an empty one marks it as multilingual."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    texts = [*letters, *(f"t{place}" for place in range(len(letters), WHISPER_TEXTS - 1)), ""]
    tokenizer = Tokenizer(models.BPE(vocab={text: place for place, text in enumerate(texts)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    return tokenizer


def llama(folder: Path) -> None:
    """Qwen3-0.6B in Q4_K_M."""
    import llama_cpp

    logging.getLogger("llama-cpp-python").setLevel(logging.ERROR)  # else a line for each of 310 tensors
    raw = folder / "f16.gguf"
    _write_gguf(raw)
    wanted = llama_cpp.llama_model_quantize_default_params()
    wanted.nthread, wanted.ftype = 2, llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M
    done = llama_cpp.llama_model_quantize(str(raw).encode(), str(folder / "model.gguf").encode(), ctypes.byref(wanted))
    raw.unlink()
    if done:
        raise RuntimeError(f"llama.cpp could not quantise the random model (code {done})")


def _write_gguf(file: Path) -> None:
    import gguf

    layers, hidden, heads, kv_heads, head, feed, vocabulary = LLAMA
    writer = gguf.GGUFWriter(str(file), "qwen3")
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
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([f"t{place}" for place in range(vocabulary)])
    writer.add_token_types([gguf.TokenType.NORMAL] * (vocabulary - 2) + [gguf.TokenType.CONTROL] * 2)
    writer.add_token_merges(["t 0"])
    writer.add_bos_token_id(vocabulary - 2)
    writer.add_eos_token_id(vocabulary - 1)
    writer.add_chat_template(CHAT)
    pool = (np.random.default_rng(0).standard_normal(1 << 22) * 0.02).astype(np.float16)
    for name, shape in _tensors(layers, hidden, heads * head, kv_heads * head, head, feed, vocabulary):
        flat = np.ones(shape, np.float32) if len(shape) == 1 else np.resize(pool, int(np.prod(shape))).reshape(shape)
        writer.add_tensor(name, flat)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


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
    """MMS-TTS (36 M) as its checkpoint and on ONNX, its pace set so that a phrase lasts as long as a spoken one."""
    import torch
    from transformers import VitsConfig, VitsModel

    from izwi.engines import Style
    from izwi.tts.prosody import prosody
    from izwi.tts.vits import VitsVoice, tokens
    from izwi.tts.vits_export import export

    torch.manual_seed(0)
    letters = {letter: place for place, letter in enumerate("waeiouhkmnrdtszvgbcpfyjlxq'- ")}
    source = folder / "checkpoint"
    VitsModel(VitsConfig(vocab_size=len(letters) + 1)).eval().save_pretrained(source)
    (source / "vocab.json").write_text(json.dumps({**letters, "<unk>": len(letters)}), encoding="utf-8")
    settings = {"add_blank": True, "pad_token": "w", "unk_token": "<unk>", "language": "sna", "is_uroman": False}
    (source / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    export(source, folder / "model", ("sn", "en"), "random weights")
    file = folder / "model" / "voice.json"
    voice, card = VitsVoice(folder / "model"), json.loads(file.read_text(encoding="utf-8"))
    frames = voice.latents(tokens(PHRASE, card["vocabulary"], card["blank"]), prosody(Style())).shape[2]
    voice.close()
    card["speaking_rate"] *= frames * card["hop"] / card["rate"] / (SECONDS_A_CHARACTER * len(PHRASE))
    file.write_text(json.dumps(card), encoding="utf-8")
