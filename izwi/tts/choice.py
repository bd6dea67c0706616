"""Which voices there are on this machine, by name, and how each is made.

This is where the voices meet the registry and the settings; the voices themselves know neither.
"""

from __future__ import annotations

import inspect
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from izwi.engines import TTS
from izwi.faults import BadInput
from izwi.watchdog import WatchedTTS

if TYPE_CHECKING:
    from izwi.hub.registry import Model
    from izwi.settings import Settings
    from izwi.tts.ladder import Ladder
    from izwi.tts.spectrum import Bands

#: Engine → the environment its worker runs in, beside the repository's own, and the target that builds it.
ENVIRONMENTS = {
    "qwen3": (".venv-qwen3", "make voices-qwen3"),
    "vibevoice": (".venv-voices", "make voices"),
    "coqui": (".venv-voices", "make voices"),
    "pocket": (".venv-voices", "make voices"),
}
#: What an engine cannot do and is done after it. Qwen3-TTS goes by its instructions; a remote voice has no pitch.
LACKS = {"pocket": ("rate", "pitch"), "vibevoice": ("rate", "pitch")}
#: Without a GPU the 16-bit weights of a heavy voice are unfolded to 32 bits: its memory is this many times its size.
UNFOLDED = 2
#: Preference on the ladder; what a machine cannot afford skips itself.
ORDER = ("qwen3", "vibevoice", "pocket", "coqui", "vits", "remote", "espeak")
#: Models that prove an engine and are no voice.
SILENT = ("izwi-tiny-vits",)


@dataclass(frozen=True)
class Offer:
    """A voice that could be had: ``make(wait)`` builds it; ``missing`` says what it lacks here, empty when nothing.

    ``revision`` changes when its model does; empty where that cannot be known.
    """

    name: str
    engine: str
    languages: tuple[str, ...]
    licence: str
    missing: str
    make: Callable[[bool], TTS]
    revision: str = ""


def offers(settings: Settings) -> list[Offer]:
    """Every voice of the registry, the remote one if set, and espeak-ng; in the order of preference."""
    found = [*_registered(settings), *_remote(settings), _espeak("", settings)]
    return sorted(found, key=lambda offer: ORDER.index(offer.engine))


def names(settings: Settings) -> list[str]:
    """What `voice` takes: the installed voices, best first, after "auto"."""
    return ["auto", *(offer.name for offer in offers(settings) if not offer.missing)]


def voice(name: str, settings: Settings) -> TTS:
    """The voice of that name.

    "auto" is the ladder of all installed ones; "espeak:f2" a variant of espeak-ng; "vits:FOLDER", "coqui:FOLDER",
    "pocket:FOLDER", "qwen3:FOLDER", "vibevoice:FOLDER" a model by path.

    Raises ``BadInput`` for a name we do not know or a voice that is not installed; the message says what to do.
    """
    if name == "auto":
        return ladder(settings)
    engine, _, rest = name.partition(":")
    if engine == "espeak":
        _require_variant(rest)
        return _espeak(rest, settings).make(True)
    if rest and (engine == "vits" or engine in ENVIRONMENTS):
        return _by_path(engine, Path(rest), settings)
    known = {offer.name: offer for offer in offers(settings)}
    if name not in known:
        raise BadInput(f"there is no voice '{name}'; there are auto, {', '.join(known)}, espeak:VARIANT")
    if known[name].missing:
        raise BadInput(f"the voice {name} is not installed: {known[name].missing}")
    return known[name].make(True)


def ladder(settings: Settings, made: Mapping[str, TTS] | None = None) -> Ladder:
    """The ladder of every installed voice, with what was learned about them here.

    ``made`` are voices that have been loaded already, by their names in the registry: they are not loaded twice.
    """
    from izwi.tts.attempt import Rung
    from izwi.tts.cache import PhraseCache
    from izwi.tts.estimates import Estimates
    from izwi.tts.ladder import Ladder

    made = made or {}
    rungs = [
        Rung(made.get(offer.name) or offer.make(False), offer.engine in ("vits", "espeak"), offer.revision)
        for offer in offers(settings)
        if not offer.missing
    ]
    return Ladder(
        rungs,
        order=_order(settings.tts_order),
        budget=settings.tts_budget,
        cap=settings.tts_cap,
        estimates=Estimates(settings.cache / "voices.json"),
        phrases=PhraseCache(settings.cache / "phrases"),
    )


def heavy(name: str, settings: Settings) -> bool:
    """Whether that voice lives in another process or machine, and so may be late, asleep or dead."""
    engine = name.partition(":")[0]
    found = next((offer.engine for offer in offers(settings) if offer.name == name), engine)
    return found in ENVIRONMENTS or found == "remote"


async def close(voice: TTS) -> None:
    """Let go of a voice, or of a ladder and all its voices: workers end, and what was learned is kept."""
    for one in (voice, *(rung.voice for rung in getattr(voice, "rungs", {}).values())):
        closing = one.close() if hasattr(one, "close") else None
        if inspect.isawaitable(closing):
            await closing


@cache
def _spectrum(file: str) -> Bands:
    """The long-term spectrum of a recording."""
    from izwi.audio import NotAudio, read
    from izwi.tts.spectrum import ltas

    try:
        recording = read(Path(file))
    except (FileNotFoundError, NotAudio) as error:
        raise BadInput(f"IZWI_TTS_REFERENCE: {error}") from None
    return ltas(recording.floats, recording.rate)


