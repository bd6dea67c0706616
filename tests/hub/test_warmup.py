"""The whole way of the ``spaces-cpu`` profile: our own registry, a hub with tiny real checkpoints, the real loaders."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from izwi.assembly import assemble
from izwi.audio import from_floats, join
from izwi.engines import Message
from izwi.hub.faults import ModelFault
from izwi.hub.pinning import pin
from izwi.hub.readiness import Readiness
from izwi.hub.store import Store
from izwi.settings import ROOT, Settings
from tests.hub.local_hub import LocalHub

pytestmark = pytest.mark.engine

#: Repository of the registry → the checkpoint that stands in for it.
REPOS = {
    "waxal-benchmarking/whisper-tiny-waxal-sna": "whisper",
    "openai/whisper-base": "whisper",
    "unsloth/Qwen3-0.6B-GGUF": "llama",
    "facebook/mms-tts-sna": "vits",
    "facebook/mms-tts-eng": "vits-english",
    "Helsinki-NLP/opus-mt-sn-en": "marian",
    "Helsinki-NLP/opus-mt-en-sn": "marian",
}

BIG = """
[[model]]
name = "big"
role = "llm"
engine = "llama-cpp"
languages = ["en"]
licence = "MIT"
size = 1
profiles = ["spaces-cpu"]
repo = "someone/big"
files = ["*.gguf"]
fallbacks = ["izwi-micro-llama"]
"""


@pytest.fixture(scope="module")
def stage(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalHub, Settings]]:
    """Our registry with stand-ins for the embedded weights, a cache that the tests share, and the hub in front.

    The hub lacks the first Shona recogniser, its first fallback and the first language model.
    """
    folder = tmp_path_factory.mktemp("stage")
    models = folder / "models"
    models.mkdir()
    shutil.copy(ROOT / "models" / "registry.toml", models)
    shutil.copytree(checkpoints / "llama", models / "embedded" / "llama")
    pin(Store(models, folder / "cache", "http://127.0.0.1:9"))
    hub = LocalHub()
    for repo, checkpoint in REPOS.items():
        hub.add(repo, checkpoints / checkpoint)
    hub.repos["unsloth/Qwen3-0.6B-GGUF"] = {"Qwen3-0.6B-Q4_K_M.gguf": (checkpoints / "llama/tiny.gguf").read_bytes()}
    yield hub, Settings(models=models, cache=folder / "cache", hub_url=hub.url, hub_deadline=60.0, emotion=False)
    hub.close()


class Told(Readiness):
    """Keeps every news, not only the last."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = []

    def _record(self, item):
        self.heard.append(item)
        super()._record(item)


async def test_the_profile_is_pulled_converted_loaded_and_run(stage):
    hub, settings = stage
    readiness = Told()
    engines = await asyncio.to_thread(assemble, settings, readiness)
    assert engines.profile == "spaces-cpu"
    assert engines.notices[0] == "The model hub can be reached, so the full models are used."

    # Missing repositories: the next in order, and a clear sentence.
    assert (
        "The hub has no repository waxal-benchmarking/whisper-small-waxal-sna (for waxal-whisper-small-sna). "
        "waxal-whisper-tiny-sna is used instead."
    ) in engines.notices
    asked = [path.removeprefix("/api/models/").rsplit("/revision", 1)[0] for _, path, _ in hub.seen if "/api/" in path]
    order = [repo for repo in asked if "shona" in repo or "sna" in repo]
    assert order[:3] == [
        "waxal-benchmarking/whisper-small-waxal-sna",
        "steja/whisper-small-shona",
        "waxal-benchmarking/whisper-tiny-waxal-sna",
    ]
    assert any("qwen3-0.6b is used instead" in sentence for sentence in engines.notices)
    assert engines.notices[-1] == (
        "Models in use: waxal-whisper-tiny-sna, whisper-base, mms-tts-sna, mms-tts-eng, opus-mt-sn-en, opus-mt-en-sn, "
        "qwen3-0.6b, izwi-micro-llama."
    )

    # Every condition on the way was told, in order, and all ended well.
    assert _told(readiness, "waxal-whisper-tiny-sna") == ["download", "verify", "convert", "load", "warm", "ready"]
    assert readiness.ready
    assert {item.name for item in readiness.snapshot() if item.condition == "failed"} == {
        "waxal-whisper-small-sna",
        "steja-whisper-small-shona",
        "gemma-3-1b-it",
    }
    assert engines.translator.pairs == {("sn", "en"), ("en", "sn")}
    assert await engines.translator.translate("kutenga mbudzi", "sn", "en")
    assert engines.llm.name.endswith("through opus-mt"), "Shona goes through translation"
    assert {"mms-tts-sna", "mms-tts-eng", "espeak"} <= engines.tts.rungs.keys(), "the voices are a ladder"
    await _every_engine_works(engines)


