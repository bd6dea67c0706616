"""Trains the Shona/English word detector: logistic regression over character n-grams, written as a small text file.

    python -m models.recipes.detector.train --data ../shared/data/shona --out izwi/languages/detection.tsv

Shona: UNILEX word frequencies and the MasakhaPOS training split. English: Debian's `scowl` word lists (apt install
scowl) weighted by their commonness, and the running text of Debian's package descriptions for the commonest words.
Nothing of MasakhaPOS test, of the UDHR, or of tests/ is read.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from izwi.languages.detection import ngrams

SHONA_SHAPE = re.compile(
    r"(?:(?:n'|ng'|(?:m|n)?(?:tsv|dzv|sv|zv|ts|dz|ch|pf|bv|bh|dh|vh|mh|nh|sh|zh|ny|[bdfghjkmnprstvwyz]))?[wy]?[aeiou])+"
)
GRADES = {10: 60.0, 20: 25.0, 35: 5.0, 40: 2.0, 50: 1.5, 55: 1.0, 60: 0.7}
COMMON_ENGLISH = 5.0  # from this weight on, a word of the Shona corpus is taken for quoted English (one, time, are)
SMALLEST_WEIGHT = 0.12
SCALE = 50
SPOKEN_SHONA = """
ehe hongu aiwa kwete mhoro mhoroi makadii makadini ndatenda tatenda maswera marara ndiripo bho sei ani chii iwe imi
"""
MOST_SPOKEN = 60.0
VOWELS = "aeiou"
SPOKEN = "hi hey bye goodbye hello okay ok yeah yes please thanks sorry mum dad"  # talk, rare in print
LEAST_COUNT = 413  # the frequency list counts one occurrence as this


def english_words(scowl: Path) -> Counter[str]:
    """Words with a weight by how common their SCOWL grade is, sharpened by Debian's package descriptions."""
    words: Counter[str] = Counter()
    for kind in ("english-words", "british-words", "english-contractions"):
        for grade, weight in GRADES.items():
            path = scowl / f"{kind}.{grade}"
            if path.exists():
                for word in path.read_text("latin-1").split():
                    words[word.casefold()] = max(words[word.casefold()], weight)
    available = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    descriptions = re.findall(r"(?m)^ (.+)$", available)
    running = Counter(re.findall(r"[a-z]+(?:'[a-z]+)?", " ".join(descriptions).casefold()))
    for word, count in running.most_common(3000):
        if word in words:
            words[word] += 3 * count**0.4
    for word in SPOKEN.split():
        words[word] = max(words[word], 2 * GRADES[10])
    return words


def shona_words(data: Path, english: Counter[str]) -> Counter[str]:
    """Lower-case words of the frequency list and the training sentences, without the English the corpora mix in."""
    words: Counter[str] = Counter()
    for line in (data / "masakhapos" / "train.txt").read_text("utf-8").splitlines():
        word, _, tag = line.partition(" ")
        if tag and tag not in ("PROPN", "PUNCT", "NUM", "X", "SYM") and word[1:].islower():
            words[word.casefold()] += 1
    for line in (data / "unilex" / "sn_frequency.txt").read_text("utf-8").splitlines():
        word, _, count = line.partition("\t")
        if count and word.islower() and (english[word] < COMMON_ENGLISH or words[word] > 1):
            words[word] += (int(count) / LEAST_COUNT) ** 0.5
    for word in SPOKEN_SHONA.split():
        words[word] = max(words[word], MOST_SPOKEN)
    return Counter(
        {w: n for w, n in words.items() if SHONA_SHAPE.fullmatch(w) or (w not in english and w[-1] in VOWELS)}
    )


def train(shona: Counter[str], english: Counter[str], most: int) -> dict[str, float]:
    """N-gram → weight; positive is Shona. Words that both languages write are examples of both."""
    examples = [(w, 1, n) for w, n in shona.items()] + [(w, 0, n) for w, n in english.items()]
    counts: Counter[str] = Counter()
    for word, _, _ in examples:
        counts.update(set(ngrams(word)))
    vocabulary = [gram for gram, count in counts.items() if count >= 8]
    frequent = {f"^{w}$" for w, _ in shona.most_common(600)} | {f"^{w}$" for w, _ in english.most_common(900)}
    vocabulary = sorted(set(vocabulary) | frequent)
    index = {gram: i for i, gram in enumerate(vocabulary)}
    rows, columns = [], []
    for row, (word, _, _) in enumerate(examples):
        for gram in set(ngrams(word)):
            if gram in index:
                rows.append(row)
                columns.append(index[gram])
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(examples), len(vocabulary)))
    labels = np.array([label for _, label, _ in examples])
    weights = np.array([n for _, _, n in examples], dtype=float) ** 0.7
    for label in (0, 1):
        weights[labels == label] *= len(labels) / 2 / weights[labels == label].sum()
    model = LogisticRegression(C=1.0, max_iter=400)
    model.fit(matrix, labels, sample_weight=weights)
    found = dict(zip(vocabulary, model.coef_[0], strict=True))
    kept = sorted(found, key=lambda gram: -abs(found[gram]))[:most]
    return {"": float(model.intercept_[0])} | {g: found[g] for g in kept if abs(found[g]) >= SMALLEST_WEIGHT}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with unilex/ and masakhapos/")
    parser.add_argument("--scowl", type=Path, default=Path("/usr/share/dict/scowl"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--most", type=int, default=7000, help="n-grams kept")
    arguments = parser.parse_args()
    english = english_words(arguments.scowl)
    weights = train(shona_words(arguments.data, english), english, arguments.most)
    lines = [f"{gram}\t{round(weight * SCALE)}" for gram, weight in sorted(weights.items())]
    arguments.out.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(lines)} n-grams, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
