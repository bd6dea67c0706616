"""A council to one ONNX file: LSTM and dense weights in int8, what to know of it as metadata."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

from izwi.emotion.features import WIDTH
from models.recipes.emotion.council import Council
from models.recipes.emotion.data import LABELS


def export(council: Council, out: Path, temperature: float, threshold: float, licence: str) -> None:
    """Write ``out``: input ``features`` ``[1, T, 82]``, output ``logits`` ``[1, labels]``."""
    out.parent.mkdir(parents=True, exist_ok=True)
    whole = out.with_suffix(".fp32.onnx")
    torch.onnx.export(
        council.eval(),
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


def difference(council: Council, views: list[NDArray[np.float16]], out: Path) -> tuple[float, float]:
    """Largest difference of logits between the file and the networks, and the share of equal answers."""
    from izwi.emotion.recogniser import EmbeddedEmotion

    recogniser = EmbeddedEmotion(out.parent)
    with torch.no_grad():
        mine = np.concatenate([council(torch.from_numpy(v[None].astype(np.float32))).numpy() for v in views])
    theirs = np.stack([recogniser.logits(v.astype(np.float32)) for v in views])
    return float(np.abs(mine - theirs).max()), float(np.mean(mine.argmax(1) == theirs.argmax(1)))
