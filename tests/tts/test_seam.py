"""Where a voice broke another goes on: every word once, in order. Heard by the embedded recogniser."""

from difflib import SequenceMatcher
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from izwi.asr.faster_whisper import FasterWhisper
from izwi.audio import Pcm, join, silence
from izwi.settings import ROOT
from izwi.tts.espeak import EspeakVoice
from izwi.tts.seam import KEPT, Seam, quiet_end, whereabouts
from tests.tts.scripted import RATE, tone

TEXTS = {
    "sn": ("Mangwanani, marara here shamwari yangu?", "Ndinoda kuenda kumusha mangwana mangwanani."),
    "en": ("Good morning, how did you sleep last night?", "My name is Tendai and I live in Harare."),
}


def spliced(voice: list[Pcm], seconds: float, other: list[Pcm]) -> list[Pcm]:
    """What is heard when ``voice`` breaks after so many seconds and ``other`` goes on."""
    seam, out = Seam(), []
    whole = join(voice)
    for piece in Pcm(whole.samples[: round(seconds * whole.rate)], whole.rate).frames(whole.rate // 4):
        out += list(seam.push(piece))
    seam.broke()
    for piece in other:
        assert not list(seam.push(piece)), "the other is heard when its place is known"
    return out + list(seam.flush())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 6000), min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_unbroken_speech_passes_whole_and_soon(sizes: list[int], seed: int) -> None:
    draw = np.random.default_rng(seed)
    speech = Pcm((draw.standard_normal(sum(sizes)) * np.repeat(draw.uniform(0, 6000, 400), 400)[: sum(sizes)]
                  if sum(sizes) <= 160_000 else np.zeros(sum(sizes))).astype(np.int16), RATE)  # fmt: skip
    seam, out, start = Seam(), [], 0
    for size in sizes:
        out += list(seam.push(Pcm(speech.samples[start : start + size], RATE)))
        start += size
        waiting = start - sum(len(piece.samples) for piece in out)
        assert waiting <= (KEPT + 0.02) * RATE
        assert start > sizes[0] or not waiting, "the first piece leaves whole"
    out += list(seam.flush())
    assert np.array_equal(join(out).samples, speech.samples)


def test_sound_is_kept_back_from_the_last_quiet_moment() -> None:
    speech = join([tone(0.5, 200), silence(0.05, RATE), tone(0.1, 200)])
    assert abs(quiet_end(speech) - 0.55 * RATE) <= RATE // 100
    assert quiet_end(join([speech, tone(0.5, 200)])) == len(speech.samples) + RATE // 2, "too long ago"


def test_nothing_is_kept_back_of_a_voice_that_is_hardly_ahead() -> None:
    seam = Seam()
    seam.kept = 0.0
    pieces = [join([tone(0.1, 200), silence(0.02, RATE), tone(0.08, 200)])] * 4
    assert [len(out.samples) for piece in pieces for out in seam.push(piece)] == [3200] * 4


def test_a_phrase_that_broke_before_it_was_heard_is_said_whole() -> None:
    seam = Seam()
    seam.broke()
    assert not seam.broken
    assert list(seam.push(tone(0.5, 200))) != []


def test_rest_is_given_at_the_rate_of_what_was_heard() -> None:
    heard, other = [tone(0.25, 200)] * 4, list(tone(1.0, 400, 24_000).frames(6000))
    out = spliced(heard, 0.5, other)
    assert {piece.rate for piece in out} == {RATE}
    assert abs(join(out).seconds - 1.0) < 0.03


def syllable(seconds: float, pitch: int) -> Pcm:
    """A tone that swells and fades."""
    steady = tone(seconds, pitch)
    swell = np.sin(np.linspace(0, np.pi, len(steady.samples))) ** 2
    return Pcm((steady.samples * swell).astype(np.int16), RATE)


def test_another_pace_is_followed() -> None:
    """Syllables told apart by their tone; the other voice takes half as long again, but not for the third."""
    pitches = (300, 700, 1500, 2500, 4000)
    heard = join([syllable(0.2, pitch) for pitch in pitches])
    other = join([syllable(0.2 if pitch == 1500 else 0.3, pitch) for pitch in pitches])
    for syllables, place in ((1, 0.3), (2, 0.6), (3, 0.8), (4, 1.1)):
        part = Pcm(heard.samples[: round(0.2 * syllables * RATE)], RATE)
        assert whereabouts(part, other) == pytest.approx(place, abs=0.03)


@pytest.mark.parametrize("seconds", [0.02, 0.09, 0.14])
def test_too_little_to_be_recognised_by_is_as_long_in_both(seconds: float) -> None:
    heard, other = join([syllable(0.1, 300)] * 5), join([syllable(0.1, 500)] * 5)
    part = Pcm(heard.samples[: round(seconds * RATE)], RATE)
    assert whereabouts(part, other) == pytest.approx(seconds, abs=0.07)
    assert whereabouts(part, tone(0.05, 500)) <= 0.05, "there is no more of it"


@pytest.fixture(scope="module")
def recogniser() -> FasterWhisper:
    return FasterWhisper(ROOT / "models" / "embedded" / "whisper", ("sn", "en"))


async def words(recogniser: FasterWhisper, speech: Pcm, language: str) -> list[str]:
    chunks = [chunk async for chunk in recogniser.transcribe_stream(speech.resampled(16_000), language)]
    return chunks[-1].text.split()


def wrong(heard: list[str], wanted: list[str]) -> int:
    """Words left out, said twice or other ones."""
    same = SequenceMatcher(None, heard, wanted, autojunk=False).get_matching_blocks()
    return max(len(heard), len(wanted)) - sum(block.size for block in same)


@pytest.mark.engine
async def test_every_word_is_heard_once_and_in_order(recogniser: FasterWhisper) -> None:
    """By the embedded recogniser, which mishears a word in a hundred when the voice changes; said again, it shows."""
    broke, goes_on = EspeakVoice("f3"), EspeakVoice("f2")
    wrong_once = wrong_again = said = 0
    for language, texts in TEXTS.items():
        for text, share in product(texts, (0.3, 0.5, 0.75)):
            first = [piece async for piece in broke.synthesize_stream(text, language)]
            other = [piece async for piece in goes_on.synthesize_stream(text, language)]
            part = Pcm(join(first).samples[: round(share * len(join(first).samples))], first[0].rate)
            wanted = await words(recogniser, join(other), language)
            once = join(spliced(first, part.seconds, other))
            said += len(wanted)
            wrong_once += wrong(await words(recogniser, once, language), wanted)
            wrong_again += wrong(await words(recogniser, join([part, *other]), language), wanted)
    assert wrong_once <= 0.04 * said
    assert wrong_again >= 0.3 * said, "the recogniser would not notice words said twice"
