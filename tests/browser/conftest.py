"""A real server, a real headless Chromium with a fake microphone, and what a test needs to see and hear of the page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from izwi.audio import Pcm, join, read, silence
from tests.browser.visit import CHROMIUM, FLAGS, MICROPHONE, Visit

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason="no Chromium here (Debian's package 'chromium')"))


@dataclass
class Server:
    """A server process of our own."""

    process: subprocess.Popen[str]
    url: str

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def serving(*arguments: str, **settings: str) -> Iterator[Server]:
    env = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "IZWI_HOST": "127.0.0.1",
        "IZWI_PORT": "0",
        "IZWI_PROFILE": "embedded",
    }
    command = [sys.executable, "-W", "ignore", str(HERE / "server.py"), *arguments]
    process = subprocess.Popen(command, env={**env, **settings}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        assert "http://localhost:" in said, f"the server did not start: {said}"
        port = said.split("http://localhost:")[1].split()[0]
        yield Server(process, f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One place only, so that every test also shows that the one before gave it back."""
    with serving(IZWI_TALKERS="1") as started:
        yield started


@pytest.fixture(scope="module")  # no longer: its loop, left running, would break every async test after it
def playwright() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browsers(playwright: Any) -> Iterator[Any]:
    """``browsers(*flags)`` gives a Chromium with these flags; the same one for the same flags."""
    started: dict[tuple[str, ...], Any] = {}

    def get(*flags: str) -> Any:
        if flags not in started:
            started[flags] = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *flags])
        return started[flags]

    yield get
    for browser in started.values():
        browser.close()


@pytest.fixture
def visit(browsers: Any, server: Server) -> Iterator[Any]:
    """``visit(*flags, url=…, **context)`` opens the page; every visit is checked for requests to strangers.

    Our content policy, which would stop such requests, is off unless a test turns it on: the page must not even try.
    """
    visits: list[Visit] = []

    def open_page(*flags: str, url: str = "", width: int = 1440, height: int = 900, **context: Any) -> Visit:
        context = {"locale": "en-GB", "bypass_csp": True, "viewport": {"width": width, "height": height}} | context
        place = browsers(*flags).new_context(**context)
        opened = Visit(place.new_page(), url or server.url)
        visits.append(opened)
        return opened.open()

    yield open_page
    for opened in visits:
        opened.page.context.close()
    for opened in visits:
        opened.check()


def spoken(text: str, voice: str, file: Path) -> Pcm:
    """espeak-ng saying ``text``, 48 kHz."""
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(file), text], check=True)
    return read(file).resampled(48_000)


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """``microphone(lead, text, pause)`` gives the flags of a microphone that hears this for ever."""

    def flags(lead: float, text: str, pause: float, voice: str = "en-gb") -> tuple[str, ...]:
        file = tmp_path_factory.mktemp("microphone") / "heard.wav"
        heard = join([silence(lead, 48_000), spoken(text, voice, file), silence(pause, 48_000)])
        file.write_bytes(heard.wav())
        return (*MICROPHONE, f"--use-file-for-fake-audio-capture={file}")

    return flags