def reference(settings: Settings) -> Bands | None:
    """The spectrum every voice is to blend into, where one is set. Raises ``BadInput`` for a file that is no audio."""
    return _spectrum(settings.tts_reference) if settings.tts_reference else None


def _order(text: str) -> dict[str, list[str]]:
    """The setting "sn=mms-tts-sna,espeak; en/sad=qwen3-tts-1.7b,espeak" as the ladder takes it."""
    entries = [entry.partition("=") for entry in text.split(";") if entry.strip()]
    return {key.strip(): [name.strip() for name in listed.split(",")] for key, _, listed in entries}


def _registered(settings: Settings) -> Iterator[Offer]:
    from izwi.hub.registry import load
    from izwi.hub.store import Store, endpoint

    store = Store(settings.models, settings.cache, endpoint(settings.hub_url))
    for model in load(settings.models).models.values():
        if model.role != "tts" or model.engine not in ORDER or model.engine == "espeak" or model.name in SILENT:
            continue
        missing = "" if store.present(model) else f"python -m izwi models pull {model.name}"
        if model.engine in ENVIRONMENTS and not _python(model.engine, settings).exists():
            missing = " and ".join(filter(None, [ENVIRONMENTS[model.engine][1], missing]))
        if model.engine in ENVIRONMENTS and (needed := UNFOLDED * model.size) > (there := memory()):
            missing = f"needs {needed / 1e9:.0f} GB of memory, and here are {there / 1e9:.0f}"

        def make(wait: bool, model: Model = model) -> TTS:
            return _made(model.engine, store.held(model), model.name, model.languages, model.licence, settings, wait)

        yield Offer(model.name, model.engine, model.languages, model.licence, missing, make, store.revision(model))


def _watched(make: Callable[[], Any], limit: float) -> Any:
    """A voice in native code of this process, replaced when it hangs; ``limit`` 0: never."""

    async def once(voice: Any) -> None:
        async for _ in voice.synthesize_stream("a", min(voice.languages)):
            pass

    return WatchedTTS(make(), make, once, limit) if limit else make()


def _made(
    engine: str, folder: Path, name: str, languages: tuple[str, ...], licence: str, settings: Settings, wait: bool
) -> TTS:
    if engine == "vits":
        from izwi.tts.vits import VitsVoice

        return _watched(lambda: VitsVoice(folder, name, reference=reference(settings)), settings.stall_limit)
    from izwi.tts.worker.supervisor import MEMORY, Supervisor, command
    from izwi.tts.worker.voice import WorkerVoice

    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    run = command(engine, str(folder), languages, python=str(_python(engine, settings)))
    worker, spoken = Supervisor(name, run, memory=MEMORY + UNFOLDED * size), frozenset(languages)
    return WorkerVoice(worker, spoken, licence, name, wait, reference(settings), LACKS.get(engine, ()))


def _by_path(engine: str, folder: Path, settings: Settings) -> TTS:
    """A model that is in no registry: the language is what the engine says, else English."""
    if not folder.exists():
        raise BadInput(f"there is no folder {folder}")
    if engine in ENVIRONMENTS and not _python(engine, settings).exists():
        raise BadInput(f"the voice {engine} is not installed: {ENVIRONMENTS[engine][1]}")
    try:
        return _made(engine, folder, engine, ("en",), "of the checkpoint", settings, True)
    except BadInput:
        raise
    except Exception as error:  # every library has errors of its own for files that are not its own
        raise BadInput(f"{folder} is no voice that {engine} can speak with ({type(error).__name__})") from error


def memory() -> int:
    """Bytes of memory of this machine, or of the container we are in."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # "max" where there is no limit
        there = min(there, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return there


def _python(engine: str, settings: Settings) -> Path:
    return settings.models.parent / ENVIRONMENTS[engine][0] / "bin" / "python"


def _remote(settings: Settings) -> Iterator[Offer]:
    if not settings.tts_url:
        return
    languages = tuple(settings.tts_languages.split(","))

    def make(wait: bool) -> TTS:
        from izwi.tts.remote import RemoteVoice

        return RemoteVoice(
            settings.tts_url,
            frozenset(languages),
            model=settings.tts_model,
            speaker=settings.tts_voice,
            key=settings.remote_key,
            reference=reference(settings),
        )

    yield Offer("remote", "remote", languages, "of the server", "", make)


def _require_variant(variant: str) -> None:
    from izwi.tts.espeak import variants

    known = variants()
    if variant and known and variant not in known:
        raise BadInput(f"espeak-ng has no variant '{variant}'; there are {', '.join(sorted(known, key=str.lower))}")


def _espeak(variant: str, settings: Settings) -> Offer:
    from izwi.tts.espeak import MISSING, EspeakVoice

    def make(wait: bool) -> TTS:
        try:
            return EspeakVoice(variant, reference=reference(settings))
        except ValueError as error:
            raise BadInput(str(error)) from error

    missing = "" if shutil.which("espeak-ng") else MISSING
    return Offer("espeak", "espeak", ("en", "sn"), EspeakVoice.licence, missing, make)
