"""Write a trained micro-Llama as GGUF (Q8_0) with its tokenizer and chat template inside, and its gate beside it.

python -m models.recipes.micro_llama.export --trained build/micro_llama --out models/embedded/llama
"""

import argparse
import ctypes
import json
import re
from pathlib import Path

import gguf
import llama_cpp
import numpy as np
from safetensors.torch import load_file

from models.recipes.dialogue import LANGUAGES, topics
from models.recipes.dialogue.domain import frames, slots
from models.recipes.dialogue.grammar import to_regex
from models.recipes.micro_llama.chat import CONTROLS, TEMPLATE, TOPICS
from models.recipes.micro_llama.corpus import UNKNOWN

EXCHANGES, CONTEXT = 2, 256
"""How many past exchanges and tokens the model is shown; it was taught at most three exchanges and 192 tokens."""

_LAYER_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
_TOP_NAMES = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}


def _gguf_name(name: str) -> str | None:
    if name in _TOP_NAMES:
        return _TOP_NAMES[name]
    match = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.weight", name)
    return f"blk.{match[1]}.{_LAYER_NAMES[match[2]]}.weight" if match else None


def _rotated(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a query or key projection in llama.cpp's order: the two halves of each head interleaved."""
    return weight.reshape(heads, 2, weight.shape[0] // heads // 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def write_gguf(trained: Path, out: Path) -> None:
    """Write the float16 GGUF of the checkpoint folder `trained`."""
    config = json.loads((trained / "config.json").read_text())
    tokenizer = json.loads((trained / "tokenizer.json").read_text())
    heads, kv_heads = config["num_attention_heads"], config["num_key_value_heads"]
    writer = gguf.GGUFWriter(str(out), "llama")
    writer.add_name("izwi-micro-llama")
    writer.add_license("apache-2.0")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_file_type(llama_cpp.LLAMA_FTYPE_MOSTLY_F16)
    _write_tokenizer(writer, tokenizer)
    for name, tensor in load_file(trained / "model.safetensors").items():
        target = _gguf_name(name)
        if target is None:
            continue
        weight = tensor.float().numpy()
        if target.endswith(("attn_q.weight", "attn_k.weight")):
            weight = _rotated(weight, heads if "attn_q" in target else kv_heads)
        writer.add_tensor(target, weight.astype(np.float16 if weight.ndim == 2 else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_tokenizer(writer: gguf.GGUFWriter, tokenizer: dict) -> None:
    ids = dict(tokenizer["model"]["vocab"]) | {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    control = {token["content"] for token in tokenizer["added_tokens"]}
    assert set(CONTROLS) <= control
    tokens = sorted(ids, key=ids.__getitem__)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in tokenizer["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    kinds = (gguf.TokenType.CONTROL if token in control else gguf.TokenType.NORMAL for token in tokens)
    writer.add_token_types([int(kind) for kind in kinds])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def quantise(source: Path, target: Path) -> None:
    """Q8_0 by llama.cpp's own quantiser."""
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.nthread, settings.ftype = 1, llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0
    code = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(settings))
    if code:
        raise RuntimeError(f"llama.cpp could not quantise {source.name} (code {code})")


def exact_replies() -> dict[str, dict[str, list[str]]]:
    """Replies of the topics that copy or reckon, by topic and language; the engine fills their placeholders."""
    copied = {
        name: {lang: [reply.replace("{Name}", "{name}") for reply in topics()[name].reply[lang]] for lang in LANGUAGES}
        for name in ("my_name", "recall_name", "said", "repeat")
    }
    return copied | {"sums": {language: ["{sum}"] for language in LANGUAGES}}


def naming_patterns(language: str) -> list[str]:
    """Regular expressions of the ways to give a name, with the group ``name``."""
    patterns = (to_regex(pattern, slots(language)) for pattern in topics()["my_name"].ask[language])
    return [plain_words_only(pattern.replace("[a-z']+", "(?P<name>[a-z']+)")) for pattern in patterns]


def plain_words_only(pattern: str) -> str:
    """The expression for text whose contractions are written out."""
    return pattern.replace("i'm", "i am").replace("name's", "name is")


def ordinary_words() -> list[str]:
    """Words that surround a name when it is given; any other word may be the name."""
    asked = " ".join(
        line
        for name in ("my_name", "greet", "morning", "afternoon", "evening")
        for lines in topics()[name].ask.values()
        for line in lines
    )
    common = [word for language in LANGUAGES for word in frames(language)["common"]]
    return sorted({*re.findall(r"[a-z']+", re.sub(r"\{\w+\}", " ", asked)), *common})


def write_gate(path: Path, threshold: float) -> None:
    """The gate's data; see izwi/llm/gate.py."""
    naming = [reply for language in LANGUAGES for reply in topics()["my_name"].reply[language]]
    gate = {
        "languages": list(LANGUAGES),
        "threshold": threshold,
        "unknown": UNKNOWN,
        "exchanges": EXCHANGES,
        "context": CONTEXT,
        "trust": 0.5,
        "remembered": [re.escape(reply).replace(r"\{Name\}", r"(?P<name>\S+)") for reply in naming],
        "naming": [pattern for language in LANGUAGES for pattern in naming_patterns(language)],
        "ordinary": ordinary_words(),
        "exact": exact_replies(),
        "topics": TOPICS,
    }
    path.write_text(json.dumps(gate, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trained", type=Path, default=Path("build/micro_llama"))
    parser.add_argument("--out", type=Path, default=Path("models/embedded/llama"))
    parser.add_argument("--gate-only", action="store_true", help="write gate.json alone")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    wide, target = given.trained / "f16.gguf", given.out / "izwi-micro-llama.Q8_0.gguf"
    if not given.gate_only:
        write_gguf(given.trained, wide)
        quantise(wide, target)
    write_gate(given.out / "gate.json", threshold=0.5)
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB; now run models.recipes.micro_llama.calibrate")


if __name__ == "__main__":
    main()
