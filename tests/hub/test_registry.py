from __future__ import annotations

from pathlib import Path

import pytest

from izwi.hub.registry import BadRegistry, load
from izwi.hub.store import Store
from izwi.hub.verify import matching
from izwi.settings import LANGUAGES, ROOT

GOOD = """
[[model]]
name = "a"
role = "asr"
engine = "faster-whisper"
languages = ["sn"]
licence = "MIT"
size = 1
repo = "someone/a"
files = ["*.bin"]
fallbacks = ["b"]

[[model]]
name = "b"
role = "asr"
engine = "faster-whisper"
languages = ["sn", "en"]
licence = "MIT"
size = 1
path = "embedded/b"
"""


def test_our_own_registry_serves_every_language_in_every_profile():
    registry = load(ROOT / "models")
    for profile in ("embedded", "spaces-cpu"):
        for role in ("asr", "llm", "tts"):
            for language in LANGUAGES:
                heads = [m for m in registry.profile(profile, role) if language in m.languages]
                assert heads, f"{profile} has no {role} for {language}"
                assert not registry.chain(heads[0])[-1].repo, f"{heads[0].name} has no fallback that is always here"


def test_a_fallback_speaks_every_language_it_stands_in_for():
    registry = load(ROOT / "models")
    for model in registry.models.values():
        for other in registry.chain(model)[1:]:
            assert set(model.languages) <= set(other.languages), f"{other.name} stands in for {model.name}"


def test_the_embedded_profile_needs_no_hub():
    assert not [model.name for model in load(ROOT / "models").profile("embedded") if model.repo]


def test_the_embedded_weights_are_the_ones_that_were_pinned(tmp_path: Path):
    """Fails when weights were replaced without ``python -m izwi models pin``."""
    registry = load(ROOT / "models")
    store = Store(ROOT / "models", tmp_path, "http://127.0.0.1:9")
    for model in registry.models.values():
        if model.path:
            folder = store.held(model)
            there = {str(file.relative_to(folder)) for file in matching(folder, model.files)}
            assert there == set(model.sha256), f"{model.name} has files that are not pinned"
    total = sum(m.size for m in registry.models.values() if m.path and m.name != "izwi-micro-whisper-cpp")
    assert total <= 60_000_000


def test_values_arrive_typed(models):
    registry = load(models(GOOD))
    assert registry["a"].languages == ("sn",)
    assert registry["a"].revision == "main"
    assert [m.name for m in registry.chain(registry["a"])] == ["a", "b"]
    with pytest.raises(BadRegistry, match="no model is called 'c' \\(there are: a, b\\)"):
        registry["c"]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('licence = "MIT"\nsize = 1\nrepo', "size = 1\nrepo", "a: 'licence' is missing"),
        ("size = 1\nrepo", 'size = "big"\nrepo', "a: 'size' is unknown or has the wrong kind"),
        ("size = 1\nrepo", "size = 1\nspeed = 3\nrepo", "a: 'speed' is unknown"),
        ('languages = ["sn"]', 'languages = "sn"', "a: 'languages' is unknown or has the wrong kind"),
        (
            'role = "asr"\nengine = "faster-whisper"\nlanguages = ["sn"]',
            'role = "ear"\nengine = ""\nlanguages = []',
            "a: the role 'ear'",
        ),
        ('repo = "someone/a"', 'repo = "someone/a"\npath = "x"', "a: exactly one of"),
        ('repo = "someone/a"', "", "a: exactly one of"),
        ('fallbacks = ["b"]', 'fallbacks = ["z"]', "a: its fallback 'z'"),
        ('fallbacks = ["b"]', 'profiles = ["moon"]', "a: the profile 'moon'"),
        ('fallbacks = ["b"]', 'sha256 = ["12  x"]', "a: a line of 'sha256' is not 64 hexadecimal digits"),
        ('name = "b"', 'name = "a"', "a: the name is used twice"),
        ('name = "b"', "", "model number 2: 'name' is missing"),
        ("[[model]]", "[[model", "is not TOML"),
        ("[[model]]", "[[thing]]", r"has no \[\[model\]\] entries"),
    ],
)
def test_a_wrong_entry_is_named(models, old, new, sentence):
    assert old in GOOD
    with pytest.raises(BadRegistry, match=sentence):
        load(models(GOOD.replace(old, new, -1 if old == "[[model]]" else 1)))


def test_a_role_that_is_none_is_named(models):
    alone = GOOD.split("[[model]]")[2].replace("asr", "ear")
    with pytest.raises(BadRegistry, match="b: the role 'ear' is not one of asr, llm"):
        load(models(f"[[model]]{alone}"))


def test_a_missing_file_is_said(tmp_path: Path):
    with pytest.raises(BadRegistry, match=r"there is no registry\.toml"):
        load(tmp_path)
