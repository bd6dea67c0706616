"""A transformers classifier in the recogniser's place, tried on a tiny one of the real class."""

import numpy as np
import pytest

from izwi.assembly import assemble
from izwi.audio import from_floats, silence
from izwi.emotion.choice import open_recogniser
from izwi.emotion.hub import HubEmotion
from izwi.emotion.recogniser import EmbeddedEmotion
from izwi.settings import Settings

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.filterwarnings("default")]


def _tiny(folder, labels):
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForSequenceClassification

    config = Wav2Vec2Config(
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(16, 16),
        conv_kernel=(10, 8),
        conv_stride=(5, 64),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
        classifier_proj_size=8,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    Wav2Vec2ForSequenceClassification(config).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)
    return str(folder)


async def test_its_labels_become_ours(tmp_path, voice):
    recogniser = open_recogniser(_tiny(tmp_path, ["neu", "HAP", "ang", "sadness", "disgust"]))
    tag = await recogniser.recognise(from_floats(voice(0, 20).samples, 16_000))
    assert 0 < sum(tag.probabilities.values()) < 1
    assert tag.probabilities["calm"] == tag.probabilities["fearful"] == 0
    assert all(tag.probabilities[e] > 0 for e in ("neutral", "happy", "angry", "sad"))
    assert not (await recogniser.recognise(silence(2.0, 16_000))).sure
    assert not (await recogniser.recognise(from_floats(np.zeros(0), 16_000))).sure


def test_a_model_of_other_things_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no label"):
        open_recogniser(_tiny(tmp_path, ["dog", "cat"]))


def test_a_model_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(OSError, match="none"):
        open_recogniser(str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="no emotion model"):
        open_recogniser(folder=tmp_path)


def test_it_is_what_listens_when_the_operator_says_so(tmp_path):
    """The whole way: ``IZWI_EMOTION_ENGINE`` to the engines that a conversation gets."""
    chosen = assemble(Settings(profile="embedded", emotion_engine=_tiny(tmp_path, ["neutral", "happy", "fear"])))
    assert isinstance(chosen.emotion, HubEmotion)
    assert any(str(tmp_path) in sentence for sentence in chosen.notices)


def test_one_that_cannot_be_had_leaves_our_own_and_says_so(tmp_path):
    missing = str(tmp_path / "none")
    chosen = assemble(Settings(profile="embedded", emotion_engine=missing))
    assert isinstance(chosen.emotion, EmbeddedEmotion)
    assert any(missing in sentence and "cannot be used" in sentence for sentence in chosen.notices)
