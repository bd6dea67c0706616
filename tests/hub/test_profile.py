from __future__ import annotations

import time

import pytest

from izwi.hub.profile import choose

REGISTRY = """
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
fallbacks = ["other", "tiny"]

[[model]]
name = "other"
role = "llm"
engine = "llama-cpp"
languages = ["en"]
licence = "MIT"
size = 1
repo = "someone/other"
files = ["*.gguf"]

[[model]]
name = "tiny"
role = "llm"
engine = "llama-cpp"
languages = ["en"]
licence = "MIT"
size = 1
profiles = ["embedded"]
path = "embedded/tiny"
"""


def test_a_hub_in_reach_gives_the_full_models(hub, shelf):
    choice = choose("auto", *shelf(REGISTRY), deadline=5.0)
    assert (choice.profile, choice.reason) == (
        "spaces-cpu",
        "The model hub can be reached, so the full models are used.",
    )


@pytest.mark.parametrize("mood", ["silent", "drip", "proxy"])
def test_a_hub_that_sulks_gives_the_embedded_models_within_the_deadline(hub, shelf, mood):
    hub.mood = mood
    deadline = 0.5
    start = time.monotonic()
    choice = choose("auto", *shelf(REGISTRY), deadline=deadline)
    took = time.monotonic() - start
    assert choice.profile == "embedded"
    assert choice.reason.endswith("The small embedded models are used instead.")
    # Relative to the deadline asked for, and far below the 60 s the hub would keep us waiting.
    assert took < 10 * deadline


def test_the_deadline_of_the_settings_is_five_seconds():
    from izwi.settings import Settings

    assert Settings().hub_deadline == 5.0


def test_models_already_here_are_used_without_asking_the_hub(hub, shelf):
    hub.repos["someone/other"] = {"weights.gguf": b"GGUF"}  # the first choice is not there: its fallback counts
    registry, store = shelf(REGISTRY)
    store.obtain(registry["other"])
    hub.seen.clear()
    hub.mood = "silent"
    assert choose("auto", registry, store, deadline=0.5).profile == "spaces-cpu"
    assert not hub.seen


@pytest.mark.parametrize("asked", ["embedded", "remote"])
def test_profiles_without_a_hub_do_not_ask_it(hub, shelf, asked):
    choice = choose(asked, *shelf(REGISTRY), deadline=0.5)
    assert (choice.profile, choice.pull, hub.seen) == (asked, False, [])


def test_the_full_profile_asked_for_without_a_hub_uses_what_is_here(hub, shelf):
    hub.mood = "silent"
    choice = choose("spaces-cpu", *shelf(REGISTRY), deadline=0.3)
    assert (choice.profile, choice.pull) == ("spaces-cpu", False)
    assert choice.reason.endswith("Only models that are on this machine already are used.")
