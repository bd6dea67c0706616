"""Let libraries import torchaudio and torchcodec beside CPU torch."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types


def install(codec: bool = False) -> None:
    """Stand in for torchaudio's C++ extension, which links CUDA; it has pure Python ways round that the voices use.

    ``codec``: stand in for torchcodec too, which coqui-tts wants to find (and which transformers must not find half).
    To be called before anything imports torchaudio.
    """
    extension = types.ModuleType("torchaudio._extension")
    extension._IS_TORCHAUDIO_EXT_AVAILABLE = False  # type: ignore[attr-defined]
    extension.fail_if_no_align = lambda function: function  # type: ignore[attr-defined]
    sys.modules.setdefault("torchaudio._extension", extension)
    if codec and importlib.util.find_spec("torchcodec") is None:
        found = types.ModuleType("torchcodec")
        found.__spec__ = importlib.machinery.ModuleSpec("torchcodec", None)
        sys.modules["torchcodec"] = found
