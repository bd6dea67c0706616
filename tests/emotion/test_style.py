"""What each feeling asks of the voice, the words and the wait."""

from typing import get_args

import pytest

from izwi.emotion.style import guidance_for, patience_for, style_for
from izwi.engines import Emotion, Style
from izwi.tts.prosody import EMOTIONS as VOICE
from izwi.tts.prosody import prosody

EMOTIONS = get_args(Emotion)


@pytest.mark.parametrize("language", ["en", "sn", "xx"])
def test_neutral_is_the_voice_itself(language):
    assert style_for("neutral", language) == Style("neutral", 1.0, 1.0, 0.0)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_the_voices_own_table_is_not_counted_twice(emotion):
    spoken = prosody(style_for(emotion, "en"))
    assert (spoken.rate, spoken.pitch) == (VOICE[emotion].rate, VOICE[emotion].pitch)


@pytest.mark.parametrize("emotion", [e for e in EMOTIONS if e != "neutral"])
def test_shona_changes_less_and_in_the_same_direction(emotion):
    shona, english = prosody(style_for(emotion, "sn")), prosody(style_for(emotion, "en"))
    for mine, theirs in ((shona.rate, english.rate), (shona.pitch, english.pitch)):
        assert abs(mine - 1) <= abs(theirs - 1)
        assert (mine - 1) * (theirs - 1) >= 0
    assert abs(shona.rate - 1) > 0.05


@pytest.mark.parametrize("language", ["en", "sn"])
def test_happy_and_sad_are_far_apart(language):
    happy, sad = (prosody(style_for(e, language)) for e in ("happy", "sad"))
    assert happy.rate / sad.rate > 1.2
    assert happy.pitch / sad.pitch > 1.08
    assert happy.energy - sad.energy > 3


def test_only_feelings_that_need_it_change_the_words():
    assert [e for e in EMOTIONS if not guidance_for(e)] == ["neutral", "calm"]
    assert all("\n" not in guidance_for(e) for e in EMOTIONS)


def test_the_moved_are_given_more_time():
    assert patience_for("sad") > patience_for("neutral") == 1.0
    assert all(1.0 <= patience_for(e) <= 1.5 for e in EMOTIONS)
