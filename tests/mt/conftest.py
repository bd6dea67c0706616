"""A translator on two tiny Marians, made once."""

from __future__ import annotations

import warnings

import pytest

from izwi.mt.ctranslate import OpusTranslator
from tests.mt.tiny_marian import PAIRS, convert, train


@pytest.fixture(scope="session")
def translator(tmp_path_factory: pytest.TempPathFactory) -> OpusTranslator:
    folder = tmp_path_factory.mktemp("marian")
    back = [(b, a) for a, b in PAIRS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        there = convert(train(folder / "sn-en", PAIRS), folder / "sn-en-ct2")
        home = convert(train(folder / "en-sn", back), folder / "en-sn-ct2")
    return OpusTranslator({("sn", "en"): there, ("en", "sn"): home})
