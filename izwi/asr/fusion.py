"""Two opinions on one utterance, words through the CTC head's lexicon and the decoder's own, weighed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from izwi.asr.ctc import CtcHead, Floats, Lexicon, likelihoods, spell

#: Weights of the decoder's and the trigrams' log-probabilities against the letters', found on development sentences;
#: nats given for each word (the trigrams alone favour few long ones) and taken for each the lexicon does not have.
DECODER, WORDS, EACH_WORD, UNKNOWN_WORD = 1.0, 0.8, 3.0, 6.0
#: Doubt above which the listener is asked again, found on the same sentences: it flags 46 % of wrong transcripts, 3 %
#: of right ones (distance > 0.2 alone: 31 % and 4 %), and every recording of a person at hand.
DOUBT = 0.5
#: What is left of the doubt where the letters alone spell the very text, in words the lexicon has: 177 of 182 such were
#: right in noise of 3 and 10 dB and without, and the decoder may just have chosen a homophone ("high" for "hi").
SPELLED = 0.25


Scorer = Callable[[Sequence[str]], list[float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was probably said. ``doubt`` grows from 0: how far apart the two opinions are (a share of the letters), plus
    how little the decoder likes the text (nats a letter).
    """

    text: str
    score: float
    doubt: float

    @property
    def unsure(self) -> bool:
        return self.doubt > DOUBT


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

    def weigh(self, letters: Floats, language: str, decoded: str, scorer: Scorer, narrow: bool = False) -> Verdict:
        """The best of the lexicon's words, the decoder's text and the bare letters; nothing if there are no letters.

        ``scorer`` gives the decoder's log-probability of each text it is asked about; ``narrow`` searches faster.
        """
        bare = spell(letters)
        if not bare:
            return Verdict("", 0.0, 0.0)
        lexicon = self.lexicons[language]
        found = [hypothesis.text for hypothesis in lexicon.search(letters, narrow=narrow)]
        texts = list(dict.fromkeys(text for text in (*found, decoded, bare) if text))
        decoder = np.array(scorer(texts), np.float32)
        words = np.array([lexicon.language_score(text) for text in texts], np.float32)
        length = np.array([len(text.split()) for text in texts], np.float32)
        unknown = np.array([lexicon.unknown(text) for text in texts], np.float32)
        total = likelihoods(letters, texts) + DECODER * decoder + WORDS * words
        total += EACH_WORD * length - UNKNOWN_WORD * unknown
        best = int(total.argmax())
        doubt = distance(found[0] if found else "", decoded) - float(decoder[best]) / len(texts[best])
        if texts[best] == bare and not unknown[best]:
            doubt *= SPELLED
        return Verdict(texts[best], float(total[best]), doubt)


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
