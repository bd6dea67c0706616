"""Turn a transformers VITS checkpoint (MMS-TTS and its fine-tunes) into the four graphs `izwi.tts.vits` runs.

Needs torch, transformers and onnx, so it runs once, when a model is installed:
``python -m izwi.tts.vits_export SOURCE TARGET --language sn --licence …``.
"""

from __future__ import annotations

import argparse
import json
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

#: Shape of the example a graph is traced with (any other length works afterwards).
TOKENS, FRAMES = 41, 60
OPSET = 17


class CannotExport(ValueError):
    """The checkpoint is not a VITS this voice can run; the message says why."""


def export(source: Path, target: Path, languages: tuple[str, ...], licence: str, speaker: int | None = None) -> None:
    """Write ``text.onnx``, ``flow.onnx``, ``head.onnx``, ``tail.onnx`` and ``voice.json`` into ``target``.

    ``source`` is a folder as ``VitsModel.save_pretrained`` leaves it. ``speaker`` bakes in one speaker of many.
    Raises ``CannotExport``.
    """
    from transformers import VitsModel

    model = VitsModel.from_pretrained(source, attn_implementation="eager").eval()
    card = _card(source, model.config, languages, licence)
    if (speaker is not None) != (model.config.num_speakers > 1):
        raise CannotExport(
            f"the checkpoint has {model.config.num_speakers} speakers, but speaker {speaker} was asked for"
        )
    _fold_weight_norm(model)
    _to_planes(model.decoder)
    target.mkdir(parents=True, exist_ok=True)
    _write_graphs(model, target, speaker)
    (target / "voice.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _card(source: Path, config: Any, languages: tuple[str, ...], licence: str) -> dict[str, Any]:
    """What the runtime must know of the model."""
    tokenizer = json.loads((source / "tokenizer_config.json").read_text(encoding="utf-8"))
    if tokenizer.get("phonemize") or tokenizer.get("is_uroman"):
        raise CannotExport("the checkpoint reads phonemes or romanised text, not letters")
    return {
        "languages": list(languages),
        "licence": licence,
        "rate": config.sampling_rate,
        "hop": math.prod(config.upsample_rates),
        "context": context(config),
        "head_rate": config.upsample_rates[0],
        "speaking_rate": config.speaking_rate,
        "noise": config.noise_scale,
        "jitter": config.noise_scale_duration,
        "blank": tokenizer.get("add_blank", True),
        "vocabulary": json.loads((source / "vocab.json").read_text(encoding="utf-8")),
    }


def context(config: Any) -> tuple[int, int]:
    """Frames on either side that can change a frame of the vocoder's head, and of its tail: half the receptive fields.

    A residual block of kernel k and dilations d reaches (k−1)/2 · Σ(d + 1) samples at its own rate; a transposed
    convolution of kernel k and stride s reaches k/(2s) samples at the rate before it; the outer convolutions reach 3.
    """
    reach, rate = [], 1
    for stride, kernel in zip(config.upsample_rates, config.upsample_kernel_sizes, strict=True):
        before, rate = rate, rate * stride
        blocks = zip(config.resblock_kernel_sizes, config.resblock_dilation_sizes, strict=True)
        block = max((k - 1) / 2 * sum(d + 1 for d in dilations) for k, dilations in blocks)
        reach.append(kernel / (2 * stride) / before + block / rate)
    return math.ceil(3 + reach[0]), math.ceil(sum(reach[1:]) + 3 / rate)


def _fold_weight_norm(model: Any) -> None:
    """Replace weight normalisation by the weights it yields: the same sound, a smaller and faster graph."""
    from torch.nn.utils import parametrize

    for module in model.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight")


def _to_planes(module: Any) -> None:
    """Make each convolution of the vocoder one over planes of height 1: the same sums in a third less time.

    ONNX Runtime blocks the channels (NCHWc, one vector of the processor a block) of 2-D convolutions only.
    """
    for name, child in list(module.named_children()):
        if "Conv" in type(child).__name__:
            setattr(module, name, _plane(child))
        else:
            _to_planes(child)


def _plane(line: Any) -> Any:
    import torch

    kind = torch.nn.ConvTranspose2d if line.transposed else torch.nn.Conv2d
    plane = kind(
        line.in_channels,
        line.out_channels,
        (1, *line.kernel_size),
        stride=(1, *line.stride),
        padding=(0, *line.padding),
        dilation=(1, *line.dilation),
        bias=line.bias is not None,
    )
    weights = {name: tensor.unsqueeze(2) if name == "weight" else tensor for name, tensor in line.state_dict().items()}
    plane.load_state_dict(weights)
    return plane


@contextmanager
def _noise_from_outside() -> Iterator[None]:
    """VITS draws its duration noise inside the graph, as ``randn(...) * noise_scale``.

    With ones for the draw, the scale we pass is the noise itself: an input, so a render can be repeated.
    """
    import torch

    with patch("torch.randn", torch.ones):
        yield


def _upsample(model: Any, hidden: Any, stages: range) -> Any:
    """The given stages of the HiFi-GAN, as ``VitsHifiGan.forward`` runs them."""
    import torch

    decoder, kinds = model.decoder, len(model.config.resblock_kernel_sizes)
    for stage in stages:
        hidden = decoder.upsampler[stage](torch.nn.functional.leaky_relu(hidden, model.config.leaky_relu_slope))
        blocks = decoder.resblocks[stage * kinds : (stage + 1) * kinds]
        hidden = sum(block(hidden) for block in blocks) / kinds
    return hidden


def _parts(model: Any, voice: Any) -> dict[str, Callable[..., Any]]:
    """The model cut in four, in the voice of one speaker (an embedding ``(1, n, 1)``; None where there is but one)."""
    import torch

    def text(ids: Any, noise: Any) -> tuple[Any, Any, Any]:
        mask = torch.ones_like(ids).unsqueeze(-1).to(noise.dtype)
        encoded = model.text_encoder(input_ids=ids, padding_mask=mask, attention_mask=None, return_dict=True)
        hidden, across = encoded.last_hidden_state.transpose(1, 2), mask.transpose(1, 2)
        if model.config.use_stochastic_duration_prediction:
            lengths = model.duration_predictor(hidden, across, voice, reverse=True, noise_scale=noise)
        else:
            lengths = model.duration_predictor(hidden, across, voice) + 0.0 * noise[:, :1]
        return encoded.prior_means, encoded.prior_log_variances, lengths

    def flow(prior: Any) -> Any:
        return model.flow(prior, torch.ones_like(prior[:, :1]), voice, reverse=True)

    def head(latents: Any) -> Any:
        hidden = model.decoder.conv_pre(latents.unsqueeze(2))
        if voice is not None:
            hidden = hidden + model.decoder.cond(voice.unsqueeze(2))
        return _upsample(model, hidden, range(1)).squeeze(2)

    def tail(hidden: Any) -> Any:
        hidden = _upsample(model, hidden.unsqueeze(2), range(1, len(model.config.upsample_rates)))
        return torch.tanh(model.decoder.conv_post(torch.nn.functional.leaky_relu(hidden))).squeeze(2)

    return {"text": text, "flow": flow, "head": head, "tail": tail}


def _write_graphs(model: Any, target: Path, speaker: int | None) -> None:
    import torch

    class Wrapped(torch.nn.Module):
        def __init__(self, run: Callable[..., Any]) -> None:
            super().__init__()
            self.run, self.model = run, model

        def forward(self, *inputs: Any) -> Any:
            return self.run(*inputs)

    voice = None if speaker is None else model.embed_speaker(torch.tensor([speaker])).unsqueeze(-1).detach()
    parts = _parts(model, voice)
    ids = torch.randint(1, model.config.vocab_size, (1, TOKENS))
    latents, noise = torch.randn(1, model.config.flow_size, FRAMES), torch.randn(1, 2, TOKENS)
    # of each part: an example, and which axis of its inputs and outputs varies
    graphs: dict[str, tuple[tuple[Any, ...], dict[str, int], dict[str, int]]] = {
        "text": ((ids, noise), {"ids": 1, "noise": 2}, {"means": 1, "log_variances": 1, "log_lengths": 2}),
        "flow": ((latents,), {"prior": 2}, {"latents": 2}),
        "head": ((latents,), {"latents": 2}, {"hidden": 2}),
        "tail": ((parts["head"](latents),), {"hidden": 2}, {"waveform": 2}),
    }
    with torch.inference_mode(), _noise_from_outside(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's remarks; the tests compare other lengths than the traced one
        for name, (example, inputs, outputs) in graphs.items():
            torch.onnx.export(
                Wrapped(parts[name]).eval(),
                example,
                str(target / f"{name}.onnx"),
                input_names=list(inputs),
                output_names=list(outputs),
                dynamic_axes={key: {axis: "n"} for key, axis in {**inputs, **outputs}.items()},
                opset_version=OPSET,
                dynamo=False,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="folder of a transformers VITS checkpoint")
    parser.add_argument("target", type=Path, help="folder to write the voice to")
    parser.add_argument("--language", action="append", required=True, help="language code it speaks (may be repeated)")
    parser.add_argument("--licence", required=True, help="licence of the weights")
    parser.add_argument("--speaker", type=int, help="which speaker, for a checkpoint that has several")
    chosen = parser.parse_args()
    export(chosen.source, chosen.target, tuple(chosen.language), chosen.licence, chosen.speaker)


if __name__ == "__main__":
    main()
