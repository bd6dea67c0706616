"""Two opinions on one utterance, words through the CTC head's lexicon and the decoder's own, weighed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from izwi.asr.ctc import CtcHead, Floats, Lexicon, likelihoods, spell

#: Weights of the decoder's and the trigrams' log-probabilities against the letters', and nats given for each word (the
#: trigrams alone favour few long words), found on development sentences.
DECODER, WORDS, EACH_WORD = 0.6, 0.8, 2.0
#: Normalised letter distance between the two opinions above which the listener is asked again.
DISAGREEMENT = 0.2

Scorer = Callable[[Sequence[str]], list[float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was probably said; ``distance`` in [0, 1] is how far the two opinions were apart, in letters."""

    text: str
    score: float
    distance: float

    @property
    def unsure(self) -> bool:
        return self.distance > DISAGREEMENT


class Fusion:
    """The CTC head and one lexicon a language, from the files beside the model. One thread at a time."""

    def __init__(self, folder: Path, languages: frozenset[str]) -> None:
        self.head = CtcHead(folder / "ctc.npz")
        self.lexicons = {code: Lexicon(folder / f"{code}.arpa") for code in sorted(languages)}

    @staticmethod
    def beside(folder: Path) -> bool:
        """Whether the model in ``folder`` came with a CTC head."""
        return (folder / "ctc.npz").exists()

    def letters(self, encoded: Floats) -> Floats:
        """Log-probabilities of letters for encoder output (frames, width)."""
        return self.head.letters(encoded)

    def weigh(self, letters: Floats, language: str, decoded: str, scorer: Scorer) -> Verdict:
        """The best of the lexicon's words, the decoder's text and the bare letters; nothing if there are no letters.

        ``scorer`` gives the decoder's log-probability of each text it is asked about.
        """
        if not spell(letters):
            return Verdict("", 0.0, 0.0)
        lexicon = self.lexicons[language]
        found = [hypothesis.text for hypothesis in lexicon.search(letters)]
        texts = list(dict.fromkeys(text for text in (*found, decoded, spell(letters)) if text))
        decoder = np.array(scorer(texts), np.float32)
        words = np.array([lexicon.language_score(text) for text in texts], np.float32)
        length = np.array([len(text.split()) for text in texts], np.float32)
        total = likelihoods(letters, texts) + DECODER * decoder + WORDS * words + EACH_WORD * length
        best = int(total.argmax())
        return Verdict(texts[best], float(total[best]), distance(found[0] if found else "", decoded))


def distance(one: str, other: str) -> float:
    """Levenshtein distance of the letters without spaces, over the longer length; 0 equal, 1 nothing in common."""
    a, b = one.replace(" ", ""), other.replace(" ", "")
    if not a or not b:
        return 0.0 if a == b else 1.0
    previous = np.arange(len(b) + 1)
    target = np.frombuffer(b.encode("utf-32-le"), np.uint32)
    for i, letter in enumerate(a, 1):
        swapped = np.minimum(previous[:-1] + (target != ord(letter)), previous[1:] + 1)
        row = np.concatenate([[i], swapped])
        previous = np.minimum.accumulate(row - np.arange(len(row))) + np.arange(len(row))
    return float(previous[-1] / max(len(a), len(b)))
