"""Train the micro-Llama on one CPU thread.

OMP_NUM_THREADS=1 nice -n 10 python -m models.recipes.micro_llama.train --minutes 40 --out build/micro_llama
"""

import argparse
import json
import math
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from models.recipes.micro_llama.chat import STOP, build_tokenizer, encode
from models.recipes.micro_llama.corpus import Sample, draw

WEIGHTS = {"prompt": 0.05, "language": 0.5, "topic": 4.0, "reply": 1.0}
BATCH, POOL, LONGEST = 64, 8, 192
COPYING, REPLY_SHARE = ("translate", "user_from", "recall_name"), 0.3
PEAK_RATE, WARM_UP, DECAY = 3e-3, 150, 0.1
EMBEDDING_DROPOUT, BPE_DROPOUT = 0.1, 0.1


def build_model(vocabulary: int) -> LlamaForCausalLM:
    """A 3-layer Llama of about 1.6 M parameters."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=192,
            intermediate_size=512,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=1024,
            rope_theta=10000.0,
            rms_norm_eps=1e-5,
            tie_word_embeddings=True,
            bos_token_id=0,
            eos_token_id=2,
            pad_token_id=0,
        )
    )


def batches(tokenizer: Tokenizer, data: Path, rng: random.Random) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Endless (ids, loss weights), each [BATCH, length]; samples of like length share a batch to save padding."""
    dropping = Tokenizer.from_str(tokenizer.to_str())
    dropping.model.dropout = BPE_DROPOUT
    while True:
        readers = rng.choices([tokenizer, dropping], k=BATCH * POOL)
        samples = [(draw(rng, data), reader) for reader in readers]
        pool = [encode(tokenizer, sample, WEIGHTS, reader, _whole(sample, rng)) for sample, reader in samples]
        pool.sort(key=lambda sample: len(sample[0]))
        groups = [pool[i : i + BATCH] for i in range(0, len(pool), BATCH)]
        rng.shuffle(groups)
        for group in groups:
            length = min(LONGEST, max(len(ids) for ids, _ in group))
            # A sample that is too long loses its beginning: the reply is at the end.
            ids = torch.tensor([(i[-length:] + [0] * (length - len(i))) for i, _ in group])
            loss = torch.tensor([(w[-length:] + [0.0] * (length - len(w))) for _, w in group])
            yield ids, loss


def _whole(sample: Sample, rng: random.Random) -> bool:
    """Whether the reply is learnt too. Replies are few, questions many; those that copy or reckon need the practice."""
    return sample.turn.topic in COPYING or rng.random() < REPLY_SHARE


def step_loss(model: LlamaForCausalLM, ids: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted next-token cross-entropy, with dropout on the embeddings."""
    embedded = F.dropout(model.get_input_embeddings()(ids), EMBEDDING_DROPOUT)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(inputs_embeds=embedded, use_cache=False).logits
    loss = F.cross_entropy(logits[:, :-1].float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    weight = weights[:, 1:].flatten()
    return (loss * weight).sum() / weight.sum()


def optimiser_for(model: LlamaForCausalLM) -> torch.optim.AdamW:
    """AdamW; matrices decay, norms do not."""
    decayed = [p for p in model.parameters() if p.ndim > 1]
    free = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": free, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=PEAK_RATE, betas=(0.9, 0.97))


def train(out: Path, data: Path, minutes: float, wall: float, seed: int, peak: float) -> None:
    """Train for `minutes` of CPU time, or `wall` minutes if they pass first; save model and tokenizer under `out`.

    A model that is already there is trained further.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = random.Random(seed)
    out.mkdir(parents=True, exist_ok=True)
    if (out / "model.safetensors").exists():
        tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
        model = LlamaForCausalLM.from_pretrained(out)
    else:
        tokenizer = build_tokenizer(data)
        tokenizer.save(str(out / "tokenizer.json"))
        model = build_model(tokenizer.get_vocab_size())
    model.train()
    print(
        f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {STOP} is {tokenizer.token_to_id(STOP)}"
    )
    optimiser = optimiser_for(model)
    start, began, recent = time.process_time(), time.monotonic(), []
    with (out / "log.jsonl").open("a") as log:
        for step, (ids, weights) in enumerate(batches(tokenizer, data, rng)):
            spent = (time.process_time() - start) / 60
            done = max(spent / minutes, (time.monotonic() - began) / (60 * wall))
            if done >= 1:
                break
            rate = peak * min(1, (step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * done)) + 2e-5
            for group in optimiser.param_groups:
                group["lr"] = rate
            loss = step_loss(model, ids, weights)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            recent.append(loss.item())
            if step % 100 == 99:
                line = {"step": step + 1, "cpu_minutes": round(spent, 2), "loss": round(sum(recent) / len(recent), 4)}
                print(json.dumps(line), file=log, flush=True)
                recent.clear()
            if step % 250 == 249:
                model.save_pretrained(out)
    model.save_pretrained(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/micro_llama"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data/shona"), help="masakhapos and udhr live here")
    parser.add_argument("--minutes", type=float, default=40.0, help="CPU time")
    parser.add_argument("--wall", type=float, default=90.0, help="minutes by the clock, on a shared machine")
    parser.add_argument("--peak", type=float, default=PEAK_RATE, help="highest learning rate")
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    train(given.out, given.data, given.minutes, given.wall, given.seed, given.peak)


if __name__ == "__main__":
    main()
