"""Make a tiny random Qwen3-TTS CustomVoice checkpoint of the real classes. Runs in the worker's own environment.

.venv-qwen3/bin/python tests/tts/tiny/qwen3.py FOLDER [0b6]
"""

import json
import sys
from pathlib import Path

from izwi.tts.worker import torchaudio_free

torchaudio_free.install()

import torch  # noqa: E402
from qwen_tts.core import Qwen3TTSTokenizerV2Config, Qwen3TTSTokenizerV2Model  # noqa: E402
from qwen_tts.core.models.configuration_qwen3_tts import Qwen3TTSConfig  # noqa: E402
from qwen_tts.core.models.modeling_qwen3_tts import Qwen3TTSForConditionalGeneration  # noqa: E402
from transformers import EncodecFeatureExtractor, Qwen2TokenizerFast  # noqa: E402
from transformers.models.gpt2.tokenization_gpt2 import bytes_to_unicode  # noqa: E402

SMALL = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
CODER = {
    **SMALL,
    "vocab_size": 2048,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "num_code_groups": 16,
    "max_position_embeddings": 65536,
}
ENCODER = {
    "hidden_size": 32,
    "num_filters": 4,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 32,
    "codebook_dim": 16,
    "codebook_size": 64,
    "vector_quantization_hidden_dimension": 16,
    "num_quantizers": 16,
    "upsample_groups": 32,
    "upsampling_ratios": [8, 6, 5, 4],
    "sampling_rate": 24000,
}
DECODER = {
    "codebook_size": 2048,
    "hidden_size": 32,
    "latent_dim": 32,
    "codebook_dim": 32,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "decoder_dim": 48,
}


def tokenizer(folder: Path) -> Qwen2TokenizerFast:
    """Bytes, no merges; the words the code takes for single tokens are added whole."""
    (folder / "vocab.json").write_text(json.dumps({c: i for i, c in enumerate(bytes_to_unicode().values())}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    special = ["<|im_start|>", "<|im_end|>", "<tts_pad>", "<tts_text_bos>", "<tts_text_eod>"]
    made = Qwen2TokenizerFast(
        vocab_file=str(folder / "vocab.json"),
        merges_file=str(folder / "merges.txt"),
        additional_special_tokens=special,
    )
    made.add_tokens(["assistant", "user"])
    made.save_pretrained(folder)
    return made


def talker(words: int) -> dict[str, object]:
    return {
        **SMALL,
        "vocab_size": 3072,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "rope_theta": 1e6,
        "rope_scaling": {"interleaved": True, "mrope_section": [4, 2, 2], "rope_type": "default", "type": "default"},
        "num_code_groups": 16,
        "text_hidden_size": 64,
        "text_vocab_size": words + 8,
        "codec_eos_token_id": 2150,
        "codec_think_id": 2154,
        "codec_nothink_id": 2155,
        "codec_think_bos_id": 2156,
        "codec_think_eos_id": 2157,
        "codec_pad_id": 2148,
        "codec_bos_id": 2149,
        "spk_id": {"ryan": [3061], "vivian": [3065]},
        "spk_is_dialect": {"ryan": False, "vivian": False},
        "codec_language_id": {"english": 2050, "chinese": 2055},
        "code_predictor_config": {**CODER, "rope_theta": 1e6},
    }


def save(folder: Path, size: str) -> None:
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    made = tokenizer(folder)
    number = made.convert_tokens_to_ids
    config = Qwen3TTSConfig(
        talker_config=talker(len(made)),
        speaker_encoder_config={"enc_dim": 64},
        tokenizer_type="qwen3_tts_tokenizer_12hz",
        tts_model_size=size,
        tts_model_type="custom_voice",
        im_start_token_id=number("<|im_start|>"),
        im_end_token_id=number("<|im_end|>"),
        tts_pad_token_id=number("<tts_pad>"),
        tts_bos_token_id=number("<tts_text_bos>"),
        tts_eos_token_id=number("<tts_text_eod>"),
    )
    model = Qwen3TTSForConditionalGeneration(config)
    _spread(model, 0.2)
    model.save_pretrained(folder)
    codec = Qwen3TTSTokenizerV2Model(Qwen3TTSTokenizerV2Config(encoder_config=ENCODER, decoder_config=DECODER))
    _spread(codec, 0.12)
    for name, buffer in codec.named_buffers():
        if "embed" in name and buffer.dim() == 2:
            buffer.normal_()
    codec.save_pretrained(folder / "speech_tokenizer")
    listener = EncodecFeatureExtractor(feature_size=1, sampling_rate=24000, padding_value=0.0)
    listener.save_pretrained(folder / "speech_tokenizer")
    _finish(folder)


def _spread(model: torch.nn.Module, width: float) -> None:
    """Random weights wide enough that sound comes out."""
    for weights in model.parameters():
        if weights.dim() > 1:
            torch.nn.init.normal_(weights, std=width)


def _finish(folder: Path) -> None:
    sampling = {"do_sample": True, "repetition_penalty": 1.05, "temperature": 0.9, "top_p": 1.0, "top_k": 50}
    coder = {f"subtalker_{key}": value for key, value in sampling.items() if key != "repetition_penalty"}
    coder["subtalker_dosample"] = coder.pop("subtalker_do_sample")
    (folder / "generation_config.json").write_text(json.dumps({**sampling, **coder, "max_new_tokens": 8192}))
    config = json.loads((folder / "config.json").read_text())
    config["speaker_encoder_config"] = {"enc_dim": 64, "sample_rate": 24000}
    config["architectures"] = ["Qwen3TTSForConditionalGeneration"]
    (folder / "config.json").write_text(json.dumps(config))


if __name__ == "__main__":
    save(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "1b7")
