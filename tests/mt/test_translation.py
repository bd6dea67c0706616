"""Translation on a tiny real Marian, converted by the real converter; the glossary; the pivot."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from izwi.__main__ import main
from izwi.engines import Cancelled, Cost, Message, TokenChunk, UnsupportedLanguage, never
from izwi.languages import pack
from izwi.mt.ctranslate import NLLB_CODES, NLLB_LICENCE, NllbTranslator, OpusTranslator
from izwi.mt.glossary import Protected, set_phrase, translated
from izwi.mt.pivot import PivotLLM, replying
from tests.mt import tiny_nllb
from tests.mt.tiny_marian import PAIRS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.mark.engine
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "X1" not in pair[0]])
async def test_the_converted_model_translates_what_it_learnt(translator: OpusTranslator, pair: tuple[str, str]) -> None:
    assert await translator.translate(pair[0], "sn", "en") == pair[1]
    assert await translator.translate(pair[1], "en", "sn") == pair[0]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("shona", "english"),
    [
        ("ndinogara kuBulawayo", "I live in Bulawayo"),
        ("ndinogara kuMutare", "I live in Mutare"),
        ("ndine makore 47", "I am 47 years old"),
        ("zita rangu ndi Rutendo", "my name is Rutendo"),
    ],
)
async def test_names_and_numbers_the_model_never_saw_come_through(
    translator: OpusTranslator, shona: str, english: str
) -> None:
    assert await translator.translate(shona, "sn", "en") == english
    without = await _bare(translator, shona)
    assert without != english, "the glossary is not what did it"


async def _bare(translator: OpusTranslator, text: str) -> str:
    return translator._run(text, "sn", "en", never)


@pytest.mark.engine
async def test_set_phrases_never_reach_the_model(translator: OpusTranslator) -> None:
    assert await translator.translate("Makadii?", "sn", "en") == "How are you?"
    assert (
        await translator.translate("Thank you very much! my dog died", "en", "sn")
        == "Ndinotenda zvikuru! imbwa yangu yafa"
    )
    assert await _bare(translator, "Makadii?") != "How are you?"


@pytest.mark.engine
async def test_it_stops_when_nobody_wants_it(translator: OpusTranslator) -> None:
    assert await translator.translate("imbwa yangu yafa", "sn", "en", cancelled=lambda: True) == ""


@pytest.mark.engine
async def test_a_pair_it_lacks_is_refused(translator: OpusTranslator) -> None:
    with pytest.raises(UnsupportedLanguage, match="sn→nd"):
        await translator.translate("mhoro", "sn", "nd")


async def garbled(text: str) -> str:
    """A model that loses whatever it does not know."""
    return " ".join("blah" for _ in text.split())


async def test_a_lost_placeholder_falls_back_to_pieces() -> None:
    assert await translated("akaenda kuHarare na2015 chaizvo", "sn", "en", garbled) == "blah blah Harare blah 2015 blah"


async def test_a_doubled_placeholder_is_not_believed() -> None:
    assert Protected.of("ndine 5").restored("X1 and X1") is None


async def test_a_model_that_copies_is_left_alone() -> None:
    async def same(text: str) -> str:
        return text

    assert (
        await translated("ndinogara kuHarare, pa 47 Moyo Road.", "sn", "en", same)
        == "ndinogara kuHarare, pa 47 Moyo Road."
    )


@pytest.mark.parametrize(
    ("text", "source", "target", "said"),
    [
        ("Makadii?", "sn", "en", "How are you?"),
        ("ndatenda", "sn", "en", "thank you"),
        ("Thank you.", "en", "sn", "Ndatenda."),
        ("You're welcome!", "en", "sn", "Hazvina mhosva!"),
        ("You’re welcome!", "en", "sn", "Hazvina mhosva!"),
        ("Harare", "sn", "en", None),
    ],
)
def test_set_phrases(text: str, source: str, target: str, said: str | None) -> None:
    assert set_phrase(text, source, target) == said


class Echo:
    """A model with English only, that says back what it was told, word by word."""

    name = "echo"
    languages = frozenset({"en"})
    cost = Cost()

    def __init__(self) -> None:
        self.seen: list[Message] = []

    async def generate_stream(
        self, messages: Sequence[Message], language: str, cancelled: Cancelled = never
    ) -> AsyncIterator[TokenChunk]:
        assert language == "en"
        self.seen = list(messages)
        for word in f"{messages[-1].text}. Thank you.".split():
            yield TokenChunk(word + " ")

    async def prefill(self, messages: Sequence[Message], language: str, cancelled: Cancelled = never) -> None:
        self.seen = list(messages)


@pytest.mark.engine
async def test_the_pivot_replies_in_shona_phrase_by_phrase(translator: OpusTranslator) -> None:
    model = Echo()
    pivot = PivotLLM(model, translator)
    assert pivot.languages == {"sn", "en"}
    messages = [Message("system", "Unonzi Izwi."), Message("user", "ndinogara kuBulawayo")]
    chunks = [chunk.text async for chunk in pivot.generate_stream(messages, "sn")]
    assert [message.text for message in model.seen] == [pack("en").lines["system_prompt"][0], "I live in Bulawayo"]
    assert len(chunks) == 2
    assert chunks[-1] == "Ndatenda. "
    assert "Bulawayo" in chunks[0]


@pytest.mark.engine
async def test_the_pivot_speaks_english_directly(translator: OpusTranslator) -> None:
    pivot = PivotLLM(Echo(), translator)
    assert [c.text async for c in pivot.generate_stream([Message("user", "hi")], "en")] == ["hi. ", "Thank ", "you. "]
    with pytest.raises(UnsupportedLanguage):
        [c async for c in pivot.generate_stream([Message("user", "hi")], "nd")]


@pytest.mark.engine
def test_the_route(translator: OpusTranslator) -> None:
    model = Echo()
    assert replying(model, translator, "auto", "embedded") is model
    assert replying(model, translator, "direct", "spaces-cpu") is model
    assert isinstance(replying(model, translator, "auto", "spaces-cpu"), PivotLLM)
    assert replying(model, None, "auto", "spaces-cpu") is model
    with pytest.raises(ValueError, match="IZWI_REPLY=pivot"):
        replying(model, None, "pivot", "embedded")


@pytest.mark.engine
async def test_nllb_translates_both_ways_with_one_model(tmp_path: Path) -> None:
    codes = (NLLB_CODES["sn"], NLLB_CODES["en"])
    nllb = NllbTranslator(tiny_nllb.convert(tiny_nllb.train(tmp_path / "a", PAIRS, codes), tmp_path / "b"))
    assert nllb.pairs == {("sn", "en"), ("en", "sn")}
    for shona, english in PAIRS:
        if "X1" not in shona:
            assert await nllb.translate(shona, "sn", "en") == english
            assert await nllb.translate(english, "en", "sn") == shona
    assert await nllb.translate("ndinogara kuBulawayo", "sn", "en") == "I live in Bulawayo"
    assert await nllb.translate("imbwa yangu yafa", "sn", "en", cancelled=lambda: True) == ""


def test_nllb_shows_its_licence() -> None:
    assert NllbTranslator.licence == NLLB_LICENCE == "CC-BY-NC-4.0"


def test_set_phrases_are_translated_from_the_command_line_without_a_model() -> None:
    command = [sys.executable, "-m", "izwi", "translate", "--to", "en"]
    done = subprocess.run(command, input="Makadii?\nNdatenda!\n", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "How are you?\nThank you!\n"), done.stderr


def test_without_the_hub_the_phrase_book_translates_and_every_line_keeps_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, value in {"IZWI_HUB_URL": "http://127.0.0.1:9", "IZWI_CACHE": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        sys, "stdin", io.StringIO("Ndinonzi Tendai.\r\n\nzvenjanji zvakarongwa\nMakadii? Ndine nzara.\n")
    )
    assert main(["translate", "--to", "en"]) == 1
    told = capsys.readouterr()
    assert told.out == "My name is Tendai.\n\n\nHow are you? I am hungry.\n"
    assert "cannot be reached" in told.err
    assert told.err.count("\n") == 2, "said once, and once what was not known"
    monkeypatch.setenv("IZWI_PROFILE", "embedded")
    assert main(["translate", "My name is Tendai.", "--to", "sn"]) == 0
    assert capsys.readouterr() == ("Zita rangu ndinonzi Tendai.\n", "")


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'ctranslate2', 'torch', 'sentencepiece'} & set(sys.modules)"
    program = f"import sys, izwi.mt.ctranslate, izwi.mt.pivot; print({heavy} or 'light')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "light"


def test_the_folder_is_a_path(tmp_path: Path) -> None:
    with pytest.raises((RuntimeError, OSError)):
        OpusTranslator({("sn", "en"): tmp_path / "nothing"})
