"""Let libraries import torchaudio and torchcodec beside CPU torch."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types


def install() -> None:
    """Stand in for torchaudio's C++ extension, which links CUDA, and for torchcodec, which only has to be findable.

    Both have pure Python ways round that the voices use. To be called before anything imports torchaudio.
    """
    extension = types.ModuleType("torchaudio._extension")
    extension._IS_TORCHAUDIO_EXT_AVAILABLE = False  # type: ignore[attr-defined]
    extension.fail_if_no_align = lambda function: function  # type: ignore[attr-defined]
    sys.modules.setdefault("torchaudio._extension", extension)
    if importlib.util.find_spec("torchcodec") is None:
        codec = types.ModuleType("torchcodec")
        codec.__spec__ = importlib.machinery.ModuleSpec("torchcodec", None)
        sys.modules["torchcodec"] = codec
