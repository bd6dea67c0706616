"""Any text at all: nothing crashes, nothing is left unread, and the time is linear in the length."""

from __future__ import annotations

import random
import time
import unicodedata
from collections.abc import Callable

import pytest

from izwi.languages import detect, pack, spans

WRITTEN = ["vanhu", "462", "US$", "3.40", "10:30", "%", "wa", "14", "Chivabvu", "-", "a.m.", "www.x.co", "a@b.co", "I",
           "VII", "MDC", "1/2", "½", "million", "2-1", "😀", "0771234567", "5 km", "+", "=", "²", "٣", "Ⅷ",
           "5²", "№", "*151#", "$10-$15", "1,2,3", "2.0.1", "/kg", "3x", "2:05:30", "123456-1.5", "18+"]  # fmt: skip


def random_text(rng: random.Random) -> str:
    """Any characters of Unicode, thick number-like mixtures, or written forms in any order."""
    kind, size = rng.randrange(3), rng.randrange(60)
    if kind == 0:
        ranges = [(0x20, 0x7F), (0xA0, 0x2FFF), (0x1F300, 0x1FA00), (0x3000, 0xD7FF), (0xE000, 0x10FFFF)]
        return "".join(chr(rng.randrange(*rng.choice(ranges))) for _ in range(size))
    if kind == 1:
        return "".join(rng.choice("0123456789.,:/-+$£%@ aeoZiGRUS'()km\n\tXVI½²٣") for _ in range(size))
    return " ".join(rng.choice(WRITTEN) for _ in range(size // 4))


def unread(text: str) -> list[str]:
    """Digits, symbols and control marks that no voice could say."""
    return [c for c in text if unicodedata.category(c)[0] in "NS" or (unicodedata.category(c)[0] == "C" and c != "\n")]


def test_ten_thousand_random_texts_leave_no_digit_or_symbol() -> None:
    rng = random.Random(20261120)
    for number in range(10_000):
        text = random_text(rng)
        code, style = (("sn", "standard"), ("sn", "everyday"), ("en", "standard"))[number % 3]
        assert not unread(pack(code).normalise(text, style)), (text, code, style)


def test_everything_else_survives_random_texts() -> None:
    rng = random.Random(11)
    for _ in range(500):
        text = random_text(rng)
        assert "".join(span.text for span in spans(text)) == text
        assert 0.5 <= detect(text).confidence <= 1
        for code in ("sn", "en"):
            language = pack(code)
            language.espeak(text)
            language.ipa(text)
            language.tidy(text, ["Harare", "Tendai Moyo"])
            language.denormalise(text)
            splitter = language.phrases()
            phrases = splitter.feed(text) + splitter.flush()
            assert "".join("".join(phrases).split()) == "".join(text.split())


BULK = {
    "prose": "Vanhu 462 vakafa, US$3.40 na 10:30; vana vechikoro vanosvika 5 108 vauya. ",
    "digits": "1",
    "letters": "a",
    "capitals": "A",
    "dots": ".",
    "groups": "123 ",
    "words": "gumi ten vanhu ",
    "commas": "1,",
    "dashes": "1-",
    "slashes": "1/2/",
    "address": "a.",
    "at": "a@",
    "particles": "pa 1 ",
    "brackets": "(",
    "apostrophes": "n'",
    "spaces": " ",
    "emoji": "😀",
    "verses": "1 Johane 3:16-",
    "primes": "6'",
    "quotes": '12" ',
    "books": "muJohane ",
}


def cost(run: Callable[[str], object], text: str) -> float:
    """The least processor time of two runs, in seconds."""
    times = []
    for _ in range(2):
        start = time.process_time()
        run(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("kind", BULK)
def test_time_is_linear(kind: str) -> None:
    """Eight times the text takes at most about eight times the time (quadratic would be 64)."""
    sn, en = pack("sn"), pack("en")
    small, large = (BULK[kind] * (size // len(BULK[kind])) for size in (1_000, 8_000))
    for run in (sn.normalise, sn.denormalise, sn.tidy, en.normalise):
        assert cost(run, large) < 24 * cost(run, small) + 0.05, run


@pytest.mark.slow
@pytest.mark.parametrize("kind", BULK)
def test_a_megabyte_is_read_in_linear_time(kind: str) -> None:
    """A megabyte takes at most about eight times what an eighth of it takes."""
    eighth, whole = (BULK[kind] * (size // len(BULK[kind])) for size in (125_000, 1_000_000))
    for code in ("sn", "en"):
        least = cost(pack(code).normalise, eighth)
        start = time.process_time()
        read = pack(code).normalise(whole)
        assert time.process_time() - start < 16 * least + 0.1
        assert not unread(read)
