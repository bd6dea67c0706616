"""An utterance in 203 figures: spectrum, pitch and energy, how far, how fast and in which direction they move.

The network has them beside its BiLSTM: a few hundred clips teach a figure sooner than a sequence. All of them are free
of gain. Frames are those of ``net.halve``: 20 ms, ``[batch, T, 82]``.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import avg_pool1d, pad

from izwi.emotion.features import BANDS, ENERGY, F0

COUNT = 203


def _ones(like: Tensor) -> Tensor:
    """Ones whose length the ONNX exporter does not take for a constant."""
    return like * 0.0 + 1.0


def _mean(x: Tensor, weight: Tensor) -> Tensor:
    return (x * weight).sum(1) / (weight.sum(1) + 1e-4)


def _spread(x: Tensor, mean: Tensor, weight: Tensor) -> Tensor:
    return _mean((x - mean.unsqueeze(1)) ** 2, weight).clamp_min(1e-6).sqrt()


def _modulation(x: Tensor) -> Tensor:
    """How much of the movement lies at four speeds: deviations between smoothings over 3, 5, 9 and 17 frames."""
    fine, parts = x.transpose(1, 2), []
    whole = fine
    for reach in (1, 2, 4, 8):
        coarse = avg_pool1d(pad(whole, (reach, reach), mode="replicate"), 2 * reach + 1, 1)
        parts.append(((fine - coarse) ** 2).mean(2).clamp_min(1e-6).sqrt())
        fine = coarse
    return torch.cat(parts, 1)


def _contour(x: Tensor, weight: Tensor, orders: int) -> Tensor:
    """Slope, bend and so on over the utterance: projections on Legendre polynomials."""
    place = _ones(x[:, :, :1]).cumsum(1)
    u = 2.0 * (place - 1.0) / (place.amax(1, keepdim=True) - 1.0) - 1.0
    shapes = (u, 1.5 * u * u - 0.5, 2.5 * u**3 - 1.5 * u)
    return torch.cat([_mean(x * shape, weight) for shape in shapes[:orders]], 1)


def _spectrum(mel: Tensor, voiced: Tensor, bent: Tensor, energy: Tensor) -> list[Tensor]:
    bands = mel.unflatten(2, (20, 4)).mean(3)
    coarse = bands.unflatten(2, (10, 2)).mean(3)
    weight, all_frames = voiced + 0.05, _ones(voiced)
    tilt = _mean(bands, weight)
    level = tilt.mean(1, keepdim=True)
    shape = coarse - coarse.mean(2, keepdim=True)
    return [
        (tilt - level) / 2.0,
        _spread(bands, tilt, weight) / 2.0,
        bands.std(1) / 2.0,
        (_mean(bands, 1.02 - voiced) - level) / 3.0,
        (bands[:, 2:] - bands[:, :-2]).abs().mean(1),
        _modulation(coarse),
        _contour(shape[:, :, ::2], weight, 2),
        _mean((coarse - _mean(coarse, weight).unsqueeze(1)) * bent, voiced) * 5.0,
        _mean(shape * energy, all_frames) * 2.0,
    ]


def _melody(mean: Tensor, bent: Tensor, voiced: Tensor) -> list[Tensor]:
    count = voiced.sum(1) + 1.0
    spread = ((bent**2).sum(1) / count).clamp_min(1e-6).sqrt()
    step = (bent[:, 1:] - bent[:, :-1]) * voiced[:, 1:] * voiced[:, :-1]
    tremor = (bent[:, 2:] - 2.0 * bent[:, 1:-1] + bent[:, :-2]) * voiced[:, 2:] * voiced[:, 1:-1] * voiced[:, :-2]
    return [
        mean,
        spread * 4.0,
        ((bent**3).sum(1) / count) / (spread**3 + 1e-3),
        bent.amax(1),
        bent.amin(1),
        step.abs().sum(1) / count * 30.0,
        step.clamp_min(0.0).sum(1) / count * 30.0,
        (-step).clamp_min(0.0).sum(1) / count * 30.0,
        tremor.abs().sum(1) / count * 60.0,
        voiced.mean(1) * 3.0,
        (voiced[:, 1:] - voiced[:, :-1]).abs().mean(1) * 20.0,
        _contour(bent * 6.0, voiced, 3),
        _modulation(bent) * 10.0,
    ]


def _loudness(energy: Tensor, voiced: Tensor) -> list[Tensor]:
    spread = energy.std(1)
    spoken = _mean(energy, voiced)
    shiver = (energy[:, 2:] - 2.0 * energy[:, 1:-1] + energy[:, :-2]).abs()
    inner = voiced[:, 2:] * voiced[:, 1:-1] * voiced[:, :-2]
    return [
        spread,
        (energy**3).mean(1) / (spread**3 + 1e-3),
        (energy[:, 1:] - energy[:, :-1]).abs().mean(1) * 10.0,
        (energy.amax(1) - spoken) * 3.0,
        spoken * 3.0,
        _spread(energy, spoken, voiced) * 5.0,
        (shiver * inner).sum(1) / (voiced.sum(1) + 1.0) * 20.0,
        _contour(energy * 4.0, _ones(voiced), 3),
        _modulation(energy) * 5.0,
        _ones(energy).sum(1).log(),
    ]


def figures(x: Tensor) -> Tensor:
    """The figures of halved frames ``[batch, T, 82]``: ``[batch, 203]``."""
    octaves = x[:, :, F0 : F0 + 1]
    voiced = (octaves > 0).to(x.dtype)
    mean = (octaves * voiced).sum(1) / (voiced.sum(1) + 1.0)
    bent = (octaves - mean.unsqueeze(1)) * voiced
    energy = x[:, :, ENERGY : ENERGY + 1]
    energy = energy - energy.mean(1, keepdim=True)
    spectrum = _spectrum(x[:, :, :BANDS], voiced, bent, energy)
    return torch.cat((*spectrum, *_melody(mean, bent, voiced), *_loudness(energy, voiced)), 1)
