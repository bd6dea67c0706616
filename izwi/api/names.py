"""What may be asked for by name: languages, voices and models, ours and the names OpenAI's clients are used to."""

from __future__ import annotations

from collections.abc import Sequence

from izwi.api.problems import Problem
from izwi.engines import TTS, Engines
from izwi.languages import detect, languages, pack

#: OpenAI's own voices: whoever asks for one of them gets Izwi's usual voice.
VOICES = frozenset(
    ("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse")
)
#: Role → OpenAI's names for such a model: whoever asks for one gets Izwi's.
MODELS = {
    "tts": ("tts-1", "tts-1-hd", "gpt-4o-mini-tts"),
    "asr": ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"),
    "llm": ("default", "gpt-4o-mini", "gpt-4o", "gpt-3.5-turbo"),
}


def model_names(engines: Engines, role: str) -> tuple[str, ...]:
    """The names of the one model there is for ``role``: our own first, then its engine's, then the usual ones."""
    return (f"izwi-{role}", getattr(engines, role).name, "izwi", *MODELS[role])


def check_model(engines: Engines, role: str, name: str) -> str:
    """The engine's own name. Raises ``Problem`` for a model there is not."""
    if name and name not in model_names(engines, role):
        raise Problem(404, "model_not_found", f"There is no such model; use izwi-{role}.", "model")
    own: str = getattr(engines, role).name
    return own


def voice_of(engines: Engines, name: str) -> TTS:
    """The voice of that name. Raises ``Problem``."""
    if not name or name in ("auto", "izwi") or name in VOICES:
        return engines.tts
    if name not in engines.voices:
        raise Problem(400, "no_voice", f"Izwi has no such voice, but {_listed(list(engines.voices))}.", "voice")
    return engines.voices[name]


def language_code(asked: str | None) -> str | None:
    """The code of a language given by code, tag or name ("sn", "sn-ZW", "Shona"); None for none given.

    Raises ``Problem`` for one Izwi does not have.
    """
    if not asked or asked.casefold() == "auto":
        return None
    wanted = asked.casefold()
    for code in languages():
        if wanted in (code, pack(code).name.casefold()) or wanted.startswith(f"{code}-"):
            return code
    raise Problem(400, "unsupported_language", f"Izwi has {_listed(languages())}, not that language.", "language")


def language_of(text: str, asked: str | None) -> str:
    """The language of ``text``: the one asked for, else the one it seems to be in, else Shona."""
    code = language_code(asked)
    if code is None:
        found = detect(text).language
        code = found if found in languages() else languages()[0]
    return code


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
