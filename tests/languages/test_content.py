"""Dialogue content, the clock, the packs themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from izwi.languages import UnknownLanguage, detect, languages, pack
from izwi.languages.shona.sounds import is_shona_spelling

PLACEHOLDERS = {"time", "day", "date", "month", "year", "part_of_day", "name", "heard", "result", "source", "meaning"}


def test_the_languages() -> None:
    assert {"sn", "en"} <= set(languages())
    assert pack("sn").name == "chiShona"


def test_an_unknown_language_is_refused_by_name() -> None:
    with pytest.raises(UnknownLanguage, match="'xx'"):
        pack("xx")


@pytest.mark.parametrize("code", languages())
def test_all_languages_have_the_same_lines(code: str) -> None:
    assert pack(code).lines.keys() == pack("sn").lines.keys()
    assert all(pack(code).lines.values())


@pytest.mark.parametrize("code", ["sn", "en"])
def test_lines_are_in_their_language_and_can_be_said(code: str) -> None:
    language = pack(code)
    for situation, said in language.lines.items():
        for line in said:
            assert set(re.findall(r"\{(\w+)\}", line)) <= PLACEHOLDERS, situation
            bare = re.sub(r"\{\w+\}", "", line)
            assert language.espeak(bare)
            if len(bare.split()) > 2:
                assert detect(bare).language == code, line


def test_shona_lines_are_spelled_as_shona() -> None:
    said = [line for lines in pack("sn").lines.values() for line in lines]
    said += [proverb.text for proverb in (*pack("sn").proverbs, *pack("sn").content.idioms)]
    for line in said:
        for word in re.findall(r"[^\W\d_]+", re.sub(r"\S*\{\w+\}", "", line)):
            assert is_shona_spelling(word), (word, line)


def test_proverbs_have_meanings() -> None:
    for code in languages():
        assert len(pack(code).proverbs) >= 3
        assert all(p.text and p.meaning for p in (*pack(code).proverbs, *pack(code).content.idioms))


@pytest.mark.parametrize(
    ("hour", "greeting"),
    [(5, "Mangwanani"), (11, "Mangwanani"), (12, "Masikati"), (17, "Masikati"), (18, "Manheru"), (2, "Manheru")],
)
def test_greetings_follow_the_time_of_day(hour: int, greeting: str) -> None:
    assert all(line.startswith(greeting) for line in pack("sn").greeting(datetime(2026, 11, 20, hour)))


def test_the_shona_clock() -> None:
    assert pack("sn").clock(datetime(2026, 11, 20, 15, 15)) == {
        "time": "nhatu nemaminitsi gumi nemashanu masikati",
        "day": "Chishanu",
        "date": "musi wemakumi maviri Mbudzi",
        "month": "Mbudzi",
        "year": "zviuru zviviri nemakumi maviri nenhanhatu",
        "part_of_day": "masikati",
    }


def test_the_english_clock() -> None:
    assert pack("en").clock(datetime(2026, 11, 20, 9, 5))["time"] == "nine oh five in the morning"


@pytest.mark.parametrize("code", ["sn", "en"])
def test_every_minute_and_day_has_words(code: str) -> None:
    start = datetime(2026, 1, 1)
    for step in range(0, 366 * 24 * 60, 433):
        said = pack(code).clock(start + timedelta(minutes=step))
        assert not re.search(r"\d|\{", " ".join(said.values()))


def izwi(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    program = (
        "import argparse, sys; from izwi.languages.cli import add_commands; p = argparse.ArgumentParser();"
        "add_commands(p.add_subparsers(required=True)); a = p.parse_args(); sys.exit(a.func(a))"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], input=text, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "text", "output"),
    [
        (["normalise", "Vanhu 7", "--language", "sn"], "", "Vanhu vanomwe\n"),
        (
            ["normalise", "--language", "sn", "--style", "everyday"],
            "vanhu 7\n\nmisha 2\n",
            "vanhu seven\n\nmisha two\n",
        ),
        (["normalise", "--back", "vanhu vanomwe"], "", "vanhu 7\n"),
        (["normalise", "I have 3 cows"], "", "I have three cows\n"),
        (["phonemes", "mhoro"], "", "ˈm̤oːro\n"),
        (["phonemes", "--espeak", "mhoro"], "", "[[m|h|'o:|**|o]]\n"),
        (["language"], "Makadii henyu?\nHow are you?\n", "sn\t1.00\nen\t1.00\n"),
    ],
)
def test_commands_give_one_result_a_line(arguments: list[str], text: str, output: str) -> None:
    done = izwi(*arguments, text=text)
    assert (done.returncode, done.stdout) == (0, output), done.stderr


def test_a_wrong_language_exits_with_two() -> None:
    assert izwi("normalise", "x", "--language", "xx").returncode == 2


def test_the_packs_import_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'transformers', 'onnxruntime'} & {m.split('.')[0] for m in sys.modules}"
    program = f"import sys; from izwi.languages import pack; pack('sn').espeak('Mhoro 7'); print({heavy} or 'light')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "light"


def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    command = [sys.executable, "-m", "izwi", "normalise", "--language", "sn"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as izwi_:
        assert izwi_.stdin is not None
        assert izwi_.stdout is not None
        assert izwi_.stderr is not None
        izwi_.stdin.write("vanhu 7\n")
        izwi_.stdin.flush()
        assert izwi_.stdout.readline() == "vanhu vanomwe\n"
        izwi_.stdout.close()
        izwi_.stdin.write("vanhu 8\n")
        izwi_.stdin.close()
        assert izwi_.stderr.read() == ""
        assert izwi_.wait(60) == 141
