"""What a voice inside a worker is: blocking, one phrase at a time, stoppable. Its model is loaded when it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from izwi.audio import Floats
from izwi.engines import Cancelled, Style


class Speaker(Protocol):
    """A loaded model. ``rate`` is in Hz."""

    name: str
    languages: frozenset[str]
    licence: str
    rate: int

    def speak(self, text: str, language: str, style: Style, cancelled: Cancelled) -> Iterator[Floats]:
        """Speech as float32 pieces of shape ``(n,)`` in [−1, 1]; ends soon after ``cancelled`` says so."""
        ...
