"""The recipe's folds and scores: no speaker on both sides, and figures that are what they say."""

import numpy as np
import pytest

from models.recipes.emotion import augment, folds, reader, score
from models.recipes.emotion.council import Council
from models.recipes.emotion.data import LABELS, NO_VOICES, Clip
from models.recipes.emotion.net import Net
from models.recipes.emotion.train import weights

NOTHING = np.zeros((1, 82), np.float16)
SPEAKERS = [f"ravdess_{i:02d}" for i in range(1, 25)]
SPEAKERS += [f"emodb_{i:02d}" for i in (3, 8, 9, 10, 11, 12, 13, 14, 15, 16)]


def clips() -> list[Clip]:
    people = [Clip(s.split("_")[0], s, "f", label, [NOTHING], NOTHING) for s in SPEAKERS for label in range(4)]
    return [*people, Clip("none", "none_1", "", LABELS.index("no voice"), [NOTHING], NOTHING)]


def test_every_speaker_is_tested_once_and_never_trained_on():
    found = folds.by_speaker(clips())
    tested = [s for f in found for s in sorted({c.speaker for c in f.test})]
    assert sorted(tested) == sorted(SPEAKERS)
    for fold in found:
        assert not {c.speaker for c in fold.train} & {c.speaker for c in fold.test}
        assert len(fold.train) + len(fold.test) == len(clips())


def test_a_split_that_shares_a_speaker_is_refused():
    with pytest.raises(ValueError, match="both sides"):
        folds.Fold("bad", clips()[:3], clips()[3:6])


def test_a_speaker_in_no_fold_is_an_error():
    with pytest.raises(ValueError, match="no fold"):
        folds.by_speaker([*clips(), Clip("emodb", "emodb_99", "m", 0, [NOTHING], NOTHING)])


def test_one_corpus_tests_the_other():
    for fold in folds.by_corpus(clips()):
        assert len({c.corpus for c in fold.test}) == 1
        assert {c.corpus for c in fold.test}.isdisjoint(c.corpus for c in fold.train)


def _logits(told: list[int], sure: float = 5.0) -> np.ndarray:
    return (np.eye(len(LABELS))[told] * sure).astype(np.float32)


def test_uar_is_the_mean_recall_whatever_the_sizes():
    labels = np.array([0] * 8 + [2] * 2)
    told = [0] * 6 + [1] * 2 + [2, 0]
    table = score.confusion(_logits(told), labels, score.SIX)
    assert table[0].tolist() == [6, 2, 0, 0, 0, 0]
    assert score.uar(_logits(told), labels, score.SIX) == pytest.approx((0.75 + 0.5) / 2)
    assert score.uar(_logits(told), labels, score.FIVE) == pytest.approx((1.0 + 0.5) / 2)


def _tested(logits: np.ndarray, labels: np.ndarray) -> score.Tested:
    return score.Tested(logits, logits, labels, np.full(len(labels), "ravdess"), np.full(len(labels), "f"))


def test_the_temperature_undoes_overconfidence():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, 3000)
    told = np.where(rng.random(3000) < 0.6, labels, (labels + rng.integers(1, 6, 3000)) % 6)
    t = _tested(_logits(list(told), sure=12.0), labels)
    heat = score.temperature(t.logits, t.labels)
    assert heat > 2
    assert score.certainty(t, heat, 0.0).calibration < 0.05 < score.certainty(t, 1.0, 0.0).calibration


def test_the_threshold_buys_certainty():
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 6, 4000)
    sure = rng.uniform(0.0, 6.0, 4000)
    right = rng.random(4000) < 1 / (1 + 9 * np.exp(-sure))
    logits = _logits(list(np.where(right, labels, (labels + 1) % 6)), 1.0) * sure[:, None].astype(np.float32)
    t = _tested(logits, labels)
    value = score.threshold(t, 1.0, wanted=0.9)
    assert 0.4 < value < 0.9
    kept = score.certainty(t, 1.0, value)
    assert kept.right >= 0.9
    assert kept.kept < 1.0


def test_every_way_to_arrive_leaves_a_sound(voice):
    samples, rng = voice(0, 30, seconds=1.0).samples, np.random.default_rng(0)
    for _, step in augment.STEPS:
        arrived = step(samples, rng)
        assert arrived.dtype == np.float32
        assert np.all(np.isfinite(arrived))
        assert 0.85 < len(arrived) / len(samples) < 1.15
        assert not np.array_equal(arrived[:1000], samples[:1000])
    assert np.abs(augment.render(samples, rng)).max() <= 1.0
    assert NO_VOICES > 0
    assert np.sqrt(np.mean(augment.no_voice(rng) ** 2)) > 0.001


def test_every_label_counts_alike_in_its_corpus():
    def clip(corpus: str, label: int) -> Clip:
        return Clip(corpus, "somebody", "f", label, [NOTHING], NOTHING)

    some = [clip("ravdess", 0)] * 2 + [clip("ravdess", 1)] * 6 + [clip("emodb", 0)] * 5
    found = weights(some)
    assert found == pytest.approx([2.0] * 2 + [2 / 3] * 6 + [1.0] * 5)


def test_readers_learn_figures_and_have_half_the_say(voice):
    """High voices against low ones: a reader trained on some tells them apart in others."""
    import torch

    from izwi.emotion.features import features

    torch.set_num_threads(1)

    def clip(seed: int, label: int) -> Clip:
        low, high = ((80, 120), (220, 300))[label]
        frames = features(voice(seed, 30, low, high, seconds=1.0).samples).astype(np.float16)
        return Clip("ravdess", f"s{seed}", "f", label, [frames], frames)

    known = [clip(seed, seed % 2) for seed in range(12)]
    fresh = [clip(seed, seed % 2) for seed in range(20, 26)]
    read = reader.train(known, reader.facts(known), reader.Reading(epochs=25, batch=6), seed=0)
    with torch.no_grad():
        views = [torch.from_numpy(c.views[0][None].astype(np.float32)) for c in fresh]
        told = [int(read(view)[0, :2].argmax()) for view in views]
        net = Net(len(LABELS)).eval()
        both = Council([net], [read])(views[0])
        torch.testing.assert_close(both, (net(views[0]) + read(views[0])) / 2)
    assert told == [c.label for c in fresh]
