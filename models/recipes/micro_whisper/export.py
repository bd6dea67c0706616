"""Export a checkpoint: `python -m models.recipes.micro_whisper.export`.

Writes CTranslate2 int8 weights, the CTC head, a word list with trigrams a language and the ggml file.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from ctranslate2.converters import TransformersConverter
from tokenizers import Tokenizer

from models.recipes.micro_whisper import ggml, tokens
from models.recipes.micro_whisper.model import WINDOW, MicroWhisper, config
from models.recipes.micro_whisper.speech import CACHE
from models.recipes.micro_whisper.text import LANGUAGES, TARGET
from models.recipes.micro_whisper.words import Trigrams


def load(run: Path) -> tuple[MicroWhisper, Tokenizer]:
    """The network of a run's last checkpoint and its tokenizer."""
    tokenizer = tokens.load(CACHE / "tokenizer.json")
    ids = {name: tokenizer.token_to_id(name) for name in tokens.SPECIALS}
    model = MicroWhisper(config(tokens.vocabulary_size(tokenizer), ids))
    model.load_state_dict(torch.load(run / "checkpoint.pt")["model"])
    return model.eval(), tokenizer


def _hugging_face(model: MicroWhisper, tokenizer: Tokenizer, folder: Path) -> None:
    """A folder that transformers and CTranslate2's converter read."""
    whisper = model.whisper
    generation = whisper.generation_config
    generation.suppress_tokens, generation.begin_suppress_tokens = [], []
    generation.alignment_heads = [[1, head] for head in range(whisper.config.decoder_attention_heads)]
    generation.is_multilingual = True
    whisper.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    end = "<|endoftext|>"
    special = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": end, "bos_token": end, "unk_token": end}
    (folder / "tokenizer_config.json").write_text(json.dumps(special))
    features = {"chunk_length": WINDOW, "feature_size": 80, "hop_length": 160, "n_fft": 400, "sampling_rate": 16_000}
    (folder / "preprocessor_config.json").write_text(json.dumps(features))


def export(run: Path, target: Path = TARGET) -> None:
    """Write everything the engines read into ``target``."""
    model, tokenizer = load(run)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        source, converted = Path(temporary) / "hf", Path(temporary) / "ct2"
        _hugging_face(model, tokenizer, source)
        copied = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(str(source), copy_files=copied).convert(str(converted), quantization="int8")
        settings = json.loads((converted / "config.json").read_text())
        settings["lang_ids"] = [
            tokenizer.token_to_id(f"<|{code}|>") for code in ("en", "sn")
        ]  # the converter loses them
        (converted / "config.json").write_text(json.dumps(settings))
        for path in converted.iterdir():
            shutil.copyfile(path, target / path.name)
    head = model.ctc
    weight, bias = head.weight.detach().numpy().T, head.bias.detach().numpy()
    np.savez(target / "ctc.npz", weight=weight.astype(np.float16), bias=bias.astype(np.float16))
    for code in LANGUAGES:
        Trigrams(code).write(target / f"{code}.arpa")
    ggml.write(model.whisper, tokenizer, target / "ggml-model-q8_0.bin")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", default="run")
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    export(CACHE / options.run, options.out)
    total = sum(path.stat().st_size for path in options.out.iterdir())
    print(f"{options.out}: {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
