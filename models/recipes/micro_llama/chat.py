"""The chat format and the tokenizer: how a sample becomes token ids, in training exactly as in the engine."""

import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from models.recipes.dialogue import LANGUAGES, topics
from models.recipes.micro_llama.corpus import Sample, draw

END, START, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
TOPICS = [*topics(), "sums"]
CONTROLS = [f"<|{language}|>" for language in LANGUAGES] + [f"<|topic:{topic}|>" for topic in TOPICS]
VOCABULARY = 2048
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def build_tokenizer(data: Path, samples: int = 30_000, seed: int = 1) -> Tokenizer:
    """A byte-level BPE of `VOCABULARY` pieces learnt on drawn samples; the control tokens come first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[END, START, STOP, *CONTROLS],
        max_token_length=9,
        show_progress=False,
    )

    def texts() -> Iterator[str]:
        rng = random.Random(seed)
        for _ in range(samples):
            sample = draw(rng, data)
            yield from ("user\n" + sample.turn.user, sample.turn.reply, "assistant\n", "system\n" + sample.system)

    tokenizer.train_from_iterator(texts(), trainer)
    return tokenizer


def prompt_text(sample: Sample) -> str:
    """Everything before the reply, as the chat template writes it."""
    messages = [("system", sample.system)] if sample.system else []
    roles = ("user", "assistant")
    messages += [(roles[i % 2], text) for i, text in enumerate((*sample.history, sample.turn.user))]
    return "".join(f"{START}{role}\n{text}{STOP}\n" for role, text in messages) + f"{START}assistant\n"


def encode(
    tokenizer: Tokenizer, sample: Sample, weights: dict[str, float], reader: Tokenizer, whole: bool
) -> tuple[list[int], list[float]]:
    """Token ids of the sample and the loss weight of each (by `weights`: prompt, language, topic, reply).

    `reader` splits the prompt: the same tokenizer, or a copy with BPE dropout. Unless `whole`, the
    sample ends with its topic.
    """
    prompt = reader.encode(prompt_text(sample)).ids
    controls = [
        tokenizer.token_to_id(f"<|{sample.turn.language}|>"),
        tokenizer.token_to_id(f"<|topic:{sample.turn.topic}|>"),
    ]
    reply = [*tokenizer.encode(sample.turn.reply).ids, tokenizer.token_to_id(STOP)] if whole else []
    loss = [weights["prompt"]] * len(prompt) + [weights["language"], weights["topic"]] + [weights["reply"]] * len(reply)
    return prompt + controls + reply, loss
