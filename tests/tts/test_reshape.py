"""What a voice cannot do is done after it: pitch, tempo, and the colour of a reference."""

import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from izwi.audio import Pcm, join
from izwi.engines import Style
from izwi.faults import BadInput
from izwi.settings import Settings
from izwi.tts import choice
from izwi.tts.remote import RemoteVoice
from izwi.tts.reshape import reshaped
from izwi.tts.spectrum import ltas
from izwi.tts.worker.supervisor import Supervisor
from tests.tts import faulty_worker
from tests.tts.scripted import tone


def pitch_of(sound: Pcm) -> float:
    """The strongest tone below 1 kHz."""
    middle = sound.floats[len(sound.samples) // 4 : -len(sound.samples) // 4]
    power = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
    return float(np.argmax(power[: (1 << 17) * 1000 // sound.rate])) * sound.rate / (1 << 17)


async def pieces(sound: Pcm) -> AsyncGenerator[Pcm]:
    for piece in sound.frames(4000):
        yield piece


@pytest.mark.parametrize(("tempo", "pitch"), [(1.25, 1.0), (0.8, 1.0), (1.0, 1.15), (0.9, 0.9)])
async def test_tempo_and_pitch_are_changed_apart(tempo: float, pitch: float) -> None:
    source = tone(2.0, 200)
    async with aclosing(reshaped(pieces(source), tempo, pitch)) as changed:
        done = join([piece async for piece in changed])
    assert done.seconds == pytest.approx(2.0 / tempo, rel=0.02)
    assert pitch_of(done) == pytest.approx(200 * pitch, rel=0.02)


async def test_what_needs_no_change_is_not_kept_waiting() -> None:
    source = tone(1.0, 200)
    async with aclosing(reshaped(pieces(source), 1.01, 1.0)) as unchanged:
        first = await anext(unchanged)
        assert np.array_equal(first.samples, source.samples[:4000])


@pytest.mark.engine
async def test_a_server_without_pitch_or_tempo_has_both_done_after_it() -> None:
    command = [sys.executable, "-I", "-S", faulty_worker.__file__, str(faulty_worker.SOUND), "0"]
    server = Supervisor("server", command, every=5.0, loading=60.0)
    await server.start()
    voice = RemoteVoice(server.base, frozenset({"sn"}), lacks=("rate", "pitch"))
    try:
        plain = join([piece async for piece in voice.synthesize_stream("well mhoro", "sn")])
        style = Style(rate=0.8, pitch=1.2)
        changed = join([piece async for piece in voice.synthesize_stream("well mhoro", "sn", style)])
    finally:
        await voice.close()
        await server.close()
    assert changed.seconds == pytest.approx(plain.seconds / 0.8, rel=0.08)
    assert pitch_of(plain) == pytest.approx(faulty_worker.SOUND, rel=0.02)
    assert pitch_of(changed) == pytest.approx(1.2 * faulty_worker.SOUND, rel=0.03)


@pytest.mark.engine
async def test_voices_blend_into_the_reference_that_is_set(tmp_path: Path) -> None:
    """A dull recording: once the voice is known, it sounds nearer to it."""
    plain = choice.voice("espeak", Settings(cache=tmp_path))
    text = "Mangwanani, marara here shamwari yangu? Ndinofara chaizvo kukuona pano nhasi."
    bright = join([piece async for piece in plain.synthesize_stream(text, "sn")])
    dull = np.convolve(bright.floats, np.hanning(25) / np.hanning(25).sum(), "same")
    (tmp_path / "dull.wav").write_bytes(Pcm((dull * 32767).astype(np.int16), bright.rate).wav())
    voice = choice.voice("espeak", Settings(cache=tmp_path, tts_reference=str(tmp_path / "dull.wav")))
    for _ in range(2):
        blended = join([piece async for piece in voice.synthesize_stream(text, "sn")])
    reference = ltas(dull.astype(np.float32), bright.rate)
    before, after = (np.nanmean((ltas(s.floats, s.rate) - reference) ** 2) for s in (bright, blended))
    assert after < 0.6 * before


def test_a_reference_that_is_no_recording_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="IZWI_TTS_REFERENCE"):
        choice.voice("espeak", Settings(cache=tmp_path, tts_reference=str(tmp_path / "none.wav")))
