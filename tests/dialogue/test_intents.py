"""Instant answers in both languages, typed and spoken, and what is left to the model."""

from __future__ import annotations

from datetime import datetime

import pytest

from izwi.dialogue.intents import Context, answer
from izwi.dialogue.manner import Manner, age
from izwi.dialogue.sums import solve
from izwi.languages import pack

CONTEXT = Context(datetime(2026, 11, 20, 15, 15), last_reply="Zvakanaka.", name="Tendai")


@pytest.mark.parametrize(
    ("text", "language", "intent", "said"),
    [
        ("Nguva dzava chii?", "sn", "time", "Nguva dzava nhatu nemaminitsi gumi nemashanu masikati."),
        ("inguvai", "sn", "time", "Nguva dzava nhatu nemaminitsi gumi nemashanu masikati."),
        ("Nhasi chingani?", "sn", "date", "Nhasi Chishanu, musi wemakumi maviri Mbudzi."),
        ("Tiri mugore ripi?", "sn", "year", "Tiri mugore rezviuru zviviri nemakumi maviri nenhanhatu."),
        ("Tiri mumwedzi upi?", "sn", "month", "Tiri mumwedzi waMbudzi."),
        ("Unonzi ani?", "sn", "who_are_you", "Ndini Izwi. Ndinotaura chiShona neChirungu."),
        ("Ndinonzi ani?", "sn", "your_name", "Zita renyu ndiTendai."),
        ("What time is it now?", "en", "time", "The time is three fifteen in the afternoon."),
        ("what's the date", "en", "date", "Today is Friday, the twentieth of November."),
        ("Which year is it?", "en", "year", "The year is twenty twenty-six."),
        ("what is my name", "en", "your_name", "Your name is Tendai."),
        ("Who are you?", "en", "who_are_you", "I am Izwi. I speak Shona and English."),
        (
            "Kuruma nzeve zvinoreva chii?",
            "sn",
            "meaning",
            "MuChirungu zvinoreva kuti: to bite the ear: to tell a secret",
        ),
        (
            "What does kumanya hakusi kusvika mean?",
            "en",
            "meaning",
            "It means: To run is not to arrive: haste is not success.",
        ),
    ],
)
def test_answers(text: str, language: str, intent: str, said: str) -> None:
    found = answer(text, language, CONTEXT)
    assert found is not None
    assert (found.intent, found.text, found.language) == (intent, said, language)


@pytest.mark.parametrize(
    ("text", "language", "action", "value"),
    [
        ("Mirai!", "sn", "stop", ""),
        ("nyarara", "sn", "stop", ""),
        ("taurai zvine simba", "sn", "louder", ""),
        ("dzikisa izwi", "sn", "softer", ""),
        ("taura zvishoma nezvishoma", "sn", "slower", ""),
        ("kurumidza", "sn", "faster", ""),
        ("Ngatitaurei Chirungu", "sn", "language", "en"),
        ("ndinonzi rutendo moyo", "sn", "name", "Rutendo Moyo"),
        ("zita rangu ndichipo", "sn", "name", "Chipo"),
        ("dzokororai ndapota", "sn", "repeat", ""),
        ("please stop", "en", "stop", ""),
        ("speak up", "en", "louder", ""),
        ("can you speak a bit slower", "en", "slower", ""),
        ("let's speak shona", "en", "language", "sn"),
        ("My name is Peter", "en", "name", "Peter"),
        ("say that again, please", "en", "repeat", ""),
    ],
)
def test_actions(text: str, language: str, action: str, value: str) -> None:
    found = answer(text, language, CONTEXT)
    assert found is not None
    assert (found.action, found.value) == (action, value)


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("Ndibatsireiwo, pane moto mumba!", "sn", "emergency"),
        ("mwana wangu arumwa nenyoka ndoita sei", "sn", "emergency"),
        ("fonerai amburenzi", "sn", "emergency"),
        ("pane tsaona mumugwagwa", "sn", "emergency"),
        ("ndoda kuzviuraya", "sn", "despair"),
        ("Help, the house is on fire!", "en", "emergency"),
        ("my father is not breathing", "en", "emergency"),
        ("please call an ambulance my neighbour has fallen from the roof and her leg is bleeding", "en", "emergency"),
        ("I want to kill myself", "en", "despair"),
    ],
)
def test_danger_is_answered_at_once_with_what_to_do(text: str, language: str, intent: str) -> None:
    found = answer(text, language, CONTEXT)
    assert found is not None
    assert found.intent == intent
    assert "999" in found.text
    assert "pfumbamwe pfumbamwe pfumbamwe" in pack("sn").normalise(found.text) or language == "en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("make a fire for the tea", "en"),
        ("tell me a story about a snake", "en"),
        ("I had an accident last year", "en"),
        ("what do the police do", "en"),
        ("moto unopisa", "sn"),
        ("ndiudzei ngano yenyoka", "sn"),
        ("mapurisa anoita basa rei", "sn"),
    ],
)
def test_talk_about_danger_is_none(text: str, language: str) -> None:
    assert answer(text, language, CONTEXT) is None


def test_a_young_user_is_spoken_to_familiarly() -> None:
    young = Context(CONTEXT.now, name="Tambu", familiar=True)
    said = {text: answer(text, "sn", young) for text in ("ndinonzi ani", "ngatitaure chishona", "pane moto mumba")}
    texts = [found.text for found in said.values() if found]
    assert texts[0] == "Zita rako ndiTambu."
    assert texts[1] == "Zvakanaka, ngatitaure chiShona."
    assert texts[2].startswith("Kana pane njodzi, fonera nhamba")


