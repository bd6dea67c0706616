"""Voices by name: what is there, what is missing and how to get it, and the table on the command line."""

import re
from pathlib import Path

import pytest

from izwi import __main__
from izwi.faults import BadInput
from izwi.settings import ROOT, Settings
from izwi.tts import bench, choice, names, voice
from izwi.tts.ladder import Ladder

pytestmark = pytest.mark.engine
FIXTURE = ROOT / "models" / "embedded" / "vits"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(cache=tmp_path)


def test_installed_voices_are_named_and_the_others_say_how(settings: Settings) -> None:
    assert names(settings) == ["auto", "espeak"]
    missing = {offer.name: offer.missing for offer in choice.offers(settings)}
    assert missing["espeak"] == ""
    assert "models pull mms-tts-sna" in missing["mms-tts-sna"]
    assert "izwi-tiny-vits" not in missing, "the fixture is no voice"


def test_a_model_the_memory_cannot_hold_is_not_offered(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "memory", lambda: 6_000_000_000)
    missing = {offer.name: offer.missing for offer in choice.offers(settings)}
    assert missing["qwen3-tts-1.7b"] == "needs 9 GB of memory, and here are 6"
    assert "models pull" in missing["pocket-tts"]
    monkeypatch.undo()
    assert choice.memory() > 500_000_000


async def test_voices_by_name(settings: Settings) -> None:
    assert voice("espeak:f2", settings).name == "espeak:f2"
    assert voice(f"vits:{FIXTURE}", settings).languages == {"sn", "en"}
    ladder = voice("auto", settings)
    assert isinstance(ladder, Ladder)
    assert [piece async for piece in ladder.synthesize_stream("Mhoro shamwari", "sn")]
    await ladder.close()


@pytest.mark.parametrize(
    "name", ["nobody", "mms-tts-sna", "espeak:../etc", "espeak:nobody", "vits:nowhere", "qwen3:nowhere"]
)
def test_voices_that_cannot_be_had_say_so(settings: Settings, name: str) -> None:
    with pytest.raises(BadInput):
        voice(name, settings)


async def test_loaded_voices_are_not_loaded_again_and_have_a_revision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the full profile does it: what was loaded as a model is the ladder's voice too."""
    monkeypatch.setattr(choice, "SILENT", ())  # the fixture stands for a voice that has been pulled
    settings = Settings(cache=tmp_path)
    loaded = voice(f"vits:{FIXTURE}", settings)
    ladder = choice.ladder(settings, {"izwi-tiny-vits": loaded})
    rung = ladder.rungs["vits"]
    assert rung.voice is loaded
    assert len(rung.revision) == 16
    assert not ladder.rungs["espeak"].revision, "espeak-ng is quick, and nothing tells when it changes"
    await choice.close(ladder)


async def test_order_and_remote_voice_from_settings(tmp_path: Path) -> None:
    settings = Settings(
        cache=tmp_path, tts_url="http://127.0.0.1:9", tts_order="sn = espeak; en/sad = remote, espeak", tts_budget=0.4
    )
    assert names(settings) == ["auto", "remote", "espeak"]
    ladder = choice.ladder(settings)
    assert [piece async for piece in ladder.synthesize_stream("Hello my friend", "en")], "nobody answers: espeak speaks"
    await ladder.close()
    with pytest.raises(ValueError, match="nobody"):
        choice.ladder(Settings(cache=tmp_path, tts_order="sn=nobody"))


def test_table_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IZWI_CACHE", str(tmp_path))
    assert __main__.main(["voices", "--measure"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (espeak,) = [line for line in lines if line.startswith("espeak")]
    assert "yes" in espeak
    assert re.search(r"en \d+ ms × 0\.\d+, sn \d+ ms × 0\.\d+ +closed +GPL-3\.0", espeak), "not measured"
    (qwen,) = [line for line in lines if line.startswith("qwen3-tts-0.6b")]
    assert "Apache-2.0" in qwen
    assert __main__.main(["voices"]) == 0
    assert " ms " in capsys.readouterr().out, "what was measured is kept"


def test_bench_measures_against_transformers_in_one_run() -> None:
    figures = {figure.name: figure.value for figure in bench.vits(FIXTURE, FIXTURE / "checkpoint", runs=2)}
    assert all(value > 0 for value in figures.values())
    assert "vits against transformers, first sound" in figures
