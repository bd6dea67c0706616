"""API keys: shown once, kept as a hash, refused the moment they are revoked."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from izwi.__main__ import main
from izwi.faults import BadInput
from izwi.security.keys import KeyRing, make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keys.json"


def test_a_key_opens_what_it_was_given_and_is_kept_only_as_a_hash(file: Path) -> None:
    shown, key = make("clinic", ["tts", "asr"], talk_per_day=60.0)
    ring = KeyRing(file)
    ring.add(key)
    talker = ring.talker(shown)
    assert talker is not None
    assert talker.scopes == {"tts", "asr"}
    assert talker.limits.talk_per_day == 60.0
    kept = file.read_text()
    assert shown.split("_", 2)[2] not in kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "wrong", ["", "izwi", "izwi__", "izwi_00000000_x", "sk-123", "izwi_\udcff_x", "_" * 50, "izwi_" + "a" * 100_000]
)
def test_what_is_no_key_opens_nothing(file: Path, wrong: str) -> None:
    ring = KeyRing(file)
    ring.add(make("one", ["talk"])[1])
    assert ring.talker(wrong) is None


def test_a_wrong_secret_under_a_right_id_opens_nothing(file: Path) -> None:
    (shown, key), ring = make("one", ["talk"]), KeyRing(file)
    ring.add(key)
    assert ring.talker(shown[:-1] + ("a" if shown[-1] != "a" else "b")) is None
    assert ring.talker(f"izwi_{key.id}_{key.hash}") is None


def test_a_running_server_hears_of_another_process_revoking(file: Path) -> None:
    (shown, key), serving = make("one", ["talk"]), KeyRing(file)
    KeyRing(file).add(key)
    assert serving.talker(shown) is not None
    KeyRing(file).revoke(key.id)
    assert serving.talker(shown) is None


def test_an_expired_key_opens_nothing(file: Path) -> None:
    (shown, key), ring = make("one", ["talk"], expires="2001-01-01T00:00:00"), KeyRing(file)
    ring.add(key)
    assert ring.talker(shown) is None
    assert not ring


def test_keys_of_a_setting_need_no_file(file: Path) -> None:
    shown, key = make("secret of a Space", ["admin"])
    setting = json.dumps([{"id": key.id, "name": key.name, "hash": key.hash, "scopes": list(key.scopes)}])
    assert KeyRing(file, setting).talker(shown) is not None


@pytest.mark.parametrize("text", ["{", "[1]", '[{"id": "a"}]', '[{"id":"a","name":"b","hash":"zz","scopes":["talk"]}]'])
def test_a_broken_setting_is_refused_without_repeating_it(file: Path, text: str) -> None:
    with pytest.raises(BadInput) as refused:
        KeyRing(file, text)
    assert text not in str(refused.value)


def test_half_an_edit_by_hand_leaves_the_known_keys_valid(file: Path) -> None:
    (shown, key), ring = make("one", ["talk"]), KeyRing(file)
    ring.add(key)
    file.write_text("[{")
    assert ring.talker(shown) is not None


def test_a_key_needs_a_scope_that_there_is() -> None:
    with pytest.raises(BadInput, match="no scope 'everything'"):
        make("one", ["everything"])
    with pytest.raises(BadInput, match="opens nothing"):
        make("one", [""])


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("IZWI_DATA", str(tmp_path))
    assert main(["keys", "add", "clinic", "--scopes", "tts,asr", "--requests-per-day", "100"]) == 0
    shown = capsys.readouterr().out.split("\n")[0]
    ring = KeyRing(tmp_path / "keys.json")
    talker = ring.talker(shown)
    assert talker is not None
    assert talker.limits.requests_per_day == 100
    assert main(["keys", "list"]) == 0
    listed = capsys.readouterr().out
    assert "clinic" in listed
    assert shown not in listed
    assert main(["keys", "revoke", shown.split("_")[1]]) == 0
    assert ring.talker(shown) is None
    assert main(["keys", "revoke", "nobody"]) == 2
    assert main(["keys", "add", "two\nlines"]) == 2