@pytest.mark.parametrize(
    ("heard", "language", "years"),
    [
        ("Ndine makore gumi nemaviri.", "sn", 12),
        ("ini ndine makore makumi mana nemashanu", "sn", 45),
        ("ndine makore 9", "sn", 9),
        ("I'm ten years old", "en", 10),
        ("I am twenty-five years old", "en", 25),
        ("I am 7 years old.", "en", 7),
        ("ndine mombe shanu", "sn", None),
        ("I am tired", "en", None),
    ],
)
def test_an_age_is_heard(heard: str, language: str, years: int | None) -> None:
    manner = Manner()
    manner.listen(heard, language)
    assert age(heard, language) == years
    assert manner.familiar == (years is not None and years < 18)


def test_a_change_of_language_is_answered_in_the_new_one() -> None:
    found = answer("Ngatitaurei Chirungu", "sn", CONTEXT)
    assert found is not None
    assert (found.language, found.text) == ("en", pack("en").lines["change_language"][0])


def test_repeat_says_the_last_reply_or_that_there_is_none() -> None:
    again = answer("dzokorora", "sn", CONTEXT)
    first = answer("dzokorora", "sn", Context(CONTEXT.now))
    assert again is not None
    assert again.text == "Zvakanaka."
    assert first is not None
    assert first.text == pack("sn").lines["nothing_to_repeat"][0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("what does photosynthesis mean", "en"),
        ("zvinorevei kuti kuenda kumusha", "sn"),
        ("2 + 2", "sw"),
        ("Ndiudze nyaya yenguva", "sn"),
        ("makadii", "sn"),
        ("ndinonzi ani zvangu izvi", "sn"),
        ("ndinoda kumira pano ndichitaura newe", "sn"),
        ("tell me a story about time", "en"),
        ("you and me", "en"),
        ("the bus does not stop here", "en"),
        ("my name is not important to you", "en"),
        ("x " * 40, "en"),
        ("", "sn"),
    ],
)
def test_the_rest_is_left_to_the_model(text: str, language: str) -> None:
    assert answer(text, language, CONTEXT) is None


@pytest.mark.parametrize(
    ("text", "language", "result"),
    [
        ("shanu kusanganisa nenhatu zvinoita zvingani?", "sn", "8"),
        ("5 + 3 = ?", "sn", "8"),
        ("gumi kubvisa china", "sn", "6"),
        ("bvisa 3 pa 10", "sn", "7"),
        ("makumi maviri nemashanu kuwanza ne2", "sn", "50"),
        ("10 kugovera ne 4", "sn", "2.5"),
        ("five plus two", "sn", "7"),
        ("What is five plus three?", "en", "8"),
        ("12 times 12", "en", "144"),
        ("seven minus nine", "en", "-2"),
        ("what is 1,000 divided by 3", "en", "333.33"),
        ("take three from ten", "en", "7"),
        ("5x6", "en", "30"),
        ("2.5 + 2.5", "en", "5"),
        ("add five and seven", "en", "12"),
        ("the sum of one hundred and five and seven", "en", "112"),
        ("multiply 6 by 7", "en", "42"),
        ("tell me what is twelve times twelve", "en", "144"),
        ("sanganisa makumi maviri neshanu nechina", "sn", "29"),
        ("ndiudze kuti gumi kusanganisa gumi zvinoita zvingani", "sn", "20"),
        ("govera gumi nemaviri", "sn", "5"),
        ("add sugar and milk", "en", None),
        ("5 and", "en", None),
        ("one plus", "en", None),
        ("plus", "sn", None),
        ("2020", "en", None),
    ],
)
def test_sums(text: str, language: str, result: str | None) -> None:
    assert solve(text, language) == result


@pytest.mark.parametrize(
    ("text", "language", "intent"),
    [
        ("Excuse me, could you please speak louder?", "en", "louder"),
        ("Hey Izwi, what time is it now, please?", "en", "time"),
        ("okay so what is 2+2, then?", "en", "sum"),
        ("Can you speak Shona, please?", "en", "language_sn"),
        ("Pamusoroi, inguvai ikozvino ndapota?", "sn", "time"),
        ("wedzerai izwi ndapota", "sn", "louder"),
    ],
)
def test_courtesies_stand_around_any_request(text: str, language: str, intent: str) -> None:
    found = answer(text, language, CONTEXT)
    assert found is not None
    assert found.intent == intent


@pytest.mark.parametrize(("text", "language"), [("Hello, please.", "en"), ("okay", "en"), ("ndapota", "sn")])
def test_courtesies_alone_are_no_request(text: str, language: str) -> None:
    assert answer(text, language, CONTEXT) is None


@pytest.mark.parametrize(("text", "language"), [("shanu kugovera nezero", "sn"), ("5 divided by zero", "en")])
def test_nothing_is_divided_by_zero(text: str, language: str) -> None:
    found = answer(text, language, CONTEXT)
    assert found is not None
    assert found.text == pack(language).lines["no_sum"][0]


def test_sums_are_said_in_words() -> None:
    found = answer("5 × 6", "sn", CONTEXT)
    assert found is not None
    assert found.text == "Zvinoita makumi matatu."
