"""What the witness of a call writes down, and what it does not."""

from __future__ import annotations

import logging

import pytest

from izwi.events import ReplyText, Transcript
from izwi.service.call import Service
from izwi.service.witness import Witness
from izwi.settings import Settings


@pytest.mark.parametrize("asked", [False, True])
def test_words_reach_the_log_only_where_the_operator_asks(caplog: pytest.LogCaptureFixture, asked: bool) -> None:
    caplog.set_level(logging.DEBUG)
    witness = Witness(Service(Settings(log_text=asked)))
    witness.saw(Transcript(1, "ndinonzi rudo", "sn", False))
    witness.saw(ReplyText(1, "Makadii Rudo.", "sn"))
    assert ("ndinonzi rudo" in caplog.text) is asked
    assert ("Makadii Rudo." in caplog.text) is asked
