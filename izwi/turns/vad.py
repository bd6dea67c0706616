"""Voice activity: silero-vad's own ONNX, taken from its wheel without importing torch."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from izwi.audio import LISTENING_RATE, Floats

#: Samples a window at 16 kHz (32 ms): the only length the model takes.
WINDOW = 512
#: Samples of the previous window the model wants in front of each.
CONTEXT = 64
#: A window whose loudest sample is below this (full scale 1; −60 dBFS) holds nothing anybody could hear. After so many
#: of them in a row (0.3 s, for the model's state to settle) the model is not asked again until there is more: its runs
#: are a third of what an idle connection costs.
NOTHING, SETTLED = 0.001, 10


class VoiceActivity(Protocol):
    """The probability of speech in one window of ``WINDOW`` samples at 16 kHz; keeps its state between calls."""

    def __call__(self, window: Floats) -> float: ...


def model_path() -> Path:
    """The ONNX file inside the installed silero-vad. Raises ``FileNotFoundError`` when the wheel is missing."""
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("silero-vad is not installed; run make setup")
    return Path(spec.origin).parent / "data" / "silero_vad.onnx"


@cache
def session() -> Any:
    """The one ONNX session all connections share (runs are thread-safe, state is passed in)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])


class SileroVad:
    """One connection's streaming silero-vad: recurrent state and left context are kept from window to window."""

    def __init__(self) -> None:
        self._session = session()
        self._rate = np.array(LISTENING_RATE, np.int64)
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros((1, CONTEXT), np.float32)
        self._silent = 0

    def __call__(self, window: Floats) -> float:
        """Probability in [0, 1] that the window (float32, shape ``(512,)``, 16 kHz) holds speech."""
        heard = window.reshape(1, WINDOW)
        self._silent = self._silent + 1 if np.abs(window).max() < NOTHING else 0
        if self._silent > SETTLED:
            self._context = heard[:, -CONTEXT:]
            return 0.0
        feed = {"input": np.concatenate([self._context, heard], 1), "state": self._state, "sr": self._rate}
        probability, self._state = self._session.run(None, feed)
        self._context = heard[:, -CONTEXT:]
        return float(probability[0, 0])
