"""A tiny NLLB taught a handful of sentences both ways, saved as NLLB-200 is, converted by the real converter."""

from __future__ import annotations

from pathlib import Path

from izwi.hub.to_ctranslate2 import to_ctranslate2

SHARED = "sentencepiece.bpe.model"


def train(folder: Path, pairs: list[tuple[str, str]], codes: tuple[str, str], steps: int = 250) -> Path:
    """An M2M100 checkpoint under `folder` that knows `pairs` by heart, there and back, between languages `codes`."""
    import sentencepiece
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    torch.manual_seed(0)
    torch.set_num_threads(1)
    folder.mkdir(parents=True)
    (folder / "text.txt").write_text("\n".join(side for pair in pairs for side in pair) + "\n", "utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(folder / "text.txt"), model_prefix=str(folder / "sentencepiece.bpe"), vocab_size=110,
        model_type="bpe", hard_vocab_limit=False, user_defined_symbols=["X1", "X2"], minloglevel=2,
    )  # fmt: skip
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / SHARED))
    names = ["<s>", "<pad>", "</s>", "<unk>", *(pieces.id_to_piece(i) for i in range(3, pieces.get_piece_size()))]
    tokenizer = NllbTokenizer(vocab={name: i for i, name in enumerate(names)}, merges=[], src_lang=codes[0])
    tokenizer.save_pretrained(folder)
    ids = tokenizer.get_vocab()
    config = M2M100Config(
        vocab_size=len(tokenizer), d_model=64, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4,
        decoder_attention_heads=4, encoder_ffn_dim=128, decoder_ffn_dim=128, max_position_embeddings=64, dropout=0.0,
        attention_dropout=0.0, activation_dropout=0.0, encoder_layerdrop=0.0, decoder_layerdrop=0.0,
        pad_token_id=1, bos_token_id=0, eos_token_id=2, decoder_start_token_id=2, scale_embedding=True,
    )  # fmt: skip
    model = M2M100ForConditionalGeneration(config)
    there = [(codes[0], a, codes[1], b) for a, b in pairs]
    back = [(codes[1], b, codes[0], a) for a, b in pairs]

    def batch(texts: list[tuple[str, str]]) -> torch.Tensor:
        rows = [[ids[code], *(ids[p] for p in pieces.encode(text, out_type=str)), 2] for code, text in texts]
        return torch.tensor([row + [1] * (max(map(len, rows)) - len(row)) for row in rows])

    inputs = batch([(code, text) for code, text, _, _ in there + back])
    labels = batch([(code, text) for _, _, code, text in there + back])
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    model.train()
    for _ in range(steps):
        loss = model(input_ids=inputs, attention_mask=inputs != 1, labels=labels.masked_fill(labels == 1, -100)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval().save_pretrained(folder)
    return folder


def convert(checkpoint: Path, folder: Path) -> Path:
    """`checkpoint` in CTranslate2's int8 form, by the program that the warm-up runs."""
    to_ctranslate2("nllb", checkpoint, folder)
    return folder
