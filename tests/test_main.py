"""The whole command line against what people get wrong: exit code 2, one sentence, and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from izwi.__main__ import main
from izwi.audio import read
from izwi.settings import ROOT

pytestmark = pytest.mark.engine

#: What is not a recording: nothing there, nothing in it, a folder, bytes of chance, an image's beginning.
FILES = ("nowhere.wav", "empty.wav", "folder", "junk.wav", "picture.png")
WRONG = (
    "",
    "sing",
    "say",
    "say|",
    "say| ",
    "say|...",
    "say|🙂",
    "say|Mhoro|--language|fr",
    "say|Mhoro|--voice|nobody",
    "say|Mhoro|--voice|espeak:../f2",
    "say|Mhoro|--voice|vits:nowhere",
    "say|Mhoro|--voice|vits:folder",
    "say|Mhoro|--voice|mms-tts-sna",
    "say|Mhoro|--out|folder",
    "say|Mhoro|--out|nowhere/mhoro.wav",
    "demo|",
    "demo|Mhoro|--language|fr",
    "demo|Mhoro|--out|nowhere/demo.wav",
    "talk|junk.wav|--language|fr",
    "models",
    "models|eat",
    "models|pull|nothing",
    "models|verify|nothing",
    "models|pin|nothing",
    "voices|--loud",
    "normalise|Mhoro|--language|fr",
    "phonemes|Mhoro|--language|fr",
    "translate|Mhoro",
    "translate|Mhoro|--to|fr",
    "keys",
    "keys|revoke|nobody",
    "keys|add|somebody|--scopes|fly",
    "keys|add|somebody|--days|nan",
    "keys|add|somebody|--days|1e12",
    "keys|add|somebody|--talk-per-day|-3",
    "dub|junk.wav|--to|fr",
    "bench|--turns|0",
    "bench|--turns|many",
    "bench|--shapes|round",
    "bench|--talkers|none",
    "bench|--voices|--json|nowhere/figures.json",
    *(f"{command}|{file}" for command in ("talk", "emotion", "dub") for file in FILES),
)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder to work in, with files that are no recordings."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IZWI_PROFILE", "embedded")
    monkeypatch.setenv("IZWI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IZWI_DATA", str(tmp_path / "data"))
    Path("folder").mkdir()
    Path("empty.wav").touch()
    Path("junk.wav").write_bytes(bytes(range(256)) * 20)
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")


def izwi(*arguments: str) -> int:
    try:
        return main(arguments)
    except SystemExit as end:  # argparse's way
        return int(end.code or 0)


@pytest.mark.parametrize("line", WRONG)
def test_wrong_input_ends_with_exit_2_and_one_sentence(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert izwi(*(line.split("|") if line else ())) == 2
    told = capsys.readouterr()
    assert told.out == ""
    usage, _, sentence = told.err.rstrip().rpartition("\n")
    assert sentence.startswith("izwi")
    assert not usage or usage.startswith("usage:")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("IZWI_TTS_ORDER", "sn=nobody"),
        ("IZWI_TTS_ORDER", "espeak"),
        ("IZWI_TTS_REFERENCE", "junk.wav"),
        ("IZWI_TTS_URL", "somewhere"),
        ("IZWI_VOICE", "nobody"),
        ("IZWI_MODELS", "folder"),
        ("IZWI_PORT", "door"),
    ],
)
def test_wrong_settings_are_named(
    setting: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(setting, value)
    assert izwi("say", "Mhoro") == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert setting in told or value in told


def test_an_output_that_cannot_be_written_is_one_line_too() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "izwi", "models", "list"], stdout=full, stderr=-1, text=True, cwd=ROOT
        )
    assert (done.returncode, done.stderr) == (1, "izwi: No space left on device\n")


def test_a_python_without_the_packages_says_which_one_has_them() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "izwi", "voices"], capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": ""}
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert ".venv/bin/python" in done.stderr


def test_a_long_text_is_said_to_its_end() -> None:
    """Longer than any one phrase may be (60 s), through the ladder, which would take it for a voice without an end."""
    assert izwi("say", "Good morning my friend, how did you sleep last night? " * 24, "--out", "long.wav") == 0
    assert read(Path("long.wav")).seconds > 60
