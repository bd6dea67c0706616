"""The phrase cache: what comes out is what went in, or nothing; it stays within its bounds; the disk may fail."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from izwi.audio import Pcm
from izwi.engines import Style
from izwi.tts.cache import PhraseCache, key
from izwi.tts.prosody import EMOTIONS

ADDRESS = key("Mhoro", "sn", Style(), "espeak", "1")


def tone(samples: int = 1000, seed: int = 0) -> Pcm:
    return Pcm(np.random.default_rng(seed).integers(-9999, 9999, samples).astype(np.int16), 22050)


def test_what_was_put_is_found_by_another_process_too(tmp_path: Path) -> None:
    PhraseCache(tmp_path).put(ADDRESS, tone())
    found = PhraseCache(tmp_path).get(ADDRESS)
    assert found is not None
    assert found.rate == 22050
    assert np.array_equal(found.samples, tone().samples)
    assert PhraseCache(tmp_path).get(key("Mhoro", "en", Style(), "espeak", "1")) is None


@given(st.text(), st.text())
def test_address_depends_on_everything_said(text: str, other: str) -> None:
    def address(text: str = text, **change: Any) -> str:
        given = {"language": "sn", "style": Style(), "voice": "v", "revision": "1"} | change
        return key(text, **given)

    assert address() == address()
    changed = [{"language": "en"}, {"style": Style(emotion="sad")}, {"style": Style(rate=1.1)}, {"revision": "2"}]
    addresses = {address(**change) for change in changed} | {address(), address(voice="w")}
    assert len(addresses) == 6
    assert (address(text=other) == address()) == (text == other)


def test_a_new_table_of_emotions_makes_the_old_sound_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    happy, sad = (key("Mhoro", "sn", Style(emotion=emotion), "v", "1") for emotion in ("happy", "sad"))
    monkeypatch.setitem(EMOTIONS, "happy", replace(EMOTIONS["happy"], range=1.2))
    assert key("Mhoro", "sn", Style(emotion="happy"), "v", "1") != happy
    assert key("Mhoro", "sn", Style(emotion="sad"), "v", "1") == sad


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign"])
def test_damaged_entry_is_never_played_and_is_removed(tmp_path: Path, damage: str) -> None:
    cache = PhraseCache(tmp_path)
    cache.put(ADDRESS, tone())
    (path,) = tmp_path.glob("*/*")
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes({"cut": bytes(data[:-100]), "flip": bytes(data), "empty": b"", "foreign": b"RIFF" * 99}[damage])
    assert cache.get(ADDRESS) is None
    assert not path.exists()


def test_stays_within_its_bound_and_the_longest_unused_go(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, limit=100_000)
    addresses = [key(str(n), "sn", Style(), "v", "1") for n in range(200)]
    for n, address in enumerate(addresses):
        cache.put(address, tone(1000, n))
        path = tmp_path / address[:2] / address[2:]
        os.utime(path, (n, n))
    used = sum(path.stat().st_size for path in tmp_path.glob("*/*"))
    assert used <= 100_000
    assert cache.size == used
    kept = [n for n, address in enumerate(addresses) if cache.get(address) is not None]
    assert kept == list(range(200 - len(kept), 200))


def test_putting_a_phrase_twice_counts_it_once(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path)
    cache.put(ADDRESS, tone())
    before = cache.size
    cache.put(ADDRESS, tone())
    assert cache.size == before == PhraseCache(tmp_path).size


def test_huge_phrase_is_not_kept(tmp_path: Path) -> None:
    cache = PhraseCache(tmp_path, limit=10_000)
    cache.put(ADDRESS, tone(50_000))
    assert cache.get(ADDRESS) is None


def test_full_disk_is_survived_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/full is a disk that is always full: the entry's file is opened there."""
    cache = PhraseCache(tmp_path)
    real = os.fdopen

    def onto_full_disk(number: int, mode: str) -> Any:
        os.close(number)
        return real(os.open("/dev/full", os.O_WRONLY), mode)

    monkeypatch.setattr(os, "fdopen", onto_full_disk)
    cache.put(ADDRESS, tone())
    monkeypatch.undo()
    assert cache.get(ADDRESS) is None
    assert list(tmp_path.glob("*/*")) == []
    cache.put(ADDRESS, tone())
    assert cache.get(ADDRESS) is not None


def test_folder_that_is_a_file_is_survived(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    cache = PhraseCache(tmp_path / "cache")
    cache.put(ADDRESS, tone())
    assert cache.get(ADDRESS) is None
