"""Make a tiny random VibeVoice checkpoint of the real classes, saved by their own ``save_pretrained``.

python tests/tts/tiny/vibevoice.py FOLDER
"""

import json
import sys
from pathlib import Path

from izwi.tts.worker import torchaudio_free

torchaudio_free.install()

import torch  # noqa: E402
from transformers import (  # noqa: E402
    Qwen2Tokenizer,
    VibeVoiceAcousticTokenizerFeatureExtractor,
    VibeVoiceConfig,
    VibeVoiceForConditionalGeneration,
    VibeVoiceProcessor,
)

MARKS = ["<|vision_start|>", "<|vision_end|>", "<|vision_pad|>"]
TEMPLATE = (
    "{{ ' Text input:\\n' }}{% for m in messages %}{% for c in m['content'] %}{% if c['type']=='text' %}"
    "{{ ' Speaker ' + m['role'] + ': ' + c['text'] + '\\n' }}{% endif %}{% endfor %}{% endfor %}"
    "{{ ' Speech output:\\n<|vision_start|>' }}"
)


def byte_characters() -> list[str]:
    """The characters byte-level BPE writes bytes as (GPT-2's table)."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    table = {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(others)}
    return [table[byte] for byte in (*printable, *others)]


def save(folder: Path) -> None:
    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {character: number for number, character in enumerate(byte_characters())}
    words = Qwen2Tokenizer(vocab=vocabulary, merges=[], pad_token="<|endoftext|>", eos_token="<|endoftext|>")
    words.add_tokens(MARKS, special_tokens=True)
    end, (start, stop, sound) = words.convert_tokens_to_ids("<|endoftext|>"), words.convert_tokens_to_ids(MARKS)
    small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    codec = {"num_filters": 4, "depths": [1] * 7}
    config = VibeVoiceConfig(
        text_config={
            "model_type": "qwen2",
            **small,
            "num_key_value_heads": 2,
            "vocab_size": len(words) + 2,
            "max_position_embeddings": 2048,
        },
        audio_config={"model_type": "vibevoice_acoustic_tokenizer", "hidden_size": 16, **codec},
        semantic_model_config={"model_type": "vibevoice_acoustic_tokenizer_encoder", "hidden_size": 32, **codec},
        diffusion_head_config={"num_hidden_layers": 2, "intermediate_size": 128},
        pad_token_id=end,
        eos_token_id=end,
        audio_bos_token_id=start,
        audio_eos_token_id=stop,
        audio_token_id=sound,
    )
    model = VibeVoiceForConditionalGeneration(config).eval()
    _prefer_sound(model, sound)
    model.generation_config.pad_token_id = model.generation_config.eos_token_id = end
    model.save_pretrained(folder)
    VibeVoiceProcessor(VibeVoiceAcousticTokenizerFeatureExtractor(), words, chat_template=TEMPLATE).save_pretrained(
        folder
    )
    (folder / "about.json").write_text(json.dumps({"weights": "random", "speaks": False}))


def _prefer_sound(model: torch.nn.Module, sound: int) -> None:
    """Random weights whose most likely token is always "more sound".

    The last layer's answer is made the same for every input (its normalisation looks at one place only, which the
    embeddings keep positive), and only the token for sound looks there.
    """
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.dim() > 1:
                torch.nn.init.normal_(weights, std=0.12)
            if name.endswith(("o_proj.weight", "down_proj.weight", "embed_tokens.weight")):
                weights[..., 0, :] = 0.0 if "embed" not in name else weights[..., 0, :]
            if name.endswith("embed_tokens.weight"):
                weights[:, 0] = 3.0
        model.lm_head.weight.zero_()
        model.lm_head.weight[sound, 0] = 9.0


if __name__ == "__main__":
    save(Path(sys.argv[1]))
