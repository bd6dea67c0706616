from __future__ import annotations

import hashlib
import json
import random

import pytest

from izwi.hub import download
from izwi.hub.faults import DownloadFailed, HubOutOfReach, Incomplete, NotOnHub, Tampered
from izwi.hub.progress import Step
from izwi.hub.store import Store, endpoint

ENTRY = """
[[model]]
name = "small"
role = "llm"
engine = "llama-cpp"
languages = ["en"]
licence = "Apache-2.0"
size = 300_000
repo = "someone/small"
files = ["weights.bin", "*.json"]
also = ["merges.txt"]
"""
WEIGHTS = random.Random(1).randbytes(300_000)
FILES = {"weights.bin": WEIGHTS, "config.json": b"{}", "README.md": b"# card", "old/config.json": b"[]"}


def test_brings_what_was_asked_whole_and_records_it(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    registry, store = shelf(ENTRY)
    steps: list[Step] = []
    folder = store.obtain(registry["small"], steps.append)
    assert {str(f.relative_to(folder)) for f in folder.rglob("*")} == {"weights.bin", "config.json"}
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    pin = store.pin(registry["small"])
    assert pin.commit == hub.commit("someone/small")
    assert pin.sha256["weights.bin"] == hashlib.sha256(WEIGHTS).hexdigest()
    downloads = [step for step in steps if step.stage == "download"]
    assert [s.done for s in downloads] == sorted(s.done for s in downloads)
    assert downloads[-1].fraction == 1.0
    assert downloads[-1].total == len(WEIGHTS) + 2


def test_a_cut_connection_is_resumed_where_it_broke(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    hub.cuts["weights.bin"] = [100_000, 50_000]
    registry, store = shelf(ENTRY)
    folder = store.obtain(registry["small"])
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    assert _ranges(hub) == ["", "bytes=100000-", "bytes=150000-"]


def test_a_later_start_goes_on_where_the_first_was_ended(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    registry, store = shelf(ENTRY)

    def end(step: Step) -> None:
        if step.file == "weights.bin" and step.done >= 50_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.obtain(registry["small"], end)
    (part,) = store.cache.rglob("*.part")
    held = part.stat().st_size
    assert 50_000 <= held < len(WEIGHTS)
    hub.seen.clear()
    folder = Store(store.models, store.cache, hub.url).obtain(registry["small"])
    assert (folder / "weights.bin").read_bytes() == WEIGHTS
    assert _ranges(hub) == [f"bytes={held}-"]


def test_a_part_of_another_length_is_begun_anew(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    registry, store = shelf(ENTRY)
    part = store.cache / "pulled" / "small" / hub.commit("someone/small") / "weights.bin.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(400_000))
    assert (store.obtain(registry["small"]) / "weights.bin").read_bytes() == WEIGHTS


def _ranges(hub) -> list[str]:
    return [asked for _, path, asked in hub.seen if path.startswith("/cdn/")]


def test_a_line_that_brings_nothing_is_given_up_and_the_rest_kept(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    hub.cuts["weights.bin"] = [1000] + [0] * 100
    registry, store = shelf(ENTRY)
    with pytest.raises(DownloadFailed, match=r"weights\.bin of small broke off"):
        store.obtain(registry["small"])
    assert next(store.cache.rglob("*.part")).stat().st_size == 1000
    with pytest.raises(Incomplete):
        store.held(registry["small"])


def test_a_file_damaged_on_the_way_is_refused_by_name_and_not_kept(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    hub.damaged.add("weights.bin")
    registry, store = shelf(ENTRY)
    with pytest.raises(Tampered, match=r"weights\.bin of small"):
        store.obtain(registry["small"])
    assert not list(store.cache.rglob("weights*"))
    hub.damaged.clear()
    assert (store.obtain(registry["small"]) / "weights.bin").read_bytes() == WEIGHTS


def test_the_registrys_checksum_binds_the_hub(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    registry, store = shelf(ENTRY + f'sha256 = ["{"0" * 64}  config.json"]\n')
    with pytest.raises(Tampered, match=r"config\.json of small"):
        store.obtain(registry["small"])


def test_the_first_pull_pins_the_commit(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    registry, store = shelf(ENTRY)
    store.obtain(registry["small"])
    first = hub.commit("someone/small")
    hub.repos["someone/small"]["config.json"] = b'{"new": 1}'  # main moves on, and the old commit is gone
    store.forget(registry["small"])
    with pytest.raises(NotOnHub, match=f"no revision {first}"):
        store.obtain(registry["small"])
    store.forget(registry["small"], revision=True)
    assert json.loads((store.obtain(registry["small"]) / "config.json").read_text()) == {"new": 1}


def test_what_is_held_needs_no_hub(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    registry, store = shelf(ENTRY)
    folder = store.obtain(registry["small"])
    hub.seen.clear()
    assert Store(store.models, store.cache, "http://127.0.0.1:9").obtain(registry["small"]) == folder
    assert not hub.seen


def test_a_tampered_cache_is_refused_by_name_and_mended_by_pulling_again(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    registry, store = shelf(ENTRY)
    folder = store.obtain(registry["small"])
    (folder / "weights.bin").write_bytes(WEIGHTS[:-1] + b"!")
    with pytest.raises(Tampered, match=r"weights\.bin of small does not match"):
        store.obtain(registry["small"])
    store.forget(registry["small"])
    assert (store.obtain(registry["small"]) / "weights.bin").read_bytes() == WEIGHTS


@pytest.mark.parametrize(
    ("repos", "sentence"),
    [
        ({}, "no repository someone/small"),
        ({"someone/small": {"config.json": b"{}"}}, r"holds no file weights\.bin"),
    ],
)
def test_what_the_hub_lacks_is_said(hub, shelf, repos, sentence):
    hub.repos.update(repos)
    registry, store = shelf(ENTRY)
    with pytest.raises(NotOnHub, match=sentence):
        store.obtain(registry["small"])


def test_a_repository_behind_consent_is_said(hub, shelf):
    hub.repos["someone/small"] = dict(FILES)
    hub.gated.add("someone/small")
    registry, store = shelf(ENTRY)
    with pytest.raises(NotOnHub, match="given only to accounts that asked for it; set HF_TOKEN"):
        store.obtain(registry["small"])


def test_a_name_that_climbs_out_of_its_folder_is_not_fetched(hub, shelf):
    hub.repos["someone/small"] = {**FILES, "../evil.json": b"{}", "/etc/evil.json": b"{}"}
    registry, _ = shelf(ENTRY)
    assert {f.name for f in download.plan(registry["small"], hub.url, "main").files} == {"weights.bin", "config.json"}


def test_of_two_alternatives_the_first_there_is_taken(hub, shelf):
    hub.repos["someone/small"] = {"a.bin": b"1", "b.bin": b"2"}
    for files, taken in (('"a.bin|b.bin"', {"a.bin"}), ('"c.bin|b.bin"', {"b.bin"})):
        registry, _ = shelf(ENTRY.replace('"weights.bin", "*.json"', files))
        assert {f.name for f in download.plan(registry["small"], hub.url, "main").files} == taken


@pytest.mark.parametrize("mood", ["silent", "drip", "proxy"])
def test_a_hub_that_does_not_answer_like_one_is_out_of_reach(hub, mood):
    hub.mood = mood
    with pytest.raises(HubOutOfReach, match="cannot be reached"):
        download.reach(hub.url, 0.5)


def test_a_closed_port_is_out_of_reach_and_an_open_hub_is_reached(hub):
    download.reach(hub.url, 5.0)
    with pytest.raises(HubOutOfReach):
        download.reach("http://127.0.0.1:9", 5.0)


def test_the_hubs_address(monkeypatch):
    assert endpoint("http://mirror.example/") == "http://mirror.example"
    assert endpoint("").startswith("https://")
    with pytest.raises(Exception, match="does not begin with"):
        endpoint("ftp://mirror")
