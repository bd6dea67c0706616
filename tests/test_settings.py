"""Settings from the environment: a wrong value is refused by its name."""

from __future__ import annotations

import pytest

from izwi.settings import BadSetting, Settings, from_env


def test_nothing_set_gives_the_defaults() -> None:
    assert from_env({}) == Settings()


def test_values_are_read_by_kind() -> None:
    settings = from_env({"IZWI_PORT": "9000", "IZWI_GREET": "no", "IZWI_HUB_DEADLINE": "1.5", "IZWI_LANGUAGE": "sn"})
    assert (settings.port, settings.greet, settings.hub_deadline, settings.language) == (9000, False, 1.5, "sn")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IZWI_PORT", "many"),
        ("IZWI_PORT", "70000"),
        ("IZWI_GREET", "perhaps"),
        ("IZWI_LANGUAGE", "fr"),
        ("IZWI_PROFILE", "huge"),
        ("IZWI_ASR_ENGINE", "kaldi"),
        ("IZWI_TALKERS", "0"),
        ("IZWI_TTS_CAP", "-1"),
        ("IZWI_TTS_BUDGET", "nan"),
        ("IZWI_TIME_LIMIT", "inf"),
        ("IZWI_DRAIN_LIMIT", "-0.5"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        from_env({name: value})


def test_some_limits_may_be_nought() -> None:
    assert from_env({"IZWI_HANG_LIMIT": "0", "IZWI_PUBLIC_TALK": "0"}).hang_limit == 0


def test_an_empty_path_is_refused() -> None:
    """Path("") would be the folder we happen to stand in."""
    with pytest.raises(BadSetting, match="IZWI_KNOWLEDGE is empty"):
        from_env({"IZWI_KNOWLEDGE": ""})
