"""Make a tiny random pocket-tts model: the library's own configuration made small, its own classes, a saved voice.

.venv-voices/bin/python tests/tts/tiny/pocket.py FOLDER
"""

import sys
from pathlib import Path

import pocket_tts
import torch
import yaml
from pocket_tts import TTSModel
from pocket_tts.models.model_state import export_model_state
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

SEED = 0


def tokenizer(folder: Path) -> None:
    """One token a character."""
    words = {chr(code): code - 31 for code in range(32, 127)} | {"<unk>": 0}
    made = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made.save(str(folder / "tokenizer.json"))


def save(folder: Path) -> None:
    torch.manual_seed(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer(folder)
    config = yaml.safe_load((Path(pocket_tts.__file__).parent / "config" / "english_2m_2026-10.yaml").read_text())
    config = {key: value for key, value in config.items() if not key.startswith("weights_path")}
    words = {"tokenizer": "tokenizers", "tokenizer_path": str(folder / "tokenizer.json"), "n_bins": 96}
    config["flow_lm"]["lookup_table"] |= words
    scratch = folder / "config.yaml"
    scratch.write_text(yaml.safe_dump(config))
    model = TTSModel.load_model(config=str(scratch))
    for weights in model.parameters():
        if weights.isnan().any() or not weights.any():
            torch.nn.init.normal_(weights, std=0.05)
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, folder / "model.safetensors")
    config["flow_lm"]["lookup_table"]["tokenizer_path"] = "tokenizer.json"
    config["weights_path"] = config["weights_path_without_voice_cloning"] = "model.safetensors"
    scratch.write_text(yaml.safe_dump(config))
    model.has_voice_cloning = True
    state = model.get_state_for_audio_prompt(0.05 * torch.randn(1, 48_000))
    export_model_state(state, folder / "voice.safetensors")


if __name__ == "__main__":
    save(Path(sys.argv[1]))
