"""What each feeling promises of the voice, the words and the wait."""

from typing import get_args

import pytest

from izwi.emotion.style import guidance_for, patience_for, style_for
from izwi.engines import Emotion, Style

EMOTIONS = get_args(Emotion)


@pytest.mark.parametrize("language", ["en", "sn", "xx"])
def test_neutral_is_the_voice_itself(language):
    assert style_for("neutral", language) == Style("neutral", 1.0, 1.0, 0.0)


@pytest.mark.parametrize("language", ["en", "sn"])
@pytest.mark.parametrize("emotion", [e for e in EMOTIONS if e != "neutral"])
def test_every_other_feeling_is_audible_and_speakable(emotion, language):
    style = style_for(emotion, language)
    assert style.emotion == emotion
    assert abs(style.rate - 1) >= 0.05 or abs(style.pitch - 1) >= 0.05 or abs(style.energy) >= 1.5
    assert 0.8 <= style.rate <= 1.2
    assert 0.9 <= style.pitch <= 1.15
    assert -4 <= style.energy <= 3


def test_shona_changes_less_and_in_the_same_direction():
    for emotion in EMOTIONS:
        shona, english = style_for(emotion, "sn"), style_for(emotion, "en")
        assert abs(shona.rate - 1) <= abs(english.rate - 1)
        assert (shona.rate - 1) * (english.rate - 1) >= 0
        assert (shona.pitch - 1) * (english.pitch - 1) >= 0
        assert shona.energy == english.energy


def test_happy_and_sad_are_far_apart():
    happy, sad = style_for("happy", "en"), style_for("sad", "en")
    assert happy.rate / sad.rate > 1.2
    assert happy.pitch / sad.pitch > 1.1
    assert happy.energy - sad.energy > 3


def test_only_feelings_that_need_it_change_the_words():
    assert [e for e in EMOTIONS if not guidance_for(e)] == ["neutral", "calm"]
    assert all("\n" not in guidance_for(e) for e in EMOTIONS)


def test_the_moved_are_given_more_time():
    assert patience_for("sad") > patience_for("neutral") == 1.0
    assert all(1.0 <= patience_for(e) <= 1.5 for e in EMOTIONS)
