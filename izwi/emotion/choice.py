"""Which recogniser listens (``IZWI_EMOTION_ENGINE``): the embedded one, or a transformers classifier by its Hub id."""

from __future__ import annotations

from pathlib import Path

from izwi.emotion.recogniser import EMBEDDED, EmbeddedEmotion
from izwi.engines import EmotionRecogniser


def open_recogniser(engine: str = EmbeddedEmotion.name, folder: Path = EMBEDDED) -> EmotionRecogniser:
    """The recogniser called ``engine``: our own from ``folder``, or a Hub id or folder of an audio classifier.

    Raises ``FileNotFoundError`` or ``OSError`` where it cannot be loaded, ``ValueError`` where no label is known.
    """
    if engine in ("", EmbeddedEmotion.name):
        return EmbeddedEmotion(folder)
    from izwi.emotion.hub import HubEmotion

    return HubEmotion(engine)
