"""The page at both sizes, by keyboard alone, with little motion, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.visit import MICROPHONE, Visit


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900)])
def test_pictures(visit: Any, width: int, height: int) -> None:
    page = visit(width=width, height=height, bypass_csp=False)
    page.ready()
    page.shoot(f"{width}-idle")
    assert no_sideways(page)
    page.write("Hello, how are you today? Please tell me what the weather is going to be like.")
    page.until("izwi.state === 'speaking' && izwi.levels.reply > 0.02")
    page.shoot(f"{width}-speaking")
    page.page.check("#languages [value=sn]", force=True)
    page.ask("izwi.page.captions.partial('" + "ndinotaurirana " * 12 + "', 'sn')")
    assert no_sideways(page)
    page.shoot(f"{width}-shona")


def no_sideways(page: Visit) -> bool:
    return bool(page.ask("document.documentElement.scrollWidth <= window.innerWidth"))


def test_dark(visit: Any) -> None:
    page = visit(width=360, height=740, color_scheme="dark")
    page.shoot("360-dark")
    assert page.ask("getComputedStyle(document.body).backgroundColor") == "rgb(25, 20, 17)"


def focus(page: Visit) -> str:
    return str(page.ask("document.activeElement.id || document.activeElement.value"))


def test_keyboard_alone_with_little_motion(visit: Any) -> None:
    page = visit(*MICROPHONE, permissions=["microphone"], reduced_motion="reduce")
    page.ready()
    keys = page.page.keyboard
    for name in ("tab-talk", "talk"):
        keys.press("Tab")
        assert focus(page) == name
    outline = page.ask("getComputedStyle(document.activeElement)")
    assert outline["outlineStyle"] == "solid"
    keys.press("Space")
    page.until("izwi.page.local === 'on' && izwi.page.stream")
    page.until("izwi.state === 'speaking'")
    assert page.ask("getComputedStyle(document.querySelector('.pulse')).animationName") == "none"
    assert page.ask("getComputedStyle(document.querySelector('.pulse')).transitionProperty") in ("none", "all")
    keys.press("Escape")
    page.until("izwi.state === 'idle'")

    order = ["talk"]
    while order[-1] != "send":
        keys.press("Tab")
        order.append(focus(page))
        assert len(order) < 12
    assert order == ["talk", "mute", "auto", "voice", "scroll", "text", "send"]

    page.page.focus("#mute")
    keys.press("Enter")
    page.until("izwi.state === 'muted'")
    assert page.page.get_attribute("#mute", "aria-pressed") == "true"
    keys.press("Enter")
    page.until("izwi.state === 'idle'")
    page.page.focus("#talk")
    keys.press("Enter")
    page.until("izwi.state === 'off'")


def test_a_writer_is_joined_by_the_microphone_without_a_new_connection(visit: Any) -> None:
    page = visit(*MICROPHONE, permissions=["microphone"])
    page.ready()
    page.write("Hello")
    page.until("izwi.playback?.ended && izwi.state === 'written'")
    page.talk()
    page.until("izwi.page.stream && izwi.levels.mic > 0")
    assert sum(url.endswith("/webrtc/offer") for url in page.requests) == 1


def test_every_word_is_there_in_both_languages(visit: Any) -> None:
    page = visit()
    missing = page.ask(
        """async () => {
          const script = document.querySelector("script[src$='app.js']").src;
          const { WORDS } = await import(script.replace("app.js", "words.js"));
          const keys = (words) => Object.entries(words).flatMap(([key, value]) =>
            typeof value === "string" ? (value ? [key] : []) : keys(value).map((inner) => `${key}.${inner}`));
          const [sn, en] = [keys(WORDS.sn), keys(WORDS.en)];
          return [...sn.filter((key) => !en.includes(key)), ...en.filter((key) => !sn.includes(key))];
        }"""
    )
    assert missing == []
    assert page.page.evaluate("[...document.querySelectorAll('[data-words]')].every((part) => part.textContent.trim())")
