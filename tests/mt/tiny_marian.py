"""A tiny Marian taught a handful of sentences, saved as OPUS-MT checkpoints are, converted by the real converter."""

from __future__ import annotations

import json
from pathlib import Path

from izwi.hub.to_ctranslate2 import to_ctranslate2

PAIRS = [
    ("ndinogara kuX1", "I live in X1"),
    ("ndine makore X1", "I am X1 years old"),
    ("zita rangu ndi X1", "my name is X1"),
    ("imbwa yangu yafa", "my dog died"),
    ("mvura iri kunaya", "it is raining"),
    ("ndiri kuenda kumba", "I am going home"),
    ("mwana ari kurwara", "the child is ill"),
    ("X1 akaenda kuX2", "X1 went to X2"),
]


def train(folder: Path, pairs: list[tuple[str, str]], steps: int = 200) -> Path:
    """A Marian checkpoint under `folder` that knows `pairs` by heart, with its own SentencePiece models."""
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(0)
    torch.set_num_threads(1)
    folder.mkdir(parents=True)
    (folder / "text.txt").write_text("\n".join(side for pair in pairs for side in pair) + "\n", "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text.txt"), model_prefix=str(folder / "spm"), vocab_size=90, model_type="unigram",
        hard_vocab_limit=False, user_defined_symbols=["X1", "X2"], minloglevel=2,
    )  # fmt: skip
    for side in ("source", "target"):
        (folder / f"{side}.spm").write_bytes((folder / "spm.model").read_bytes())
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    names = [pieces.id_to_piece(i) for i in range(pieces.get_piece_size()) if not pieces.is_control(i)]
    vocabulary = {name: i for i, name in enumerate(["</s>", *names, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    settings = {"tokenizer_class": "MarianTokenizer", "source_lang": "sn", "target_lang": "en"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), "utf-8")
    config = MarianConfig(
        vocab_size=len(vocabulary), d_model=64, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=128, decoder_ffn_dim=128, max_position_embeddings=64, dropout=0.0,
        pad_token_id=vocabulary["<pad>"], eos_token_id=0, decoder_start_token_id=vocabulary["<pad>"],
        activation_function="swish", scale_embedding=True, share_encoder_decoder_embeddings=True,
        static_position_embeddings=True, forced_eos_token_id=0,
    )  # fmt: skip
    model = MarianMTModel(config)
    pad = vocabulary["<pad>"]

    def batch(texts: list[str]) -> torch.Tensor:
        rows = [[*(vocabulary[p] for p in pieces.encode(t, out_type=str)), 0] for t in texts]
        return torch.tensor([row + [pad] * (max(map(len, rows)) - len(row)) for row in rows])

    inputs, labels = (batch([pair[side] for pair in pairs]) for side in (0, 1))
    with torch.no_grad():
        model.get_input_embeddings().weight[pad].zero_()
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    model.train()
    for _ in range(steps):
        loss = model(
            input_ids=inputs, attention_mask=inputs != pad, labels=labels.masked_fill(labels == pad, -100)
        ).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():  # the decoder starts from pad, whose embedding is nothing in every Marian
            model.get_input_embeddings().weight[pad].zero_()
    model.eval().save_pretrained(folder)
    return folder


def convert(checkpoint: Path, folder: Path) -> Path:
    """`checkpoint` in CTranslate2's int8 form, by the program that the warm-up runs."""
    to_ctranslate2("marian", checkpoint, folder)
    return folder