async def test_the_second_start_needs_no_network_and_converts_nothing(stage):
    hub, settings = stage
    files = [file for kind in ("pulled", "converted") for file in (settings.cache / kind).rglob("*") if file.is_file()]
    made = {file: file.stat().st_mtime_ns for file in files}
    assert any(file.name == "model.bin" for file in made), "the first start has been"
    hub.seen.clear()
    hub.mood = "silent"
    readiness = Told()
    engines = await asyncio.to_thread(assemble, replace(settings, hub_deadline=0.5), readiness)
    hub.mood = ""
    assert engines.profile == "spaces-cpu"
    assert not hub.seen
    assert not {item.condition for item in readiness.heard} & {"download", "convert"}
    assert {file: file.stat().st_mtime_ns for file in made} == made
    await _every_engine_works(engines)


@pytest.fixture(scope="module")
def embedded(stage: tuple[LocalHub, Settings], tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Stand-ins for all embedded weights (the recogniser is the one converted before), and an empty cache."""
    _, settings = stage
    folder = tmp_path_factory.mktemp("embedded")
    shutil.copytree(settings.models, folder / "models")
    (converted,) = (settings.cache / "converted" / "whisper-base").iterdir()
    shutil.copytree(converted, folder / "models" / "embedded" / "whisper")
    store = Store(folder / "models", folder / "cache", "http://127.0.0.1:9")
    pin(store)
    return replace(settings, models=folder / "models", cache=folder / "cache", hub_deadline=0.5)


async def test_a_silent_hub_and_an_empty_cache_give_the_embedded_models(stage, embedded):
    hub, _ = stage
    hub.mood = "silent"
    engines = await asyncio.to_thread(assemble, embedded)
    hub.mood = ""
    assert engines.profile == "embedded"
    first = engines.notices[0]
    assert first.startswith(f"The model hub at {hub.url} cannot be reached (no answer within 0.5 s). ")
    assert "Izwi runs on its small embedded models" in first
    assert engines.notices[1:] == ["Models in use: izwi-micro-whisper, espeak-ng, izwi-micro-llama."]
    await _every_engine_works(engines)


async def test_a_voice_asked_for_speaks_and_an_unknown_one_is_said(embedded):
    asked = replace(embedded, profile="embedded", voice="espeak:f2")
    assert (await asyncio.to_thread(assemble, asked)).tts.name == "espeak:f2"
    engines = await asyncio.to_thread(assemble, replace(asked, voice="nobody"))
    assert engines.tts.name == "espeak"
    assert any("there is no voice 'nobody'" in sentence for sentence in engines.notices)


async def test_a_tampered_embedded_file_is_refused_by_name(embedded, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(embedded.models, models)
    file = models / "embedded" / "llama" / "tiny.gguf"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    readiness = Readiness()
    with pytest.raises(ModelFault, match=r"No language model for en, sn: .*tiny\.gguf of izwi-micro-llama"):
        await asyncio.to_thread(assemble, replace(embedded, models=models, profile="embedded"), readiness)
    assert readiness.ready, "nobody waits for ever"


def test_the_embedded_profile_leaves_the_heavy_libraries_alone(embedded):
    program = (
        "import sys; from pathlib import Path; from izwi.assembly import assemble; from izwi.settings import Settings\n"
        "assemble(Settings(profile='embedded', models=Path(sys.argv[1]), cache=Path(sys.argv[2]), emotion=False))\n"
        "print(*sorted({'torch', 'transformers', 'TTS', 'torchaudio'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", program, str(embedded.models), str(embedded.cache)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


async def test_the_small_engines_talk_until_the_full_ones_are_here(embedded, hub, checkpoints, tmp_path):
    hub.repos["someone/big"] = {"big.gguf": (checkpoints / "llama" / "tiny.gguf").read_bytes()}
    models = tmp_path / "models"
    shutil.copytree(embedded.models, models)
    registry = (models / "registry.toml").read_text(encoding="utf-8")
    small = "\n".join(f"[[model]]{entry}" for entry in registry.split("[[model]]") if '"embedded' in entry)
    (models / "registry.toml").write_text(f"{BIG}\n{small}", encoding="utf-8")
    readiness = Readiness()
    settings = replace(embedded, models=models, cache=tmp_path / "cache", hub_url=hub.url, hub_deadline=60.0)
    engines = await asyncio.to_thread(assemble, settings, readiness, False)
    first = engines.llm
    assert await asyncio.to_thread(readiness.wait, 120.0)
    assert engines.profile == "spaces-cpu"
    assert engines.llm is not first
    assert "big" in engines.notices[-1]
    await _every_engine_works(engines)


async def _every_engine_works(engines) -> None:
    noise = from_floats(np.random.default_rng(1).normal(0, 0.05, 16_000), 16_000)
    for language in ("sn", "en"):
        chunks = [chunk async for chunk in engines.asr.transcribe_stream(noise, language)]
        assert chunks[-1].final
        assert chunks[-1].language == language
        spoken = join([piece async for piece in engines.tts.synthesize_stream("mhoro hello", language)])
        assert spoken.seconds > 0.05
        tokens = engines.llm.generate_stream([Message("user", "mhoro")], language)
        async for _ in tokens:
            break
        await tokens.aclose()


def _told(readiness: Told, name: str) -> list[str]:
    conditions = [item.condition for item in readiness.heard if item.name == name]
    return [one for place, one in enumerate(conditions) if place == 0 or one != conditions[place - 1]]
