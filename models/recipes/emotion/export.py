"""Networks to one ONNX file: their mean logits, LSTM and dense weights in int8, what to know of them as metadata."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from izwi.emotion.features import WIDTH
from models.recipes.emotion.data import LABELS
from models.recipes.emotion.figures import figures
from models.recipes.emotion.net import Net, halve, level, sequence


class Council(nn.Module):
    """Several networks; their mean logits."""

    def __init__(self, nets: list[Net]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x: Tensor) -> Tensor:
        x = level(x)
        frames, facts = sequence(x), figures(halve(x))
        return torch.stack([net.judge(frames, facts) for net in self.nets]).mean(0)


def export(nets: list[Net], out: Path, temperature: float, threshold: float, licence: str) -> None:
    """Write ``out``: input ``features`` ``[1, T, 82]``, output ``logits`` ``[1, labels]``."""
    out.parent.mkdir(parents=True, exist_ok=True)
    whole = out.with_suffix(".fp32.onnx")
    torch.onnx.export(
        Council(nets).eval(),
        (torch.randn(1, 250, WIDTH),),
        str(whole),
        input_names=["features"],
        output_names=["logits"],
        dynamic_axes={"features": {1: "frames"}},
        opset_version=17,
        dynamo=False,
    )
    quantize_dynamic(whole, out, weight_type=QuantType.QInt8, op_types_to_quantize=["LSTM", "MatMul", "Gemm"])
    whole.unlink()
    model = onnx.load(out)
    about = {
        "labels": json.dumps(LABELS),
        "temperature": f"{temperature:.4f}",
        "threshold": f"{threshold:.2f}",
        "licence": licence,
    }
    onnx.helper.set_model_props(model, about)
    onnx.save(model, out)


def difference(nets: list[Net], views: list[NDArray[np.float16]], out: Path) -> tuple[float, float]:
    """Largest difference of logits between the file and the networks, and the share of equal answers."""
    from izwi.emotion.recogniser import EmbeddedEmotion

    recogniser, council = EmbeddedEmotion(out.parent), Council(nets).eval()
    with torch.no_grad():
        mine = np.concatenate([council(torch.from_numpy(v[None].astype(np.float32))).numpy() for v in views])
    theirs = np.stack([recogniser.logits(v.astype(np.float32)) for v in views])
    return float(np.abs(mine - theirs).max()), float(np.mean(mine.argmax(1) == theirs.argmax(1)))
