"""A small byte-level BPE inside Whisper's special-token layout, so that Whisper's own tools can read it."""

import json
import random
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.recipes.micro_whisper import text as texts

TIMESTAMPS = 501  # 0.00 … 10.00 s
PIECES = 640
AFTER_LANGUAGES = (
    *("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>"),
    *("<|nospeech|>", "<|notimestamps|>"),
)
SPECIALS = ("<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|sn|>", *AFTER_LANGUAGES)


def _learn_pieces() -> tuple[list[str], list[tuple[str, str]]]:
    """Vocabulary and merges learned from the training text; pieces are short so that the decoder spells."""
    rng = random.Random(3)
    source = texts.training_text(rng, 0.4)
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES, initial_alphabet=alphabet, special_tokens=[], show_progress=False, max_token_length=6
    )
    learner.train_from_iterator((" " + texts.normalise(next(source)[1]) for _ in range(60_000)), trainer)
    learned = json.loads(learner.to_str())["model"]
    vocabulary = sorted(learned["vocab"], key=learned["vocab"].get)
    return vocabulary, [tuple(merge) for merge in learned["merges"]]


def build(path: Path) -> Tokenizer:
    """Learn the tokenizer, save it as tokenizer.json and return it."""
    vocabulary, merges = _learn_pieces()
    vocabulary.append("")  # CTranslate2 takes the empty token as the sign of a multilingual Whisper
    tokenizer = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(vocabulary)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIALS])
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


def load(path: Path) -> Tokenizer:
    """The saved tokenizer, learned first if there is none."""
    return Tokenizer.from_file(str(path)) if path.exists() else build(path)


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """Text, special and timestamp tokens together."""
    return int(tokenizer.get_vocab_size()) + TIMESTAMPS
