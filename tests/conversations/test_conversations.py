"""Every script in this folder, played in virtual time; and the language the scripts are written in."""

from __future__ import annotations

from pathlib import Path

import pytest

from izwi.bench.virtual_time import in_virtual_time
from tests.conversations.player import Player, settings_of
from tests.conversations.script import BadScript, parse, read
from tests.dialogue.stage import Stage

HERE = Path(__file__).parent
SCRIPTS = sorted(HERE.glob("*/*.txt"))


def play(text: str) -> None:
    perform(text, "test.txt")


def perform(text: str, name: str) -> None:
    statements = parse(text, name)

    async def performance() -> None:
        await Player(Stage(settings=settings_of(statements))).play(statements)

    in_virtual_time(performance)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_conversation(path: Path) -> None:
    perform(path.read_text(encoding="utf-8"), f"{path.parent.name}/{path.name}")


def test_there_are_two_hundred_and_each_proves_something_of_its_own() -> None:
    purposes = [path.read_text(encoding="utf-8").splitlines()[0] for path in SCRIPTS]
    assert len(SCRIPTS) >= 200
    assert len(set(purposes)) == len(purposes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("user", "test.txt:1: the first line must be a comment"),
        ("# x\nuser mhoro 1", "test.txt:2: the script expects nothing"),
        ("# x\nsing mhoro", "test.txt:2: 'sing' is not one of: engines, settings"),
        ("# x\n\nuser mhoro", "test.txt:3: 'user' wants 2 to 2 words after it, not 1"),
        ('# x\nuser "mhoro 1', "test.txt:2: a quotation mark is missing"),
        ("# x\nexpect rain", "test.txt:2: 'rain' is not one of: state, transcript"),
        ("# x\nuser mhoro soon\ncount duck 0", "test.txt:2: 'soon' is not a number"),
        ("# x\nengines colour red\ncount duck 0", "test.txt:2: engines have no 'colour'"),
        ("# x\nengines unsure maybe\ncount duck 0", "test.txt:2: unsure is on or off, not 'maybe'"),
        ("# x\nsettings colour red\ncount duck 0", "test.txt:2: there is no setting 'colour'"),
        ("# x\nexpect duck 18", "test.txt:2: 'duck' has no value to compare '18' with"),
        ("# x\npage dance\ncount duck 0", "test.txt:2: the page cannot do that"),
        ("# x\ncount rain 1", "test.txt:2: nobody counts 'rain'"),
    ],
)
def test_a_bad_script_is_told_by_file_and_line(text: str, message: str) -> None:
    with pytest.raises(BadScript) as error:
        play(text)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("expect state listening within_ms 500", "did not happen within 500 ms"),
        ('expect transcript "mhoro"', "did not happen within 10000 ms"),
        ("absent audio_start for_ms 3000", "but it did happen"),
        ("count transcript 2..3", "it is 0"),
        ('asked "mhoro"', "the model was never asked"),
        ("memory exchanges 1", "there are 0"),
    ],
)
def test_what_does_not_hold_fails_with_the_story(line: str, complaint: str) -> None:
    with pytest.raises(AssertionError) as error:
        play(f'# x\nuser "makadii zvenyu" 0.8\nexpect state listening\nquiet 0.1\n{line}')
    assert complaint in str(error.value)
    assert "StateChanged state='listening'" in str(error.value)


def test_silence_is_checked_by_the_samples() -> None:
    with pytest.raises(AssertionError, match="our voice still sounded"):
        play('# x\nuser "makadii" 0.8\nexpect state speaking\nsilent')


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text('# proves nothing\nuser "ndinoda # chingwa" 1  # a comment\n\nabsent duck\n', encoding="utf-8")
    user, absent = read(path)
    assert (user.place, user.words) == ("one.txt:2", ("ndinoda # chingwa", "1"))
    assert str(absent) == "absent duck"
