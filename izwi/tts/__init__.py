"""The voices: espeak-ng, VITS, and the heavy ones in workers; the ladder that chooses among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from izwi.engines import TTS
    from izwi.settings import Settings


def voice(name: str, settings: Settings) -> TTS:
    """The voice of that name (see `izwi.tts.choice.voice`). Raises ``BadInput``."""
    from izwi.tts import choice  # a worker imports this package where most of ours is not installed

    return choice.voice(name, settings)


def names(settings: Settings) -> list[str]:
    """The names `voice` takes on this machine."""
    from izwi.tts import choice

    return choice.names(settings)
