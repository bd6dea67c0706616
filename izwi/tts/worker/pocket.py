"""pocket-tts: English on a CPU, streaming and stoppable by itself."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from izwi.audio import Floats
from izwi.engines import Cancelled, Style, require_language


class Pocket:
    """A loaded pocket-tts model and the state of the voice it speaks with."""

    name = "pocket"
    licence = "CC-BY-4.0"
    languages = frozenset({"en"})

    def __init__(self, model: Any, state: Any) -> None:
        self._model, self._state = model, state
        self.rate = int(model.sample_rate)

    def speak(self, text: str, language: str, style: Style, cancelled: Cancelled) -> Iterator[Floats]:
        """Pieces of 80 ms. It knows no style: rate, pitch and emotion are missing here."""
        require_language(self.name, language, self.languages)
        stop = threading.Event()
        try:
            for piece in self._model.generate_audio_stream(self._state, text, stop=stop):
                if cancelled():
                    return
                yield piece.float().cpu().numpy()
        finally:
            stop.set()


def load(model: str, languages: tuple[str, ...] = (), reference: str = "") -> Pocket:
    """Load from a folder with ``config.yaml``, whose relative paths are inside the folder; or one of its own names.

    ``reference``: a recording or a saved state (``.safetensors``) of the voice; the folder's ``voice.*`` if not given.
    """
    from pocket_tts import TTSModel

    folder = Path(model)
    if not folder.is_dir():
        return _with_voice(TTSModel.load_model(language=model), reference or "alba")
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(scratch) / "config.yaml"
        config.write_text(_absolute((folder / "config.yaml").read_text(encoding="utf-8"), folder), encoding="utf-8")
        loaded = TTSModel.load_model(config=str(config))
    voice = reference or str(next(iter(sorted(folder.glob("voice.*"))), ""))
    if not voice:
        raise FileNotFoundError(f"{folder} holds no voice.safetensors and no recording was given")
    return _with_voice(loaded, voice)


def _with_voice(model: Any, voice: str) -> Pocket:
    return Pocket(model, model.get_state_for_audio_prompt(Path(voice) if Path(voice).exists() else voice))


def _absolute(config: str, folder: Path) -> str:
    """The configuration with the files beside it named by their full path."""
    import yaml  # type: ignore[import-untyped, unused-ignore]

    def resolve(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: resolve(inner) for key, inner in value.items()}
        if isinstance(value, str) and (folder / value).is_file():
            return str((folder / value).resolve())
        return value

    resolved: str = yaml.safe_dump(resolve(yaml.safe_load(config)))
    return resolved
