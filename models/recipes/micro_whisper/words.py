"""The lexicon and word trigrams beside the CTC head: one ARPA file a language, read by KenLM."""

import math
import random
from collections import Counter, defaultdict
from pathlib import Path

from models.recipes.micro_whisper import text as texts

ORDER = 3
DOMAIN_SHARE = 0.8  # of the word probabilities; the rest is the open frequency list
DRAWN, COUNTED = 120_000, 40_000  # sentences for the vocabulary, and those among them whose word orders are counted
History = tuple[str, ...]


def _open_frequencies(language: str) -> dict[str, float]:
    words, counts = texts.shona_words() if language == "sn" else texts.english_words()
    flat = [count**0.75 for count in counts]
    total = sum(flat)
    return {word: count / total for word, count in zip(words, flat, strict=True)}


def _count(sentences: list[str]) -> list[dict[History, Counter[str]]]:
    """Successors of every history of 0, 1 and 2 words; a sentence starts at <s> and ends with </s>."""
    tables: list[dict[History, Counter[str]]] = [defaultdict(Counter) for _ in range(ORDER)]
    for sentence in sentences:
        words = ["<s>", *sentence.split(), "</s>"]
        for i in range(1, len(words)):
            for n in range(min(ORDER, i + 1)):
                tables[n][tuple(words[i - n : i])][words[i]] += 1
    return tables


class Trigrams:
    """Interpolated Witten-Bell estimates (Witten & Bell, 1991): P(w|h) = (c(hw) + T(h) P(w|h')) / (c(h) + T(h))."""

    def __init__(self, language: str) -> None:
        rng = random.Random(language)
        drawn = [texts.normalise(s) for s in texts.draw(language, rng, DRAWN)]
        self.tables = _count([s for s in drawn[:COUNTED] if s and texts.split_of(s) == "train"])
        seen = Counter(self.tables[0][()])
        seen.update({word for sentence in drawn for word in sentence.split()})  # every word once more, of all sentences
        total = sum(seen.values())
        self.open = _open_frequencies(language)
        self.unigrams = {
            word: DOMAIN_SHARE * seen[word] / total + (1 - DOMAIN_SHARE) * self.open.get(word, 0)
            for word in sorted(seen.keys() | self.open.keys())
        }

    def probability(self, word: str, history: History) -> float:
        if not history:
            return self.unigrams[word]
        followers = self.tables[len(history)][history]
        shorter = self.probability(word, history[1:])
        return (followers[word] + len(followers) * shorter) / (sum(followers.values()) + len(followers))

    def backoff(self, history: History) -> float:
        """log10 of the weight of the shorter history after ``history``; 0 when it was never seen."""
        followers = self.tables[len(history)].get(history) if len(history) < ORDER else None
        return math.log10(len(followers) / (sum(followers.values()) + len(followers))) if followers else 0.0

    def write(self, path: Path) -> None:
        """The ARPA text format, as D. Jurafsky & J. Martin describe it and KenLM reads it."""
        grams: list[list[tuple[History, float]]] = [[(("<unk>",), -7.0), (("<s>",), -99.0)]]
        grams[0] += [((word,), math.log10(p)) for word, p in self.unigrams.items()]
        for n in range(1, ORDER):
            rows = [(h, w) for h, followers in self.tables[n].items() for w in followers]
            grams.append([((*h, w), math.log10(self.probability(w, h))) for h, w in sorted(rows)])
        with open(path, "w", encoding="utf-8") as file:
            file.write("\\data\\\n")
            file.writelines(f"ngram {n}={len(rows)}\n" for n, rows in enumerate(grams, 1))
            for n, rows in enumerate(grams, 1):
                file.write(f"\n\\{n}-grams:\n")
                for gram, value in rows:
                    weight = self.backoff(gram) if n < ORDER else 0.0
                    file.write(f"{value:.3f}\t{' '.join(gram)}" + (f"\t{weight:.3f}\n" if weight else "\n"))
            file.write("\n\\end\\\n")
