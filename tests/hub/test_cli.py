from __future__ import annotations

import argparse

import pytest

from izwi.hub.cli import add_commands
from izwi.hub.registry import load
from izwi.hub.verify import digest

REGISTRY = """# a remark that stays
[[model]]
name = "tiny"
role = "llm"
engine = "llama-cpp"
languages = ["en"]
licence = "MIT"
size = 0
profiles = ["embedded"]
path = "embedded/tiny"

[[model]]
name = "big"
role = "llm"
engine = "llama-cpp"
languages = ["en"]
licence = "MIT"
size = 7
profiles = ["spaces-cpu"]
repo = "someone/big"
files = ["*.gguf"]
fallbacks = ["tiny"]

[[model]]
name = "espeak"
role = "tts"
engine = "espeak"
languages = ["en"]
licence = "GPL"
size = 0
package = "espeak-ng"
"""


@pytest.fixture
def izwi(hub, models, tmp_path, monkeypatch, capsys):
    """Run ``izwi models …`` on a small registry; gives (exit code, standard output, standard error)."""
    folder = models(REGISTRY)
    tiny = folder / "embedded" / "tiny"
    (tiny / "sub").mkdir(parents=True)
    (tiny / "weights.gguf").write_bytes(b"GGUF tiny")
    (tiny / "sub" / "words.txt").write_text("mhoro")
    (tiny / "README.md").write_text("# card")
    monkeypatch.setenv("IZWI_MODELS", str(folder))
    monkeypatch.setenv("IZWI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IZWI_HUB_URL", hub.url)

    def run(*words: str) -> tuple[int, str, str]:
        parser = argparse.ArgumentParser(prog="izwi")
        add_commands(parser.add_subparsers(required=True))
        given = parser.parse_args(["models", *words])
        code = given.func(given)
        out, err = capsys.readouterr()
        return code, out, err

    run.models = folder
    return run


def test_pin_writes_the_checksums_and_leaves_the_rest(izwi):
    code, out, _ = izwi("pin")
    assert code == 0
    assert "tiny: 2 files, 0.00 MB" in out
    text = (izwi.models / "registry.toml").read_text()
    assert text.startswith("# a remark that stays\n")
    model = load(izwi.models)["tiny"]
    assert model.size == len(b"GGUF tiny") + len("mhoro")
    assert model.sha256 == {
        "weights.gguf": digest(izwi.models / "embedded/tiny/weights.gguf"),
        "sub/words.txt": digest(izwi.models / "embedded/tiny/sub/words.txt"),
    }
    izwi("pin")
    assert (izwi.models / "registry.toml").read_text() == text, "pinning twice changes nothing"


def test_verify_names_the_tampered_file_and_fails(izwi):
    izwi("pin")
    assert izwi("verify")[:2] == (0, "tiny: ok\nbig has not been pulled yet.\n")
    (izwi.models / "embedded/tiny/README.md").write_text("# a better card")
    assert izwi("verify", "tiny")[0] == 0, "a card is prose"
    (izwi.models / "embedded/tiny/weights.gguf").write_bytes(b"GGUF tinY")
    code, _, err = izwi("verify")
    assert code == 1
    assert err.splitlines() == [
        "izwi: The file weights.gguf of tiny does not match its recorded checksum: it was changed or damaged, "
        "so it is not loaded."
    ]
    (izwi.models / "embedded/tiny/weights.gguf").unlink()
    code, _, err = izwi("verify")
    assert (code, err) == (1, "izwi: The file weights.gguf of tiny is not there.\n")


def test_weights_that_nobody_pinned_are_not_trusted(izwi):
    code, _, err = izwi("verify", "tiny")
    assert (code, err) == (1, "izwi: tiny has no recorded checksums (run: models pin).\n")


def test_pull_brings_a_profile_and_list_shows_it(izwi, hub):
    hub.repos["someone/big"] = {"big.gguf": b"GGUF big", "README.md": b"#"}
    assert [line.split()[-1] for line in izwi("list")[1].splitlines()] == ["HERE", "no", "no", "package"]
    code, out, _ = izwi("pull")
    assert code == 0
    assert out.startswith("big: ")
    assert [line.split()[-1] for line in izwi("list")[1].splitlines()] == ["HERE", "no", "yes", "package"]
    hub.repos["someone/big"]["big.gguf"] = b"GGUF newer"
    assert izwi("pull", "big", "--again")[0] == 1, "the pinned revision is gone, and nothing else is taken for it"
    assert izwi("pull", "big", "--update")[0] == 0


def test_pinning_a_pulled_model_writes_its_commit(izwi, hub):
    hub.repos["someone/big"] = {"big.gguf": b"GGUF big"}
    izwi("pull", "big")
    assert izwi("pin", "big")[1] == "big: 1 files, 0.00 MB\n"
    model = load(izwi.models)["big"]
    assert model.revision == hub.commit("someone/big")
    assert list(model.sha256) == ["big.gguf"]
    assert model.size == len(b"GGUF big")


def test_bad_input_ends_with_two_and_one_line(izwi, monkeypatch):
    code, out, err = izwi("pull", "nothing")
    assert (code, out) == (2, "")
    assert err == "izwi: no model is called 'nothing' (there are: tiny, big, espeak)\n"
    monkeypatch.setenv("IZWI_PORT", "door")
    code, _, err = izwi("list")
    assert (code, len(err.splitlines())) == (2, 1)


def test_a_hub_out_of_reach_is_one_line(izwi, hub, monkeypatch):
    hub.mood = "silent"
    monkeypatch.setenv("IZWI_HUB_DEADLINE", "0.3")
    code, _, err = izwi("pull")
    assert code == 1
    assert err == f"izwi: The model hub at {hub.url} cannot be reached (no answer within 0.3 s).\n"


def test_what_the_hub_lacks_is_one_line(izwi):
    code, _, err = izwi("pull", "big")
    assert (code, err) == (1, "izwi: The hub has no repository someone/big (for big).\n")
