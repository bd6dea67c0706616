"""Retrieval from the starter folder: sixty written questions, and what a folder may hold."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from izwi.dialogue.documents import Passage, passages
from izwi.dialogue.knowledge import Knowledge, stem

FOLDER = Path(__file__).resolve().parents[2] / "knowledge"

QUESTIONS = [
    # (language, question, heading of the passage that answers it)
    ("en", "Which countries are the neighbours of Zimbabwe?", "Where Zimbabwe is"),
    ("en", "What is the border river in the south?", "Where Zimbabwe is"),
    ("en", "What is the capital of Zimbabwe?", "The capital"),
    ("en", "What was Harare called before?", "The capital"),
    ("en", "Which are the largest cities?", "Cities"),
    ("en", "How many official languages are there?", "Languages"),
    ("en", "Where is Ndebele spoken?", "Languages"),
    ("en", "When did Zimbabwe become independent?", "Independence"),
    ("en", "What do the colours of the flag mean?", "The flag"),
    ("en", "Who built the stone walls near Masvingo?", "Great Zimbabwe"),
    ("en", "How high are the Victoria Falls?", "Victoria Falls"),
    ("en", "What does Mosi-oa-Tunya mean?", "Victoria Falls"),
    ("en", "When was the Kariba dam finished?", "Lake Kariba"),
    ("en", "Where can I see elephants?", "National parks and animals"),
    ("en", "What is the highest mountain?", "Mountains"),
    ("en", "When do the rains fall?", "Seasons and weather"),
    ("en", "Is it cold in June, with frost?", "Seasons and weather"),
    ("en", "What is sadza made of?", "Food"),
    ("en", "Which crops do farmers grow?", "Farming"),
    ("en", "Are there diamonds and gold mines?", "Mining"),
    ("en", "What currency is used in Zimbabwe?", "Money"),
    ("en", "What is a mbira?", "Music"),
    ("en", "What is the national football team called?", "Sport"),
    ("en", "How long is primary school?", "Schools"),
    ("en", "What number do I call for an ambulance?", "Emergency numbers"),
    ("en", "What is a totem?", "Family and totems"),
    ("en", "How do I greet elders with respect?", "Greetings and respect"),
    ("en", "Is my voice stored anywhere?", "Privacy"),
    ("en", "Does Izwi work without the internet?", "Without the internet"),
    ("en", "How do I add my own documents?", "Your own documents"),
    ("sn", "Zimbabwe yakavakidzana nenyika dzipi?", "Panowanikwa Zimbabwe"),
    ("sn", "Miganhu yeZimbabwe ndedzipi nzizi?", "Panowanikwa Zimbabwe"),
    ("sn", "Guta guru reZimbabwe nderipi?", "Guta guru"),
    ("sn", "Harare yaimbonzi chii kare?", "Guta guru"),
    ("sn", "Bulawayo iguta rei?", "Maguta"),
    ("sn", "Vanhu veZimbabwe vanotaura mitauro ipi?", "Mitauro"),
    ("sn", "Zimbabwe yakawana kuzvitonga rini?", "Kuzvitonga kuzere"),
    ("sn", "Mureza une mavara api?", "Mureza"),
    ("sn", "Great Zimbabwe yakavakwa nei?", "Masvingo eGreat Zimbabwe"),
    ("sn", "Mapopoma eVictoria Falls ari kupi?", "Mapopoma eVictoria Falls"),
    ("sn", "Dziva reKariba rakagadzirwa rini?", "Dziva reKariba"),
    ("sn", "Magetsi enyika anobva kupi?", "Dziva reKariba"),
    ("sn", "Ndingaona nzou kupi?", "Mhuka dzesango"),
    ("sn", "Gomo refu rinonzi chii?", "Makomo"),
    ("sn", "Mvura inonaya mwedzi ipi?", "Mwaka nemamiriro ekunze"),
    ("sn", "Chando chinotanga rini?", "Mwaka nemamiriro ekunze"),
    ("sn", "Vanhu vanodyei, sadza nechii?", "Chikafu"),
    ("sn", "Varimi vanorima zvirimwa zvipi?", "Zvekurima"),
    ("sn", "Goridhe rinocherwa here?", "Migodhi"),
    ("sn", "Mari yenyika inonzi chii?", "Mari"),
    ("sn", "Mbira chii?", "Mimhanzi"),
    ("sn", "Chikwata chenyika chenhabvu chinonzi ani?", "Mitambo"),
    ("sn", "Vana vanodzidza makore mangani kupuraimari?", "Zvikoro"),
    ("sn", "Ndinofonera nhamba ipi kana pane njodzi?", "Nhamba dzenjodzi"),
    ("sn", "Ndifonere nhamba ipi kuti ndiwane mapurisa?", "Nhamba dzenjodzi"),
    ("sn", "Mutupo chii?", "Mitupo"),
    ("sn", "Vanhu vanokwazisana sei?", "Kukwazisana neruremekedzo"),
    ("sn", "Izwi rinoshanda pasina indaneti here?", "Pasina indaneti"),
    ("sn", "Zvandinotaura zvinochengetwa here?", "Zvakavanzika"),
    ("sn", "Ndinganzwa mhinduro zvakare sei?", "Kana Izwi risina kunzwisisa"),
]


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.of(FOLDER)


def test_sixty_questions_find_their_passage(knowledge: Knowledge) -> None:
    """At least nine in ten have the right passage first."""
    right = []
    for language, question, heading in QUESTIONS:
        found = knowledge.search(question, language)
        right.append(bool(found) and found[0].passage.heading == heading)
    assert len(right) == 60
    assert sum(right) / len(right) >= 0.9


@pytest.mark.parametrize("language", ["sn", "en"])
def test_every_answer_of_the_questions_exists(language: str) -> None:
    headings = {passage.heading for passage in passages(FOLDER) if passage.language == language}
    assert {heading for code, _, heading in QUESTIONS if code == language} <= headings


@pytest.mark.parametrize(
    ("question", "language"), [("qwertz", "en"), ("", "en"), ("Mhoro", "sn"), ("the of and", "en")]
)
def test_nothing_is_found_for_nothing(knowledge: Knowledge, question: str, language: str) -> None:
    assert knowledge.search(question, language) == []


def test_the_source_is_named(knowledge: Knowledge) -> None:
    assert knowledge.search("What is the capital of Zimbabwe?", "en")[0].passage.source == "zimbabwe.en.md, The capital"


def test_a_thousand_passages_are_searched_as_fast_as_it_takes() -> None:
    """The cost of a search, in units of a plain Python loop over a million numbers (about 20 ms): under a quarter."""
    some = [Passage(f"word{n % 97} text{n} about thing{n % 31}", "f", f"heading{n}", "en") for n in range(1000)]
    knowledge = Knowledge(some)
    knowledge.search("warm thing3", "en")

    def cost(run: object, times: int) -> float:
        best = float("inf")
        for _ in range(times):
            start = time.process_time()
            run()  # type: ignore[operator]
            best = min(best, time.process_time() - start)
        return best

    unit = cost(lambda: sum(range(1_000_000)), 5)
    assert cost(lambda: knowledge.search("text417 about thing14", "en"), 20) < unit / 4
    assert knowledge.search("text417 about thing14", "en")[0].passage.heading == "heading417"


def test_a_folder_of_markdown_and_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# Title\n\nIntro text here.\n\n## Part one\nThe first part.\nGoes on.\n\n## Empty\n", "utf-8"
    )
    (tmp_path / "b.txt").write_text("Plain text without headings, in English. " * 40, "utf-8")
    (tmp_path / "c.sn.md").write_text("## Musoro\nMashoko emudunhu redu.\n", "utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    found = passages(tmp_path)
    assert [(p.heading, p.text) for p in found[:2]] == [
        ("Title", "Intro text here."),
        ("Part one", "The first part. Goes on."),
    ]
    assert all(len(p.text) <= 750 for p in found)
    assert found[-1].language == "sn"
    assert {p.source for p in found} == {"a.md, Title", "a.md, Part one", "b.txt", "c.sn.md, Musoro"}


def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    assert passages(tmp_path / "missing") == []
    assert Knowledge.of(tmp_path).search("anything", "en") == []


@pytest.mark.parametrize(
    ("a", "b", "language"),
    [
        ("kuharare", "harare", "sn"),
        ("zvikoro", "chikoro", "sn"),
        ("nevanhu", "vanhu", "sn"),
        ("hazvichengetwi", "zvinochengetwa", "sn"),
        ("farmers", "farmer", "en"),
        ("cities", "city", "en"),
    ],
)
def test_forms_of_a_word_share_a_stem(a: str, b: str, language: str) -> None:
    assert stem(a, language) == stem(b, language)
