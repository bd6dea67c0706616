"""``python -m izwi.hub.to_ctranslate2 SOURCE TARGET --kind whisper``: from transformers to CTranslate2 int8.

Runs as a child process of ``izwi.hub.convert``; it alone imports torch and transformers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

#: What the engine needs beside the weights.
BESIDE = {
    "whisper": ("tokenizer.json", "preprocessor_config.json"),
    "marian": ("source.spm", "target.spm"),
    "nllb": ("tokenizer.json", "sentencepiece.bpe.model"),
}


def to_ctranslate2(kind: str, source: Path, target: Path) -> None:
    """Convert ``source`` (a checkpoint folder) into the new folder ``target``, weights in int8."""
    from ctranslate2.converters import TransformersConverter

    with tempfile.TemporaryDirectory() as scratch:
        whole = _with_tokenizer(source, Path(scratch)) if kind == "whisper" else source
        copied = [name for name in BESIDE[kind] if (whole / name).is_file()]
        converter = TransformersConverter(str(whole), copy_files=copied, low_cpu_mem_usage=kind == "whisper")
        converter.convert(str(target), quantization="int8")
    if kind == "whisper":
        _know_languages(target)


def _know_languages(target: Path) -> None:
    """Fill in the language tokens a fine-tune's generation settings may have lost: by them it tells languages."""
    config = json.loads((target / "config.json").read_text(encoding="utf-8"))
    if config.get("lang_ids") or not (target / "tokenizer.json").is_file():
        return
    added = json.loads((target / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    ids = {token["content"]: token["id"] for token in added}
    # Whisper's layout: <|startoftranscript|>, the languages, <|translate|>.
    config["lang_ids"] = list(range(ids["<|startoftranscript|>"] + 1, ids["<|translate|>"]))
    (target / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _with_tokenizer(source: Path, scratch: Path) -> Path:
    """``source``, or a copy of links to it with the ``tokenizer.json`` that older fine-tunes lack."""
    if (source / "tokenizer.json").is_file():
        return source
    from transformers import AutoTokenizer

    AutoTokenizer.from_pretrained(str(source)).save_pretrained(str(scratch))
    for file in source.iterdir():
        if not (scratch / file.name).exists():
            (scratch / file.name).symlink_to(file.resolve())
    return scratch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="folder of a transformers checkpoint")
    parser.add_argument("target", type=Path, help="folder to make")
    parser.add_argument("--kind", choices=BESIDE, required=True)
    chosen = parser.parse_args()
    to_ctranslate2(chosen.kind, chosen.source, chosen.target)


if __name__ == "__main__":
    main()
