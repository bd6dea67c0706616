"""Tiny random checkpoints of the real classes, in the files their Hub repositories hold. Nobody should listen."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SENTENCES = [
    "mhoro shamwari makadii nhasi",
    "ndiri bho zvangu maita basa",
    "hello my friend how are you today",
    "i am fine thank you very much",
]


def whisper(folder: Path, tokenizer_json: bool = True) -> None:
    """A Whisper with Whisper's own layout of special tokens; without ``tokenizer.json`` as older fine-tunes come."""
    import torch
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration
    from transformers.models.whisper.tokenization_whisper import LANGUAGES

    specials = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    specials += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    specials += ["<|notimestamps|>", *(f"<|{step * 0.02:.2f}|>" for step in range(1501))]
    text = [*byte_level_alphabet(), ""]  # CTranslate2 tells a multilingual Whisper by its empty token
    ids = {token: number for number, token in enumerate([*text, *specials])}
    torch.manual_seed(0)
    shape = {"d_model": 16, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    depth = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2}
    end = ids["<|endoftext|>"]
    config = WhisperConfig(
        vocab_size=len(ids),
        **shape,
        **depth,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
        decoder_start_token_id=ids["<|startoftranscript|>"],
    )
    model = WhisperForConditionalGeneration(config)
    settings = model.generation_config
    settings.suppress_tokens, settings.begin_suppress_tokens = [], [end]
    settings.lang_to_id = {f"<|{code}|>": ids[f"<|{code}|>"] for code in LANGUAGES}
    settings.task_to_id = {task: ids[f"<|{task}|>"] for task in ("translate", "transcribe")}
    settings.no_timestamps_token_id = ids["<|notimestamps|>"]
    settings.is_multilingual, settings.alignment_heads = True, [[0, 0]]
    settings._from_model_config = not tokenizer_json  # older fine-tunes lose what Whisper adds
    model.save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    _whisper_tokenizer(folder, text, specials, tokenizer_json)


def _whisper_tokenizer(folder: Path, text: list[str], specials: list[str], tokenizer_json: bool) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    vocabulary = {token: number for number, token in enumerate(text)}
    described = {"tokenizer_class": "WhisperTokenizer", "eos_token": "<|endoftext|>", "bos_token": "<|endoftext|>"}
    described["unk_token"] = "<|endoftext|>"
    (folder / "tokenizer_config.json").write_text(json.dumps(described))
    if not tokenizer_json:
        added = {token: len(text) + number for number, token in enumerate(specials)}
        (folder / "vocab.json").write_text(json.dumps(vocabulary))
        (folder / "merges.txt").write_text("#version: 0.2\n")
        (folder / "added_tokens.json").write_text(json.dumps(added))
        return
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in specials])
    tokenizer.save(str(folder / "tokenizer.json"))


def byte_level_alphabet() -> list[str]:
    from tokenizers import pre_tokenizers

    return sorted(pre_tokenizers.ByteLevel.alphabet())


def llama(file: Path) -> None:
    """A one-layer Llama as GGUF, with a byte tokenizer and a chat template inside."""
    import gguf

    width, heads, inner, context = 64, 2, 96, 512
    tokens = [*byte_level_alphabet(), "th", "<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    random = np.random.default_rng(0)
    out = gguf.GGUFWriter(str(file), "llama")
    out.add_name("tiny")
    out.add_context_length(context)
    out.add_embedding_length(width)
    out.add_block_count(1)
    out.add_feed_forward_length(inner)
    out.add_head_count(heads)
    out.add_head_count_kv(heads)
    out.add_layer_norm_rms_eps(1e-6)
    out.add_rope_dimension_count(width // heads)
    out.add_vocab_size(len(tokens))
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list(tokens)
    out.add_token_types([gguf.TokenType.NORMAL] * (len(tokens) - 3) + [gguf.TokenType.CONTROL] * 3)
    out.add_token_merges(["t h"])
    out.add_bos_token_id(len(tokens) - 3)
    out.add_eos_token_id(len(tokens) - 1)
    out.add_add_bos_token(False)
    out.add_chat_template(CHAT)

    def weight(name: str, *shape: int) -> None:
        out.add_tensor(f"{name}.weight", random.normal(0, 0.1, shape).astype(np.float32))

    def norm(name: str) -> None:
        out.add_tensor(f"{name}.weight", np.ones(width, np.float32))

    weight("token_embd", len(tokens), width)
    norm("output_norm")
    for part in ("attn_norm", "ffn_norm"):
        norm(f"blk.0.{part}")
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        weight(f"blk.0.{part}", width, width)
    for part in ("ffn_gate", "ffn_up"):
        weight(f"blk.0.{part}", inner, width)
    weight("blk.0.ffn_down", width, inner)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def vits(folder: Path, letters: str = "waeiouhkmnrdtszvgbcpfyjlx'- ") -> None:
    """A VITS in the files of an MMS voice; its first letter is the blank, as in MMS."""
    import torch
    from transformers import VitsConfig, VitsModel

    vocabulary = {letter: number for number, letter in enumerate(letters)}
    torch.manual_seed(0)
    config = VitsConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        ffn_dim=32,
        flow_size=32,
        upsample_initial_channel=32,
        spectrogram_bins=65,
        duration_predictor_filter_channels=16,
        prior_encoder_num_flows=2,
        prior_encoder_num_wavenet_layers=1,
        posterior_encoder_num_wavenet_layers=1,
        resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1,),),
    )
    VitsModel(config).save_pretrained(folder)
    described = {"tokenizer_class": "VitsTokenizer", "add_blank": True, "is_uroman": False, "phonemize": False}
    (folder / "tokenizer_config.json").write_text(json.dumps({**described, "normalize": True, "pad_token": letters[0]}))
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))


def marian(folder: Path, source: str, target: str) -> None:
    """A Marian translator in the files of an OPUS-MT repository."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    folder.mkdir(parents=True, exist_ok=True)
    pieces = {piece for side in ("source", "target") for piece in _sentencepiece(folder / f"{side}.spm")}
    vocabulary = {"</s>": 0, "<unk>": 1}
    for piece in sorted(pieces - {"<unk>", "<s>", "</s>"}):
        vocabulary[piece] = len(vocabulary)
    pad = vocabulary["<pad>"] = len(vocabulary)
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=512,
        pad_token_id=pad,
        eos_token_id=0,
        decoder_start_token_id=pad,
        activation_function="swish",
        scale_embedding=True,
        static_position_embeddings=True,
        share_encoder_decoder_embeddings=True,
    )
    MarianMTModel(config).save_pretrained(folder)
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    described = {"tokenizer_class": "MarianTokenizer", "source_lang": source, "target_lang": target}
    (folder / "tokenizer_config.json").write_text(json.dumps(described))


def _sentencepiece(file: Path) -> list[str]:
    import sentencepiece

    with file.open("wb") as stream:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(SENTENCES * 4),
            model_writer=stream,
            vocab_size=60,
            hard_vocab_limit=False,
            minloglevel=2,
        )
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(file))
    return [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())]


def main(folder: Path) -> None:
    """Make them all, in a process of their own: torch stays out of the tests'."""
    whisper(folder / "whisper")
    whisper(folder / "whisper-older", tokenizer_json=False)
    vits(folder / "vits")
    vits(folder / "vits-english", "etaoinshrdlucmfwypvbgkjqxz'- ")
    marian(folder / "marian", "sn", "en")
    (folder / "llama").mkdir()
    llama(folder / "llama" / "tiny.gguf")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
