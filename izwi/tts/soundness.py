"""Is it speech? Cheap checks that catch a broken voice before anybody hears it."""

from __future__ import annotations

import numpy as np

from izwi.audio import Floats, Pcm, join

#: Plausible sample rates, in Hz.
RATES = range(8_000, 48_001)
#: Spectral flatness above this is noise: white noise gives 0.9 and more, speech below 0.4 (a lone "sh" 0.5).
FLATNESS = 0.7
#: Quieter than this throughout is silence, in dBFS.
SILENT = -60.0
#: Quieter than this is a pause, in dBFS; levelled speech is near −20.
PAUSE = -40.0
#: Seconds of sound that tell noise from speech.
ENOUGH = 0.2
#: More than this share of samples at full scale is a broken decoder.
FULL_SCALE = 0.2
#: A phrase spoken in less or more than these shares of the usual time is cut off, or at a wrong rate.
SHORTEST, LONGEST = 0.55, 2.5


class Unsound(RuntimeError):
    """What came is no speech; the message says why."""


def flatness(samples: Floats) -> float:
    """Spectral flatness in [0, 1]: geometric over arithmetic mean of the averaged power spectrum."""
    windows = samples[: len(samples) // 256 * 256].reshape(-1, 256) * np.hanning(256).astype(np.float32)
    if not len(windows):
        return 0.0
    power = (np.abs(np.fft.rfft(windows, axis=1)) ** 2).mean(axis=0)[1:] + 1e-12
    return float(np.exp(np.log(power).mean()) / power.mean())


def check_piece(pcm: Pcm, hertz: int) -> None:
    """Raise ``Unsound`` unless the piece has a plausible rate: ``hertz``, where that is known (not 0)."""
    if pcm.rate not in RATES:
        raise Unsound(f"a sample rate of {pcm.rate} Hz")
    if hertz and pcm.rate != hertz:
        raise Unsound(f"{pcm.rate} Hz instead of {hertz} Hz")


def check_sound(pcm: Pcm) -> None:
    """Raise ``Unsound`` for silence, noise and full-scale rubbish. ``pcm`` should be ``ENOUGH`` or more."""
    if pcm.dbfs < SILENT:
        raise Unsound("silence")
    check_noise(pcm)


def check_noise(pcm: Pcm) -> None:
    """Raise ``Unsound`` for noise and full-scale rubbish, as loud as speech; a pause may hiss."""
    if pcm.dbfs < PAUSE:
        return
    samples = pcm.floats
    if float(np.mean(np.abs(samples) > 0.999)) > FULL_SCALE:
        raise Unsound("full-scale noise")
    if len(samples) >= ENOUGH * pcm.rate and flatness(samples) > FLATNESS:
        raise Unsound("noise")


def check_whole(pieces: list[Pcm], expected: float) -> None:
    """Raise ``Unsound`` unless the pieces are a whole phrase; ``expected``: its usual length, seconds (0: unknown)."""
    if not sum(len(piece.samples) for piece in pieces):
        raise Unsound("no sound at all")
    whole = join(pieces)
    check_sound(whole)
    if expected and not SHORTEST < whole.seconds / expected < LONGEST:
        raise Unsound(f"{whole.seconds:.1f} s where {expected:.1f} s were to be expected")
