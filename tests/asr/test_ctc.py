"""The CTC head's arithmetic, against brute force, and the lexicon search on a small language."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from izwi.asr.ctc import BLANK, LETTERS, Lexicon, likelihoods, spell
from izwi.asr.fusion import distance


def random_letters(frames: int, seed: int = 0) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(0, 2, (frames, len(LETTERS) + 1))
    return (scores - np.log(np.exp(scores).sum(1, keepdims=True))).astype(np.float32)


def certain(text: str, doubt: float = 0.01) -> np.ndarray:
    """Frames that say ``text`` clearly: each letter twice, a blank after it."""
    path = [n for letter in text for n in [LETTERS.index(letter) + 1] * 2 + [BLANK]]
    letters = np.full((len(path), len(LETTERS) + 1), doubt / len(LETTERS))
    letters[np.arange(len(path)), path] = 1 - doubt
    return np.log(letters).astype(np.float32)


def collapse(path: tuple[int, ...]) -> str:
    return "".join(LETTERS[n - 1] for n, _ in itertools.groupby(path) if n != BLANK)


@pytest.mark.parametrize("text", ["", "a", "aa", " a", "ab"])
def test_likelihood_equals_the_sum_over_all_paths(text: str) -> None:
    letters = random_letters(4)
    kept = [BLANK, 1, 2, 3]  # blank, space, a, b: other letters cannot occur in the text's paths
    total = sum(
        np.exp(sum(letters[t, n] for t, n in enumerate(path)))
        for path in itertools.product(kept, repeat=4)
        if collapse(path) == text
    )
    assert likelihoods(letters, [text])[0] == pytest.approx(np.log(total), abs=1e-4)


def test_likelihoods_of_many_texts_equal_those_of_each() -> None:
    letters = random_letters(30)
    texts = ["mhoro", "a", "ndiri kuenda kumba", ""]
    together = likelihoods(letters, texts)
    np.testing.assert_allclose(together, [likelihoods(letters, [text])[0] for text in texts], rtol=1e-5)


@pytest.mark.parametrize("text", ["mhoro", "aabb", "makadii zvenyu", "n'anga", ""])
def test_spelling_of_clear_letters(text: str) -> None:
    assert spell(certain(text) if text else certain("a")[2:]) == text


ARPA = """\\data\\
ngram 1=7
ngram 2=3

\\1-grams:
-7.000\t<unk>
-99.000\t<s>\t-0.3
-0.7\t</s>
-1.0\ttwo\t-0.3
-1.0\tto\t-0.3
-1.0\tgo\t-0.3
-1.5\tdog

\\2-grams:
-0.1\t<s> go
-0.1\tgo to
-0.3\tto </s>

\\end\\
"""


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Lexicon:
    path: Path = tmp_path_factory.mktemp("words") / "en.arpa"
    path.write_text(ARPA)
    return Lexicon(path)


def test_clear_letters_give_their_words(lexicon: Lexicon) -> None:
    assert lexicon.search(certain("dog go to"))[0].text == "dog go to"


def test_a_misspelling_becomes_a_word(lexicon: Lexicon) -> None:
    assert lexicon.search(certain("go tto", doubt=0.2))[0].text == "go to"


def test_hypotheses_are_distinct_and_ordered(lexicon: Lexicon) -> None:
    found = lexicon.search(random_letters(40), count=5)
    assert len({hypothesis.text for hypothesis in found}) == len(found) > 1
    assert [h.score for h in found] == sorted((h.score for h in found), reverse=True)


def test_likely_words_score_higher(lexicon: Lexicon) -> None:
    assert lexicon.language_score("go to") == pytest.approx(np.log(10) * -0.5, abs=1e-3)
    assert lexicon.language_score("go to") > lexicon.language_score("to go") > lexicon.language_score("to zzz")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("mhoro", "mhoro", 0),
        ("go to", "goto", 0),
        ("abcd", "abxd", 0.25),
        ("", "", 0),
        ("a", "", 1),
        ("abc", "bc", 1 / 3),
    ],
)
def test_distance(one: str, other: str, expected: float) -> None:
    assert distance(one, other) == pytest.approx(expected)
    assert distance(other, one) == pytest.approx(expected)
